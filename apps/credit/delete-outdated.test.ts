import { expect, test } from 'bun:test';
import { createLifecycle } from '../../platform/kernel/lifecycle.ts';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { startDeletions } from './delete-outdated.ts';

const runtime = createTestRuntime();

test('deletes sent messages and used tickets that are outdated, and no others', async () => {
  const database = await openTestDatabase(runtime);
  await database.query(
    (sql) => sql`
      with messages as (
        insert into outbox (id, topic, payload, sent_at) values
          ('old', 'creditOffersApproved', '{}', now() - interval '9 days'),
          ('new', 'creditOffersApproved', '{}', now() - interval '7 days')
      )
      insert into used_tickets (id, expires_at) values
        (${Bun.randomUUIDv7()}, now() - interval '1 second'), (${Bun.randomUUIDv7()}, now() + interval '1 hour')`,
  );
  const lifecycle = createLifecycle(runtime.log);
  startDeletions({ database, log: runtime.log, lifecycle, everyMs: 10 });
  const remaining = async () => {
    const rows = await database.query(
      (sql) => sql<{ id: string; tickets: number }[]>`
        select id, (select count(*)::int from used_tickets) as tickets from outbox`,
    );
    return rows.length === 1 ? rows[0] : null;
  };
  const row = await eventually('the old message is gone', remaining);
  await lifecycle.stop();
  expect([row?.id, (await remaining())?.tickets]).toEqual(['new', 1]);
});
