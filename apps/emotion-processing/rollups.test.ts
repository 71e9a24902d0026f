import { beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Database } from '../../platform/data/sql.ts';
import type { EmotionMessage } from '../../platform/messaging/event-topics.ts';
import { deliver, losingResponses } from '../../tests/harness/deliver.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { createRecordEmotions } from './record-emotions.ts';

const runtime = createTestRuntime();
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
});

/** Cells that differ from a recount of the stored events. */
const differences = () =>
  database.query(
    (sql) => sql`
      select * from (
        select date_trunc('hour', occurred_at, 'utc') as hour, coalesce(jurisdiction, 'unknown') as jurisdiction,
          bit_or(customer_bit(user_id)) as customers, count(*) as n, sum(emotion_bin(positivity)) as p,
          sum(emotion_bin(intensity)) as i, sum(emotion_bin(stress_level)) as s
        from emotional_events join users on users.id = user_id group by 1, 2
      ) as recount
      full join (
        select hour, jurisdiction, bit_or(customers) as customers, sum(event_count) as n,
          sum(positivity) as p, sum(intensity) as i, sum(stress) as s
        from emotion_rollups group by 1, 2
      ) as kept using (hour, jurisdiction)
      where (recount.customers, recount.n, recount.p, recount.i, recount.s)
        is distinct from (kept.customers, kept.n, kept.p, kept.i, kept.s)`,
  );

/** As `privacy` does with hours that are over. */
const merge = () => database.query((sql) => sql`select merge_rollup_cells(7)`);

test('rollups equal a recount: any numbers, hours, deliveries, concurrency, lost responses, merging', async () => {
  const record = createRecordEmotions({ database: losingResponses(database) });
  const delivered = (events: EmotionMessage[]) => deliver(() => record(events));
  const rows = await database.query(
    (sql) => sql<{ id: string }[]>`
      insert into users (id, email, password_hash, jurisdiction)
      select gen_random_uuid(), n::text, 'x', (array['BR', 'DE', null])[1 + n % 3]
      from generate_series(1, 6) as n returning id`,
  );
  const metric = fc.oneof(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.integer({ min: 0, max: 20 }).map((n) => n / 20),
  );
  const event = fc.record({
    owner: fc.nat(5),
    hour: fc.integer({ min: 0, max: 23 }),
    day: fc.integer({ min: 20, max: 23 }),
    metrics: fc.record({ positivity: metric, intensity: metric, stress_level: metric }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 60 }), async (many) => {
      const events = many.map(
        ({ owner, hour, day, metrics }): EmotionMessage => ({
          userId: rows[owner]?.id ?? '',
          timestamp: `2026-11-${day}T${String(hour).padStart(2, '0')}:59:59.999999Z`,
          emotionEvent: { type: 'calm', metrics },
          eventId: Bun.randomUUIDv7(),
          traceId: 'trace',
        }),
      );
      await Promise.all([
        delivered(events),
        delivered(events.toReversed()),
        delivered([...events, ...events]),
        deliver(merge),
        deliver(merge),
      ]);
      expect([...(await deliver(differences))]).toEqual([]);
    }),
    { numRuns: 25 },
  );
  // The history from before the rollups is counted by the same rules.
  const [before] = await database.query((sql) => sql`select sum(event_count)::int as n from emotion_rollups`);
  await database.query((sql) => sql`select recount_rollups('-infinity')`);
  expect([...(await differences())]).toEqual([]);
  const [after] = await database.query((sql) => sql`select sum(event_count)::int as n from emotion_rollups`);
  expect(after).toEqual(before);
});
