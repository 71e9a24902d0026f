import { expect, test } from 'bun:test';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findMarked } from '../../deploy/local/processes/child-mark.ts';
import { eventually, temporaryFolder } from './engines.ts';

const HERE = import.meta.dir;

/** A run with an engine of its own, in a process that the test kills. */
function startRun(kept: string[]) {
  const code = `
    import { mkdirSync } from 'node:fs';
    import { moveToFolder } from ${JSON.stringify(join(HERE, 'memory.ts'))};
    import { startEngine, temporaryFolder } from ${JSON.stringify(join(HERE, 'engines.ts'))};
    moveToFolder(${JSON.stringify(kept)});
    mkdirSync(process.env.TMPDIR + '/ecs-drill-1');
    await startEngine('nats');
    const program = Bun.spawn(['sleep', '600'], { env: process.env });
    console.log(JSON.stringify({ folder: process.env.TMPDIR, pid: program.pid }));
    setInterval(() => {}, 1000);`;
  const { TMPDIR: _, ...env } = process.env;
  return Bun.spawn([process.execPath, '-e', code], { stdout: 'pipe', stderr: 'inherit', env });
}

const runs = (pid: number) => existsSync(`/proc/${pid}`);

test.each([[], ['ecs-drill-']])(
  'a killed run leaves no process and no folder, but for those of %p',
  async (...kept) => {
    const run = startRun(kept);
    const { value } = await run.stdout.getReader().read();
    const { folder, pid } = JSON.parse(new TextDecoder().decode(value)) as { folder: string; pid: number };
    const [dataDir = ''] = [...new Bun.Glob('ecs-test-*/up.children').scanSync(folder)];
    const engineFolder = join(folder, dataDir, '..');
    expect(findMarked(engineFolder)).toHaveLength(1);
    expect(runs(pid)).toBe(true);
    run.kill('SIGKILL');
    await eventually('all have ended', () => findMarked(engineFolder).length === 0 && !runs(pid));
    await eventually(
      'the folder is gone',
      () => existsSync(folder) === kept.length > 0 && !existsSync(engineFolder),
    );
    expect(existsSync(join(folder, 'ecs-drill-1'))).toBe(kept.length > 0);
    Bun.spawnSync(['rm', '-rf', folder]);
  },
);

test('ends nothing of a folder whose name only begins alike', async () => {
  const folder = join(temporaryFolder(), 'ecs-1');
  mkdirSync(folder);
  const other = Bun.spawn(['sleep', '600'], { env: { PATH: process.env.PATH, TMPDIR: `${folder}0` } });
  const watcher = Bun.spawn(['sh', join(HERE, 'end-left.sh'), folder], { stdin: 'pipe' });
  await watcher.stdin.end();
  expect(await watcher.exited).toBe(0);
  expect(existsSync(folder)).toBe(false);
  expect(other.exitCode).toBe(null);
  other.kill('SIGKILL');
});
