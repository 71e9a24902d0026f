import { expect, test } from 'bun:test';
import { eventually, startEngine } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { reasonOf } from '../kernel/errors.ts';
import type { Database } from './sql.ts';

// needs: postgresql

const runtime = createTestRuntime();

/** A server with a role for a service, and the pools of that service and of the owner. */
async function openPools() {
  const server = await startEngine('postgresql');
  const owner = await openTestDatabase(runtime, server.url);
  await owner.query((sql) => sql`create role service login password 'former'`);
  const url = new URL(server.url);
  url.username = 'service';
  url.password = 'former';
  return { owner, service: await openTestDatabase(runtime, url.href) };
}

/** Ends the sessions of the service: those that are open outlive a change of the password. */
const endSessions = (owner: Database) =>
  owner.query((sql) => sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'service'`);

const failureOf = (database: Database) =>
  database
    .query((sql) => sql`select 1`)
    .then(
      () => null,
      (error: unknown) => error,
    );

const REFUSALS = [
  {
    refused: 'a password that was changed',
    refuse: `alter role service password 'latter'`,
    admit: `alter role service password 'former'`,
    reason: 'password authentication failed for user "service"',
  },
  {
    refused: 'a role without the right to sign in',
    refuse: 'alter role service nologin',
    admit: 'alter role service login',
    reason: 'role "service" is not permitted to log in',
  },
];

test.each(REFUSALS)(
  '$refused is a database away, and statements and LISTEN come back by themselves',
  async ({ refuse, admit, reason }) => {
    const { owner, service } = await openPools();
    let notificationCount = 0;
    await service.listen('channel', () => (notificationCount += 1));
    await owner.query((sql) => sql.unsafe(refuse));
    await endSessions(owner);
    const failure = await eventually('the refusal', () => failureOf(service));
    const refusal = await eventually('its reason', async () => {
      const error = await failureOf(service);
      return reasonOf(error).includes(reason) && error;
    });
    for (const error of [failure, refusal])
      expect(error).toMatchObject({ status: 503, code: 'database_unavailable' });
    await owner.query((sql) => sql.unsafe(admit));
    await eventually('a session', async () => (await failureOf(service)) === null);
    const former = notificationCount;
    await eventually('a notification', async () => {
      await owner.query((sql) => sql`select pg_notify('channel', '')`);
      return notificationCount > former + 1;
    });
  },
);
