import { beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { ConsentMode } from '../../platform/kernel/consent-mode.ts';
import type { EmotionMessage } from '../../platform/messaging/event-topics.ts';
import type { Database } from '../../platform/data/sql.ts';
import { createTestRuntime, openTestDatabase, rowsReadInSequence } from '../../tests/harness/runtime.ts';
import { createRecordEmotions } from './record-emotions.ts';

const runtime = createTestRuntime();
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
});

async function newUser(): Promise<string> {
  const id = Bun.randomUUIDv7();
  await database.query((sql) => sql`insert into users (id, email, password_hash) values (${id}, ${id}, 'x')`);
  return id;
}

type Said = 'given' | 'withdrawn' | 'nothing';

async function say(userId: string, said: Said, purpose = 'emotion_capture'): Promise<void> {
  const isGiven = said === 'given';
  if (said === 'nothing') return;
  await database.query(
    (sql) => sql`
      insert into consents (user_id, purpose, granted, text_version, given_at, withdrawn_at)
      values (${userId}, ${purpose}, ${isGiven}, '1', now(), ${isGiven ? null : sql`now()`})
      on conflict (user_id, purpose) do update set granted = excluded.granted,
        withdrawn_at = excluded.withdrawn_at`,
  );
}

const eventOf = (userId: string): EmotionMessage => ({
  userId,
  timestamp: '2026-11-23T12:00:00Z',
  emotionEvent: { type: 'calm', metrics: { positivity: 0.5, intensity: 0.5, stress_level: 0.5 } },
  eventId: Bun.randomUUIDv7(),
  traceId: 'trace',
});

const storedOf = async (userId: string): Promise<number> => {
  const [row] = await database.query(
    (sql) => sql<{ stored: number; summed: number }[]>`
      select (select count(*)::int from emotional_events where user_id = ${userId}) as stored,
        (select coalesce(sum(event_count), 0)::int from emotional_daily_sums where user_id = ${userId}) as summed`,
  );
  expect(row?.summed).toBe(row?.stored ?? -1);
  return row?.stored ?? -1;
};

/** Why an event of such a customer is dropped; null where it is stored. */
function consentProblemOf(mode: ConsentMode, said: Said): string | null {
  if (said === 'given') return null;
  if (said === 'withdrawn') return 'consent_withdrawn';
  return mode === 'required' ? 'consent_missing' : null;
}

describe.each(['recorded', 'required'] as const)('consent to the capture of emotions, %s', (mode) => {
  test('of any batch, events without it are dropped by their reason and all others are stored', async () => {
    const record = createRecordEmotions({ database, mode });
    const customers = fc.array(fc.constantFrom<Said>('given', 'withdrawn', 'nothing'), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(
        customers,
        fc.array(fc.nat(5), { minLength: 1, maxLength: 20 }),
        async (said, order) => {
          const ids = await Promise.all(said.map(newUser));
          await Promise.all(said.map((what, index) => say(ids[index] ?? '', what)));
          const owners = order.map((index) => index % said.length);
          const rejections = await record(owners.map((index) => eventOf(ids[index] ?? '')));
          const expected = owners.flatMap((owner, index) => {
            const code = consentProblemOf(mode, said[owner] ?? 'nothing');
            return code === null ? [] : [{ index, code, isDropped: true }];
          });
          expect(rejections.toSorted((a, b) => a.index - b.index)).toMatchObject(expected);
          expect(rejections).toHaveLength(expected.length);
          for (const [index, id] of ids.entries()) {
            const sentCount = owners.filter((owner) => owner === index).length;
            expect(await storedOf(id)).toBe(
              consentProblemOf(mode, said[index] ?? 'nothing') === null ? sentCount : 0,
            );
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('an event that was stored before the withdrawal and comes again is neither dropped nor a conflict', async () => {
    const record = createRecordEmotions({ database, mode });
    const userId = await newUser();
    await say(userId, 'given');
    const before = eventOf(userId);
    expect(await record([before])).toEqual([]);
    await say(userId, 'withdrawn');
    expect(await record([before, eventOf(userId)])).toMatchObject([{ index: 1, code: 'consent_withdrawn' }]);
    expect(await storedOf(userId)).toBe(1);
    await say(userId, 'given');
    expect(await record([eventOf(userId)])).toEqual([]);
  });

  test('consents are looked up by their key, by a plan made when they were few', async () => {
    const fresh = await openTestDatabase(runtime);
    const record = createRecordEmotions({ database: fresh, mode });
    const [userId, ...others] = await fresh.query(
      (sql) => sql<{ id: string }[]>`
        insert into users (id, email, password_hash)
        select gen_random_uuid(), number::text, 'x' from generate_series(1, 200) as number returning id`,
    );
    const consent = (ids: string[]) =>
      fresh.query(
        (sql) => sql`insert into consents (user_id, purpose, granted, text_version, given_at)
          select id, 'emotion_capture', true, '1', now() from unnest(${ids}::uuid[]) as id`,
      );
    await consent([userId?.id ?? '']);
    await fresh.query((sql) => sql`analyze`);
    for (let round = 0; round < 10; round += 1) {
      if (round === 2) await consent(others.map(({ id }) => id));
      expect(await record(Array.from({ length: 20 }, () => eventOf(userId?.id ?? '')))).toEqual([]);
    }
    expect(await rowsReadInSequence(fresh, ['consents'], 200)).toEqual({ rows: 0 });
  });

  test('a customer who does not exist is unknown, and consents to other purposes are others', async () => {
    const record = createRecordEmotions({ database, mode });
    const userId = await newUser();
    await say(userId, 'given');
    await say(userId, 'withdrawn', 'offers');
    await say(userId, 'withdrawn', 'emotion_scoring');
    expect(await record([eventOf(userId)])).toEqual([]);
    expect(await record([eventOf(Bun.randomUUIDv7())])).toMatchObject([{ code: 'unknown_user' }]);
  });
});
