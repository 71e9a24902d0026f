// needs: pgBasebackup
import { afterAll, expect, test } from 'bun:test';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { startReplicatedPostgres } from '../../tests/harness/standby.ts';
import { connectPostgres } from './connect-postgres.ts';
import { openDatabase } from './sql.ts';

const LONG_MS = 60_000;
const { log } = createTestRuntime();

/** One URL of several servers. */
function urlOf(urls: string[], word = ''): string {
  const hosts = urls.map((url) => new URL(url).host).join(',');
  const { username, password, pathname } = new URL(urls[0] ?? '');
  return `postgres://${username}:${password}@${hosts}${pathname}${word}`;
}

const unreachable = async (url: string) => url.replace(/:\d+\//, `:${await freePort()}/`);
const closing: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

const { primaryUrl, standby } = await startReplicatedPostgres();

async function isStandby(url: string): Promise<boolean> {
  const sql = connectPostgres(url, { max: 3, name: 'test', connectSeconds: 2 });
  try {
    const rows = await Promise.all(
      Array.from({ length: 3 }, () => sql<{ standby: boolean }[]>`select pg_is_in_recovery() as standby`),
    );
    expect(new Set(rows.map(([row]) => row?.standby)).size).toBe(1);
    return rows[0]?.[0]?.standby as boolean;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

test(
  'sessions begin at the server of the kind that they ask for, whichever is named first',
  async () => {
    for (const urls of [
      [primaryUrl, standby.url],
      [standby.url, primaryUrl],
      [await unreachable(primaryUrl), standby.url, primaryUrl],
    ]) {
      for (const kind of ['primary', 'read-write'])
        expect(await isStandby(urlOf(urls, `?target_session_attrs=${kind}`))).toBe(false);
      for (const kind of ['standby', 'read-only', 'prefer-standby'])
        expect(await isStandby(urlOf(urls, `?target_session_attrs=${kind}`))).toBe(true);
    }
    expect(await isStandby(urlOf([standby.url, primaryUrl]))).toBe(true);
    expect(await isStandby(urlOf([primaryUrl, standby.url]))).toBe(false);
    const withoutStandby = urlOf([primaryUrl, await unreachable(primaryUrl)]);
    expect(await isStandby(`${withoutStandby}?target_session_attrs=prefer-standby`)).toBe(false);
    expect(await isStandby(withoutStandby)).toBe(false);
    expect(await isStandby(`${standby.url}?target_session_attrs=standby`)).toBe(true);
    await expect(isStandby(`${standby.url}?target_session_attrs=read-write`)).rejects.toThrow('none of');
  },
  LONG_MS,
);

test(
  'a pool whose server takes no writes any more is replaced, and the statement may be sent again',
  async () => {
    const database = openDatabase({ url: standby.url, name: 'test', poolSize: 1, log });
    closing.push(database.close);
    const pidOf = async () => (await database.query((sql) => sql`select pg_backend_pid() as pid`))[0]?.pid;
    const before = await pidOf();
    expect(await pidOf()).toBe(before);
    await expect(database.query((sql) => sql`create table of_a_standby ()`)).rejects.toMatchObject({
      code: 'database_unavailable',
    });
    expect(await pidOf()).not.toBe(before);
  },
  LONG_MS,
);

test(
  'without such a server a statement fails at once, and every connection of the pool works when there is one',
  async () => {
    const url = urlOf([standby.url, await unreachable(primaryUrl)], '?target_session_attrs=primary');
    const database = openDatabase({ url, name: 'test', poolSize: 3, log });
    closing.push(database.close);
    const ask = () => database.query((sql) => sql`select pg_is_in_recovery() as standby`);
    for (let round = 0; round < 4; round += 1) {
      const results = await Promise.allSettled(Array.from({ length: 6 }, ask));
      for (const result of results)
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'database_unavailable' } });
    }
    await connectPostgres(standby.url, { max: 1, name: 'test', connectSeconds: 2 })`select pg_promote()`;
    await eventually('the other server is the primary', ask);
    const rows = await Promise.all(Array.from({ length: 30 }, ask));
    expect(rows.flat()).toEqual(Array.from({ length: 30 }, () => ({ standby: false })));
  },
  LONG_MS,
);

test(
  'of two primaries sessions begin at the one that was made later: the other is one that nobody could tell',
  async () => {
    const portOf = async (url: string) => {
      const sql = connectPostgres(url, { max: 1, name: 'test', connectSeconds: 2 });
      const [row] = await sql<{ port: string }[]>`select current_setting('port') as port`;
      await sql.end({ timeout: 1 });
      return row?.port;
    };
    const { port } = new URL(standby.url);
    for (const kind of ['primary', 'read-write', 'prefer-standby']) {
      for (const urls of [
        [primaryUrl, standby.url],
        [standby.url, primaryUrl],
      ]) {
        const url = urlOf(urls, `?target_session_attrs=${kind}`);
        for (let count = 0; count < 8; count += 1) expect(await portOf(url)).toBe(port);
      }
    }
  },
  LONG_MS,
);

test('a wrong password is told as such', async () => {
  const hosts = [primaryUrl, await unreachable(primaryUrl)];
  const wrong = urlOf(hosts, '?target_session_attrs=primary').replace(/:[^:@]+@/, ':wrong@');
  const sql = connectPostgres(wrong, { max: 1, name: 'test', connectSeconds: 2 });
  await expect(sql`select 1`).rejects.toMatchObject({ code: '28P01' });
  await sql.end({ timeout: 0 });
});
