import { expect, test } from 'bun:test';
import { toTar } from './tar.ts';

test('an archive is read by tar itself', async () => {
  const files = {
    'README.md': '# Ä\n',
    'empty.txt': '',
    'large.json': 'x'.repeat(1025),
    'even.txt': 'y'.repeat(512),
  };
  const tar = Bun.spawn(['tar', 'tvf', '-'], {
    stdin: toTar('evidence-1', files),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const listed = await new Response(tar.stdout).text();
  expect([await tar.exited, await new Response(tar.stderr).text()]).toEqual([0, '']);
  const sizes = Object.fromEntries(
    listed
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/))
      .map((words) => [words.at(-1), words[2]]),
  );
  expect(sizes).toEqual({
    'evidence-1/README.md': '5',
    'evidence-1/empty.txt': '0',
    'evidence-1/large.json': '1025',
    'evidence-1/even.txt': '512',
  });
});
