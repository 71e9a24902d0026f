import { beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { FactSource } from '../../sdk/contracts/common.ts';
import type { EmotionMessage } from '../../platform/messaging/event-topics.ts';
import { type Database, isDataError } from '../../platform/data/sql.ts';
import { createTestRuntime, openTestDatabase, rowsReadInSequence } from '../../tests/harness/runtime.ts';
import { deliver, losingResponses } from '../../tests/harness/deliver.ts';
import { createRecordEmotions } from './record-emotions.ts';
import { compareEmotions } from './store.ts';

const runtime = createTestRuntime();
let database: Database;
let record: ReturnType<typeof createRecordEmotions>;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  record = createRecordEmotions({ database });
});

async function newUser(): Promise<string> {
  const id = Bun.randomUUIDv7();
  await database.query((sql) => sql`insert into users (id, email, password_hash) values (${id}, ${id}, 'x')`);
  return id;
}

function event(
  userId: string,
  changes: Partial<EmotionMessage['emotionEvent']['metrics']> = {},
  day = 23,
  source?: FactSource,
): EmotionMessage {
  return {
    userId,
    ...(source ? { source } : {}),
    timestamp: `2026-11-${day}T23:59:59.999999Z`,
    emotionEvent: {
      type: 'calm',
      metrics: { positivity: 0.5, intensity: 0.5, stress_level: 0.5, ...changes },
    },
    eventId: Bun.randomUUIDv7(),
    traceId: 'trace',
  };
}

/** Returns the days with sums other than a recount of the raw events. */
function differences() {
  return database.query(
    (sql) => sql`
      select * from (
        select user_id, (occurred_at at time zone 'utc')::date as summary_date, count(*) as event_count,
          sum(positivity) as p, sum(intensity) as i, sum(stress_level) as s,
          count(*) filter (where stress_level >= 0.7) as stressful,
          count(*) filter (where source = 'platform') as platform_events,
          coalesce(sum(positivity) filter (where source = 'platform'), 0) as platform_p,
          count(*) filter (where source = 'platform' and stress_level >= 0.7) as platform_stressful
        from emotional_events group by 1, 2
      ) as recount
      full join emotional_daily_sums as kept using (user_id, summary_date)
      where (recount.event_count, p, i, s, stressful, platform_events, platform_p, platform_stressful)
        is distinct from
        (kept.event_count, positivity_sum, intensity_sum, stress_sum, stress_event_count,
          platform_event_count, platform_positivity_sum, platform_stress_event_count)`,
  );
}

describe('recording emotions', () => {
  test('reads no stored events, by a plan made when they were few', async () => {
    const fresh = await openTestDatabase(runtime);
    const recordThere = createRecordEmotions({ database: fresh });
    const userId = Bun.randomUUIDv7();
    await fresh.query(
      (sql) => sql`insert into users (id, email, password_hash) values (${userId}, 'a', 'x')`,
    );
    for (let round = 0; round < 20; round += 1) {
      const batch = Array.from({ length: 20 }, () => event(userId));
      await recordThere(batch);
      // Delivered again, it is compared with the stored event.
      await recordThere(batch);
      if (round === 0) await fresh.query((sql) => sql`analyze`);
    }
    // The user counts as well.
    const tables = ['emotional_events', 'users'];
    expect(await rowsReadInSequence(fresh, tables, 401)).toEqual({ rows: 0 });
  });

  test('a redelivered event is stored and counted once, in the same batch and in a later one', async () => {
    const userId = await newUser();
    const events = [event(userId), event(userId)];
    await record([...events, ...events]);
    await record(events);
    const [day] = await database.query(
      (sql) => sql`select event_count::int from emotional_events_summary where user_id = ${userId}`,
    );
    expect(day).toEqual({ event_count: 2 });
    expect([...(await differences())]).toEqual([]);
  });

  test('an event is stressful from 0.7 on, of each source', async () => {
    const userId = await newUser();
    const levels = [0, 0.7 - Number.EPSILON, 0.7, 0.7 + Number.EPSILON, 1];
    await record(
      levels.flatMap((stress_level) => [
        event(userId, { stress_level }, 23, 'platform'),
        event(userId, { stress_level }, 23, 'customer'),
      ]),
    );
    const [day] = await database.query(
      (sql) => sql`
        select stress_event_count::int as all, platform_stress_event_count::int as platform
        from emotional_daily_sums where user_id = ${userId}`,
    );
    expect(day).toEqual({ all: 6, platform: 3 });
  });

  test('the daily sums of each source equal a recount exactly, with any numbers, deliveries and lost responses', async () => {
    const recordThere = createRecordEmotions({ database: losingResponses(database) });
    const delivered = (events: EmotionMessage[]) => deliver(() => recordThere(events));
    const users = await Promise.all([newUser(), newUser(), newUser()]);
    const metric = fc.double({ min: 0, max: 1, noNaN: true });
    const metrics = fc.record({ positivity: metric, intensity: metric, stress_level: metric });
    const source = fc.constantFrom<(FactSource | undefined)[]>('platform', 'customer', undefined);
    const emotion = fc.tuple(fc.constantFrom(...users), metrics, fc.integer({ min: 20, max: 23 }), source);
    await fc.assert(
      fc.asyncProperty(fc.array(emotion, { minLength: 1, maxLength: 60 }), async (many) => {
        const events = many.map(([userId, values, day, from]) => event(userId, values, day, from));
        await Promise.all([delivered(events), delivered(events.toReversed())]);
        expect([...(await deliver(differences))]).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('events of unknown users are rejected one by one, the others stored', async () => {
    const userId = await newUser();
    const unknownCustomer = Bun.randomUUIDv7();
    const rejections = await record([event(unknownCustomer), event(userId), event(unknownCustomer)]);
    expect(rejections.map(({ index, code }) => [index, code])).toEqual([
      [0, 'unknown_user'],
      [2, 'unknown_user'],
    ]);
    const rows = await database.query((sql) => sql`select from emotional_events where user_id = ${userId}`);
    expect(rows).toHaveLength(1);
  });

  test('rejects an id that is stored with other content, and is silent about the same content', async () => {
    const userId = await newUser();
    const first = event(userId, { positivity: 0.1 });
    const { metrics } = first.emotionEvent;
    const changed: EmotionMessage[] = [
      { ...first, emotionEvent: { type: 'calm', metrics: { ...metrics, positivity: 0.1 + Number.EPSILON } } },
      { ...first, emotionEvent: { type: 'calm', metrics: { ...metrics, intensity: 0.51 } } },
      { ...first, emotionEvent: { type: 'calm', metrics: { ...metrics, stress_level: 0.51 } } },
      { ...first, emotionEvent: { type: 'angry', metrics } },
      { ...first, timestamp: '2026-11-23T23:59:59.999998Z' },
      // In another month, where the key of the table does not see it: two months either way.
      ...['2026-09-01', '2026-10-31', '2026-12-01', '2027-01-31'].map((day) => ({
        ...first,
        timestamp: `${day}T00:00:00.000000Z`,
      })),
    ];
    const unchanged = { ...first, traceId: 'another' };
    const fromLaterTimes = { ...first, timestamp: '2026-12-01T00:00:00.000000Z', timestampAssigned: true };
    expect(await record([first, changed[0] as EmotionMessage, event(userId)])).toMatchObject([
      { index: 1, code: 'conflict' },
    ]);
    const rejections = await record([unchanged, ...changed, fromLaterTimes, event(userId)]);
    expect(rejections.map(({ index, code }) => [index, code])).toEqual(
      changed.map((_, index) => [index + 1, 'conflict']),
    );
    // In a batch the first of an id is stored; alone, each is compared with what other months have.
    for (const emotion of changed) expect(await record([emotion])).toMatchObject([{ code: 'conflict' }]);
    const rows = await database.query(
      (sql) =>
        sql`select positivity from emotional_events where user_id = ${userId} and id = ${first.eventId}`,
    );
    expect([...rows]).toEqual([{ positivity: '0.1' }]);
    expect([...(await differences())]).toEqual([]);
  });

  test('an event that comes again from another source is no conflict, and keeps its first source', async () => {
    const userId = await newUser();
    for (const [first, second] of [
      ['customer', 'platform'],
      ['platform', 'customer'],
      [undefined, 'platform'],
    ] as const) {
      const emotion = event(userId, {}, 23, first);
      expect(await record([emotion, { ...emotion, source: second }])).toEqual([]);
      expect(await record([{ ...emotion, source: second }])).toEqual([]);
      const rows = await database.query(
        (sql) =>
          sql`select source from emotional_events where user_id = ${userId} and id = ${emotion.eventId}`,
      );
      expect([...rows]).toEqual([{ source: first ?? null }]);
    }
    expect([...(await differences())]).toEqual([]);
  });

  test('of two contents for one id, handled by two workers at once, exactly one is stored and one rejected', async () => {
    const userId = await newUser();
    for (let round = 0; round < 30; round += 1) {
      const [calm, happy] = [event(userId, { positivity: 0.25 }), event(userId, { positivity: 0.75 })];
      const rivals = [calm, { ...happy, eventId: calm.eventId }];
      const fillers = Array.from({ length: 20 }, () => event(userId));
      const rejections = await Promise.all(rivals.map((rival) => record([...fillers, rival])));
      expect(rejections.flat()).toMatchObject([{ index: 20, code: 'conflict' }]);
    }
  });

  test("two users' events may have the same id: neither can use up the other's", async () => {
    const [userA, userB] = [await newUser(), await newUser()];
    const first = event(userA);
    await record([first, { ...event(userB), eventId: first.eventId }]);
    const rows = await database.query((sql) => sql`select from emotional_events where id = ${first.eventId}`);
    expect(rows).toHaveLength(2);
  });

  test('one that is not stored is no conflict with others of its customer or of its id', async () => {
    const [userId, otherId] = [await newUser(), await newUser()];
    const fresh = event(userId);
    expect(await record([event(userId), { ...fresh, userId: otherId }])).toEqual([]);
    expect([...(await compareEmotions(database, [fresh], 'recorded'))]).toEqual([
      { index: 0, code: 'missing' },
    ]);
  });

  test('stores events of neighboring months', async () => {
    const userId = await newUser();
    for (const month of ['10', '11', '12']) {
      const timestamp = `2026-${month}-05T00:00:00.000000Z`;
      expect(await record([{ ...event(userId), timestamp }])).toEqual([]);
    }
  });

  test('keeps microseconds, and rejects a date that does not exist', async () => {
    const userId = await newUser();
    const precise = { ...event(userId), timestamp: '2026-11-23T10:00:00.123456Z' };
    await record([precise]);
    const [row] = await database.query(
      (sql) => sql`select to_char(occurred_at at time zone 'utc', 'US') as micros from emotional_events
        where id = ${precise.eventId}`,
    );
    expect(row).toEqual({ micros: '123456' });
    const impossible = { ...event(userId), timestamp: '2026-02-30T10:00:00.000000Z' };
    const error = await record([impossible]).catch((error: unknown) => error);
    expect(isDataError(error)).toBe(true);
  });
});
