import { afterAll, expect, test } from 'bun:test';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { eventually, temporaryFolder } from '../../../tests/harness/engines.ts';
import { freePort } from '../processes/ports.ts';
import { ensurePrograms } from './install.ts';
import { startPostgres, unprivilegedUser } from './postgres.ts';

const DEADLINE_MS = 60_000;

/** Starts servers on one folder, one after the other. */
async function prepareServer() {
  const dataDir = temporaryFolder();
  const owner = unprivilegedUser();
  if (owner) chownSync(dataDir, owner.uid, owner.gid);
  const { postgres: program = '', initdb = '' } = ensurePrograms(['postgres', 'initdb']);
  const port = await freePort();
  const start = async (more: { signal?: AbortSignal; onAccepting?: () => void } = {}) => {
    const logFile = join(dataDir, 'server.log');
    const options = { program, initdb, port, dataDir, password: 'secret', logFile };
    const server = await startPostgres({ ...options, ...more });
    afterAll(() => server.kill('SIGKILL'));
    return server;
  };
  return { start, dataDir, folder: join(dataDir, 'postgresql') };
}

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return [...(await sql.unsafe(statement))] as Record<string, unknown>[];
  } finally {
    await sql.end();
  }
}

const draftsIn = (dataDir: string) => readdirSync(dataDir).filter((name) => name.endsWith('.ecs-new'));

test(
  'a start that is killed while initdb works leaves no cluster, and the next one makes a whole one',
  async () => {
    const { start, dataDir, folder } = await prepareServer();
    const killing = new AbortController();
    const killed = start({ signal: killing.signal }).catch((error: Error) => error);
    await eventually('initdb has begun', () =>
      draftsIn(dataDir).some((name) => existsSync(join(dataDir, name, 'PG_VERSION'))),
    );
    killing.abort();
    expect(await killed).toBeInstanceOf(Error);
    expect(readdirSync(folder)).toEqual([]);
    const { url } = await start();
    expect(await query(url, 'select 1 as row')).toEqual([{ row: 1 }]);
    expect(draftsIn(dataDir)).toEqual([]);
  },
  DEADLINE_MS,
);

test(
  'a cluster has a mark until it is on the disk; one with the mark is made anew, one without keeps its rows',
  async () => {
    const { start, folder } = await prepareServer();
    const mark = join(folder, 'ecs-unsynced');
    let isMarked = false;
    const first = await start({ onAccepting: () => (isMarked = existsSync(mark)) });
    expect(isMarked).toBe(true);
    expect(existsSync(mark)).toBe(false);
    await query(first.url, 'create table kept as select 1 as row');
    await first.stop('SIGINT', DEADLINE_MS);

    const second = await start();
    expect(await query(second.url, 'select row from kept')).toEqual([{ row: 1 }]);
    await second.stop('SIGINT', DEADLINE_MS);

    // Files that were never synced, as the power may leave them.
    writeFileSync(mark, '');
    rmSync(join(folder, 'global', 'pg_control'));
    const third = await start();
    expect(await query(third.url, "select to_regclass('kept') as kept")).toEqual([{ kept: null }]);
    expect(existsSync(mark)).toBe(false);
  },
  DEADLINE_MS,
);

test('a folder with other files in it is refused, and they stay', async () => {
  const { start, folder } = await prepareServer();
  mkdirSync(folder);
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  await expect(start()).rejects.toThrow(`${folder} has files in it, but no PostgreSQL cluster`);
  expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
});
