import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../../tests/harness/engines.ts';
import { readSmall, readWhole } from './read-small.ts';

test('a small file is read whole, with letters of several bytes across chunks', async () => {
  const file = join(temporaryFolder(), 'small.txt');
  const text = `x${'é'.repeat(200_000)}`;
  writeFileSync(file, text);
  expect(await readSmall(file)).toBe(text);
  for (const [path, message, exitCode] of [
    [`${file}.none`, `there is no file ${file}.none`, 3],
    [`${file}/none`, `there is no file ${file}/none`, 3],
    [dirname(file), `${dirname(file)} is a folder`, 2],
  ] as const) {
    expect(await readSmall(path).catch((error: unknown) => error)).toMatchObject({ message, exitCode });
    expect(() => readWhole(path)).toThrow(message);
  }
});

test('a file and a standard input without an end are refused, not read', async () => {
  expect(await readSmall('/dev/zero').catch(String)).toContain('/dev/zero is longer than 1 MiB');
  const script = `import { readSmall } from '${join(import.meta.dir, 'read-small.ts')}';
    await readSmall('-').catch((error) => console.log(error.message));
    process.exit();`;
  const { stdout } = Bun.spawnSync(['sh', '-c', 'yes | "$@"', 'sh', process.execPath, '-e', script]);
  expect(stdout.toString().trim()).toBe('standard input is longer than 1 MiB');
});
