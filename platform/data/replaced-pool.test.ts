import { afterAll, expect, test } from 'bun:test';
import { connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { createTestDatabase, eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { connectPostgres } from './connect-postgres.ts';
import { openDatabase } from './sql.ts';

/** Pools that are replaced with whatever their connections do at that moment. */
const runtime = createTestRuntime();
/** More than a connection sends to sign in, to prepare a statement and to run it. */
const PACKETS_MAX = 20;

/** PostgreSQL that gets so many packets of each connection, and then no more of them. */
async function startDeafServer(packets: number, database: string) {
  const url = new URL(database);
  const [port, host] = [Number(url.port), url.hostname];
  const sockets: Socket[] = [];
  /** Connections that sent a statement, or asked for one, and have not said goodbye. */
  const atWork = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, host);
    let received = 0;
    sockets.push(client, upstream);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.on('data', (data: Buffer) => {
      if (isGoodbye(data)) atWork.delete(client);
      else if (received > 0) atWork.add(client);
      if (received++ < packets) upstream.write(data);
    });
    upstream.on('data', (data) => client.write(data));
    client.on('close', () => {
      atWork.delete(client);
      upstream.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  url.host = `127.0.0.1:${(server.address() as { port: number }).port}`;
  return { url: url.href, isLeft: () => atWork.size === 0 };
}

/** Terminate (X) is sent after all that the connection held has been rejected. */
const isGoodbye = (data: Buffer) => data.subarray(-5).equals(Buffer.from([0x58, 0, 0, 0, 4]));

test('a replaced pool rejects its statements to their callers, and to nobody else', async () => {
  const server = await createTestDatabase();
  const outcomes = await Promise.all(
    Array.from({ length: PACKETS_MAX }, async (_, packets) => {
      const { url, isLeft } = await startDeafServer(packets, server);
      const database = openDatabase({ url, name: 'test', poolSize: 2, log: runtime.log });
      // Where all packets come, nothing is to be late, however busy the machine is.
      const deadlineMs = packets === PACKETS_MAX - 1 ? 60_000 : 500;
      // In flight, behind one of the same connection, and waiting for a connection.
      const statements = Array.from({ length: 6 }, (_, number) =>
        database.query((sql) => sql`select ${number}::int as number`, deadlineMs),
      );
      const results = await Promise.allSettled(statements);
      await database.close();
      await eventually('every connection is dropped', async () => isLeft());
      return results.map((result) => (result.status === 'rejected' ? result.reason.code : 'done'));
    }),
  );
  // A rejection without a handler fails the test of itself.
  for (const outcome of outcomes.flat()) expect(['done', 'database_unavailable']).toContain(outcome);
  expect(outcomes[1]).toEqual(Array(6).fill('database_unavailable'));
  expect(new Set(outcomes.at(-1))).toEqual(new Set(['done']));
});

test('arrays come back as they were sent', async () => {
  const database = await openTestDatabase(runtime);
  // PostgreSQL has no text with a NUL.
  const text = fc.option(fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0')));
  const ids = fc.array(fc.uuid());
  await fc.assert(
    fc.asyncProperty(
      fc.array(text),
      ids,
      fc.array(fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }))),
      async (texts, uuids, integers) => {
        const nested = texts.length === 0 ? [] : [texts, texts];
        const [row] = await database.query(
          (sql) => sql`select ${texts}::text[] as texts, ${uuids}::uuid[] as uuids,
            ${integers}::int[] as integers, ${nested}::text[] as nested`,
        );
        expect(row).toEqual({ texts, uuids, integers, nested });
      },
    ),
    { numRuns: 50 },
  );
});

test('every array type of PostgreSQL that the driver would ask for has its number', async () => {
  const sql = connectPostgres(await createTestDatabase(), { max: 1, name: 'test', connectSeconds: 5 });
  const arrays = await sql<{ array: number; name: string }[]>`
    select typarray::int as array, typname as name from pg_type
    where typname = any(${['bool', 'bytea', 'int8', 'int4', 'text', 'numeric', 'uuid', 'jsonb', 'timestamptz']})`;
  expect(arrays).toHaveLength(9);
  for (const { array, name } of arrays) expect(sql.options.parsers[array], name).toBeDefined();
  const columns = await sql<{ type: number; name: string }[]>`
    select distinct atttypid::int as type, attname as name from pg_attribute
    join pg_class on pg_class.oid = attrelid join pg_type on pg_type.oid = atttypid
    where typcategory = 'A' and relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')`;
  for (const { type, name } of columns) expect(sql.options.parsers[type], name).toBeDefined();
  await sql.end();
});
