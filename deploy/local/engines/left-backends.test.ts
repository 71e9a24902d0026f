import { afterAll, expect, test } from 'bun:test';
import { chownSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { eventually, temporaryFolder } from '../../../tests/harness/engines.ts';
import { freePort } from '../processes/ports.ts';
import { ensurePrograms } from './install.ts';
import { endLeftBackends } from './left-backends.ts';
import { startPostgres, unprivilegedUser } from './postgres.ts';

test('a server starts again where a backend of the killed one is left, and nothing else is ended', async () => {
  const dataDir = temporaryFolder();
  const owner = unprivilegedUser();
  if (owner) chownSync(dataDir, owner.uid, owner.gid);
  const { postgres: program = '', initdb = '' } = ensurePrograms(['postgres', 'initdb']);
  const options = { program, initdb, port: await freePort(), dataDir, password: 'secret' };
  const logFile = join(dataDir, 'server.log');
  const killed = await startPostgres({ ...options, logFile });
  const sql = postgres(killed.url, { max: 1, onnotice: () => {} });
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  process.kill(row?.pid ?? 0, 'SIGSTOP');
  const cwd = realpathSync(join(dataDir, 'postgresql'));
  const visitor = Bun.spawn(['sleep', '600'], { cwd });
  afterAll(() => visitor.kill());
  killed.kill('SIGKILL');
  await killed.exited;
  const server = await startPostgres({ ...options, logFile });
  afterAll(() => server.kill('SIGKILL'));
  await eventually('the backend is gone', () => Promise.resolve(!isRunning(row?.pid ?? 0) || null));
  await sql.end({ timeout: 0 });
  expect(isRunning(visitor.pid)).toBe(true);

  // The server itself, and its backends, also where somebody removes its pid file.
  rmSync(join(cwd, 'postmaster.pid'));
  endLeftBackends(cwd);
  const again = postgres(server.url, { max: 1, onnotice: () => {} });
  expect([...(await again`select 1 as row`)]).toEqual([{ row: 1 }]);
  await again.end();
  server.kill('SIGKILL');
  await server.exited;
  endLeftBackends(cwd);

  const single = Bun.spawn([program, '--single', '-D', cwd, 'ecsdb'], {
    ...(owner && { uid: owner.uid, gid: owner.gid }),
    cwd,
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  afterAll(() => single.kill('SIGKILL'));
  const pidLine = () => textOf(join(cwd, 'postmaster.pid')).split('\n')[0];
  await eventually('the folder is of the single user', () =>
    Promise.resolve(pidLine() === `-${single.pid}` || null),
  );
  endLeftBackends(cwd);
  await single.stdin.end();
  expect(await single.exited).toBe(0);
}, 60_000);

test('a server that is killed at once leaves no backend to finish its statement', async () => {
  const dataDir = temporaryFolder();
  const owner = unprivilegedUser();
  if (owner) chownSync(dataDir, owner.uid, owner.gid);
  const { postgres: program = '', initdb = '' } = ensurePrograms(['postgres', 'initdb']);
  const killing = new AbortController();
  const server = await startPostgres({
    program,
    initdb,
    port: await freePort(),
    dataDir,
    password: 'secret',
    logFile: join(dataDir, 'server.log'),
    signal: killing.signal,
  });
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  afterAll(() => {
    if (isRunning(row?.pid ?? 0)) process.kill(row?.pid ?? 0, 'SIGKILL');
  });
  const cut = sql`select count(*) from generate_series(1, 10000000000)`.catch(() => 'cut off');
  await eventually('it works', () => Promise.resolve(isWorking(row?.pid ?? 0) || null));
  killing.abort();
  await server.exited;
  await eventually('the backend is gone', () => Promise.resolve(!isRunning(row?.pid ?? 0) || null));
  expect(await cut).toBe('cut off');
  await sql.end({ timeout: 0 });
}, 60_000);

/** Running on a processor, or about to. */
function isWorking(pid: number): boolean {
  return /^State:\s+R/m.test(textOf(`/proc/${pid}/status`));
}

/** Not the remains of a process, which stay until its parent asks for them. */
function isRunning(pid: number): boolean {
  return /^State:\s+[^Z\s]/m.test(textOf(`/proc/${pid}/status`));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
