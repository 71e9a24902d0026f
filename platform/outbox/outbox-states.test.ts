import { expect, test } from 'bun:test';
import { appendState } from '../../tests/harness/append-state.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import type { Database } from '../data/sql.ts';
import { claimRows, deleteSentMessages, markSent, unsendLost } from './outbox-store.ts';

const runtime = createTestRuntime();
const userId = Bun.randomUUIDv7();
const TOPIC = 'customerConsents';

const append = (database: Database, version: number) =>
  appendState(database, TOPIC, { userId, emotionCapture: true, version });
const claim = (database: Database) => claimRows(database, [TOPIC]);
const send = (database: Database, rows: Awaited<ReturnType<typeof claim>>) =>
  markSent(
    database,
    rows.map(({ id, version }) => ({ id, version, created: 'then', sequence: 7 })),
  );
const endLeases = (database: Database) =>
  database.query((sql) => sql`update outbox set lease_until = now() - interval '1 second'`);

test('a state replaces the one before, never while that is on its way, and is sent itself', async () => {
  const database = await openTestDatabase(runtime);
  await append(database, 1);
  await append(database, 2);
  const first = await claim(database);
  expect(first.map(({ version }) => version)).toEqual(['2']);
  await append(database, 3);
  expect(await claim(database)).toEqual([]);
  await send(database, first);
  const second = await claim(database);
  expect(second.map(({ version }) => version)).toEqual(['3']);
  await send(database, second);
  expect(await claim(database)).toEqual([]);
  await append(database, 4);
  expect((await claim(database)).map(({ version }) => version)).toEqual(['4']);
});

test('a relay that was frozen with an older state makes the newest one go again', async () => {
  const database = await openTestDatabase(runtime);
  await append(database, 1);
  const frozen = await claim(database);
  await append(database, 2);
  await endLeases(database);
  await send(database, await claim(database));
  expect(await claim(database)).toEqual([]);
  await send(database, frozen);
  expect((await claim(database)).map(({ version }) => version)).toEqual(['2']);
});

test('a state is kept for a broker that loses its store, however long ago it was sent', async () => {
  const database = await openTestDatabase(runtime);
  await append(database, 1);
  await send(database, await claim(database));
  await database.query((sql) => sql`update outbox set sent_at = now() - interval '1 year'`);
  await deleteSentMessages(database, 8);
  expect(await unsendLost(database, TOPIC, 'then', 7)).toBe(0);
  expect(await unsendLost(database, TOPIC, 'since', 7)).toBe(1);
  expect(await claim(database)).toHaveLength(1);
});
