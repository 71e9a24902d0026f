import { afterAll, test } from 'bun:test';
import { chownSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { eventually, temporaryFolder } from '../../../tests/harness/engines.ts';
import { freePort } from '../processes/ports.ts';
import { ensurePrograms } from './install.ts';
import { startPostgres, unprivilegedUser } from './postgres.ts';

test('a server starts again where a backend of the killed one is left, frozen in the middle of its work', async () => {
  const dataDir = temporaryFolder();
  const owner = unprivilegedUser();
  if (owner) chownSync(dataDir, owner.uid, owner.gid);
  const { postgres: program = '', initdb = '' } = ensurePrograms(['postgres', 'initdb']);
  const options = { program, initdb, port: await freePort(), dataDir, password: 'secret' };
  const logFile = join(dataDir, 'server.log');
  const killed = await startPostgres({ ...options, logFile });
  const sql = postgres(killed.url.replace(/[^/]*$/, 'postgres'), { max: 1, onnotice: () => {} });
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  process.kill(row?.pid ?? 0, 'SIGSTOP');
  killed.kill('SIGKILL');
  await killed.exited;
  const server = await startPostgres({ ...options, logFile });
  afterAll(() => server.kill('SIGKILL'));
  await eventually('the backend is gone', () => Promise.resolve(!isRunning(row?.pid ?? 0) || null));
  await sql.end({ timeout: 0 });
}, 60_000);

/** Not the remains of a process, which stay until its parent asks for them. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
