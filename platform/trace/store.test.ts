import { expect, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { appendMessages, markSent } from '../outbox/outbox-store.ts';
import { selectOutbox } from './store.ts';

const runtime = createTestRuntime();

test('a message of a stream with more than 2^31 of them is traced as any other', async () => {
  const database = await openTestDatabase(runtime);
  const offerId = crypto.randomUUID();
  await database.query((sql) =>
    appendMessages(
      sql,
      'creditOffersApproved',
      sql`select ${offerId}::text as key, jsonb_build_object('offerId', ${offerId}::text)`,
    ),
  );
  const id = `creditOffersApproved:${offerId}`;
  const sequence = 2 ** 31 + 1;
  await markSent(database, [{ id, version: null, created: 'then', sequence }]);
  const rows = await database.query((sql) => selectOutbox(sql, { offerIds: [offerId] }));
  expect(rows).toMatchObject([{ id, offerId, sequence }]);
});
