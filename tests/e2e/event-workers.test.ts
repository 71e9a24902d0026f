import { expect, test } from 'bun:test';
import fc from 'fast-check';
import postgres from 'postgres';
import { listDeadLetters } from '../../platform/dead-letters/dead-letter.ts';
import { readConfig } from '../../platform/kernel/config.ts';
import { createLifecycle } from '../../platform/kernel/lifecycle.ts';
import { createMetrics } from '../../platform/kernel/metrics.ts';
import type { EmotionMessage, TransactionMessage } from '../../platform/messaging/event-topics.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import * as emotions from '../../apps/emotion-processing/service.ts';
import * as transactions from '../../apps/transaction-processing/service.ts';
import { deliver } from '../harness/deliver.ts';
import { createTestDatabase, eventually } from '../harness/engines.ts';
import { createTestRuntime, openTestBus, untilAcknowledged } from '../harness/runtime.ts';
import { casesOf } from '../harness/tier.ts';

/**
 * Two workers of each kind of event, two portions of each at once, with the same customers in all of them,
 * while connections die, workers are stopped and consents change: each event is stored once, sums and rollups
 * equal a recount, and nothing is dead-lettered but bad lines. No statement is a deadlock.
 */
const runtime = createTestRuntime();
const SEED = Number(process.env.ECS_WORKERS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const EVENTS = casesOf('ECS_WORKERS_EVENTS', { quick: 3000, slow: 20_000 });
/** So many that most statements add to days of some and have the first events of a day of others. */
const CUSTOMERS = 1500;
/** Customers who withdraw their consent and give it again meanwhile: whether their emotions are stored is chance. */
const UNDECIDED = 20;
const LINES_PER_MESSAGE = 250;
const DISTURBANCES = 12;

type Kind = 'emotions' | 'transactions';
/** A line of an event: the first of its id, the same again, other content under its id, or a bad one. */
type Fate = 'new' | 'repeated' | 'conflict' | 'invalid' | 'unknown';

interface PlannedLine {
  fate: Fate;
  userId: string;
  eventId: string;
  text: string;
}

const drawnEvents = fc.array(
  fc.record({
    customer: fc.nat(CUSTOMERS - 1),
    day: fc.integer({ min: 20, max: 23 }),
    hour: fc.nat(23),
    hundredths: fc.integer({ min: 1, max: 99 }),
    fate: fc.oneof(
      { weight: 85, arbitrary: fc.constant<Fate>('new') },
      { weight: 10, arbitrary: fc.constant<Fate>('repeated') },
      { weight: 2, arbitrary: fc.constant<Fate>('conflict') },
      { weight: 2, arbitrary: fc.constant<Fate>('invalid') },
      { weight: 1, arbitrary: fc.constant<Fate>('unknown') },
    ),
  }),
  { minLength: EVENTS, maxLength: EVENTS, size: 'max' },
);

/** Lines in messages, in any order: those of one id are often in different portions. */
function planOf(kind: Kind, ids: string[], seed: number): PlannedLine[] {
  const [drawn = []] = fc.sample(drawnEvents, { numRuns: 1, seed });
  const lines = drawn.flatMap(({ customer, day, hour, hundredths, fate }) => {
    const userId = fate === 'unknown' ? crypto.randomUUID() : (ids[customer] ?? '');
    const at = `2026-11-${day}T${String(hour).padStart(2, '0')}:00:00.000000Z`;
    const event = { userId, eventId: crypto.randomUUID(), at, hundredths };
    const line = { fate, userId, eventId: event.eventId, text: textOf(kind, event) };
    if (fate === 'repeated') return [{ ...line, fate: 'new' as const }, line, line];
    if (fate === 'invalid') return [{ ...line, text: line.text.replace('2026-11', '2026-13') }];
    if (fate !== 'conflict') return [line];
    return [line, { ...line, text: textOf(kind, { ...event, hundredths: (hundredths % 99) + 1 }) }];
  });
  const places = fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), { numRuns: lines.length, seed });
  const order = new Map(lines.map((line, index) => [line, places[index] ?? 0]));
  return lines.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
}

function textOf(
  kind: Kind,
  event: { userId: string; eventId: string; at: string; hundredths: number },
): string {
  const { userId, eventId, at, hundredths } = event;
  const common = { userId, eventId, traceId: 'x'.repeat(120) };
  if (kind === 'transactions') {
    return JSON.stringify({ ...common, amount: hundredths, occurredAt: at } satisfies TransactionMessage);
  }
  const level = hundredths / 100;
  return JSON.stringify({
    ...common,
    timestamp: at,
    emotionEvent: { type: 'calm', metrics: { positivity: level, intensity: level, stress_level: level } },
  } satisfies EmotionMessage);
}

async function openAll() {
  const url = await createTestDatabase();
  const sql = postgres(url, { max: 2, onnotice: () => {} });
  runtime.lifecycle.onClose('database of the test', () => sql.end({ timeout: 1 }));
  const rows = await sql<{ id: string }[]>`
    with added as (
      insert into users (id, email, password_hash, jurisdiction)
      select gen_random_uuid(), n::text, 'x', (array['BR', 'DE', null])[1 + n % 3]
      from generate_series(1, ${CUSTOMERS}::int) as n returning id
    )
    insert into fact_versions (user_id) select id from added returning user_id as id`;
  const ids = rows.map(({ id }) => id);
  const { bus, nats } = await openTestBus(runtime);
  const env = { DATABASE_URL: url, NATS_URL: nats.url, ERASURE_KEY: 'k'.repeat(32) };
  const startWorker = (kind: Kind) => {
    const worker = { ...runtime, lifecycle: createLifecycle(runtime.log), metrics: createMetrics() };
    if (kind === 'emotions') emotions.open(readConfig(env, emotions.variables), worker);
    else transactions.open(readConfig(env, transactions.variables), worker);
    runtime.lifecycle.onDrain('a worker', worker.lifecycle.stop);
    return worker.lifecycle.stop;
  };
  return { sql, ids, bus, startWorker };
}

type System = Awaited<ReturnType<typeof openAll>>;

async function publish({ bus }: System, kind: Kind, lines: PlannedLine[]): Promise<void> {
  for (let from = 0; from < lines.length; from += LINES_PER_MESSAGE) {
    const texts = lines.slice(from, from + LINES_PER_MESSAGE).map(({ text }) => text);
    const id = crypto.randomUUID();
    await deliver(() => bus.publish(TOPICS[kind].subject, texts.join('\n'), { id }));
  }
}

/** Kills a connection, stops a worker for another one, or changes a consent, each time some more is stored. */
async function disturb({ sql, ids, startWorker }: System, stored: () => Promise<number>): Promise<void> {
  const stops = { emotions: startWorker('emotions'), transactions: startWorker('transactions') };
  startWorker('emotions');
  startWorker('transactions');
  for (let count = 1; count <= DISTURBANCES; count += 1) {
    const least = (EVENTS * 1.5 * count) / (DISTURBANCES + 1);
    await eventually('some more is stored', async () => (await stored()) >= least, 30_000);
    const kind = count % 2 === 0 ? 'emotions' : 'transactions';
    if (count % 3 === 0) {
      const stop = stops[kind];
      stops[kind] = startWorker(kind);
      await stop();
    } else if (count % 3 === 1) {
      await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = ${
          kind === 'emotions' ? 'emotion-processing' : 'transaction-processing'
        } and state = 'active'`;
    } else {
      for (const userId of ids.slice(0, UNDECIDED)) await changeConsent(sql, userId);
    }
  }
}

const changeConsent = (sql: postgres.Sql, userId: string) => sql`
  insert into consents (user_id, purpose, granted, text_version, given_at, withdrawn_at)
  values (${userId}, 'emotion_capture', false, '1', null, now())
  on conflict (user_id, purpose) do update set granted = not consents.granted,
    given_at = now(), withdrawn_at = case when consents.granted then now() end`;

const sumsThatDiffer = (sql: postgres.Sql) => sql`
  select 'emotions' as kind, user_id, summary_date from (
    select user_id, (occurred_at at time zone 'utc')::date as summary_date, count(*) as n,
      sum(positivity) as total from emotional_events group by 1, 2
  ) as recount full join emotional_daily_sums as kept using (user_id, summary_date)
  where (n, total) is distinct from (event_count, positivity_sum)
  union all
  select 'transactions', user_id, summary_date from (
    select user_id, (occurred_at at time zone 'utc')::date as summary_date, count(*) as n,
      sum(amount) as total from transactions group by 1, 2
  ) as recount full join transaction_daily_sums as kept using (user_id, summary_date)
  where (n, total) is distinct from (transaction_count, amount_sum)
  union all
  select 'rollups', null, hour::date from (
    select date_trunc('hour', occurred_at, 'utc') as hour, coalesce(jurisdiction, 'unknown') as jurisdiction,
      count(*) as n, sum(emotion_bin(positivity)) as bins
    from emotional_events join users on users.id = user_id group by 1, 2
  ) as recount full join (
    select hour, jurisdiction, sum(event_count) as event_count, sum(positivity) as positivity
    from emotion_rollups group by 1, 2
  ) as kept using (hour, jurisdiction)
  where (n, bins) is distinct from (event_count, positivity)`;

const countBy = <Item>(items: Iterable<Item>, keyOf: (item: Item) => string) =>
  Object.fromEntries([...Map.groupBy(items, keyOf)].map(([key, list]) => [key, list.length]));

test(`each event is stored once, side by side with any other, and no bad one more (seed ${SEED})`, async () => {
  const system = await openAll();
  const { sql, ids, bus } = system;
  const undecided = new Set(ids.slice(0, UNDECIDED));
  const plans = {
    emotions: planOf('emotions', ids, SEED),
    transactions: planOf('transactions', ids, SEED + 1),
  };
  const stored = async () => {
    const [row] = await sql<{ count: number }[]>`
      select ((select count(*) from emotional_events) + (select count(*) from transactions))::int as count`;
    return row?.count ?? 0;
  };
  const disturbed = disturb(system, stored);
  await Promise.all([
    publish(system, 'emotions', plans.emotions),
    publish(system, 'transactions', plans.transactions),
    disturbed,
  ]);
  for (const kind of ['emotions', 'transactions'] as const) await untilAcknowledged(bus, TOPICS[kind]);

  const isCertain = (kind: string, userId: string) => kind === 'transactions' || !undecided.has(userId);
  const isBad = ({ fate }: PlannedLine) => fate === 'invalid' || fate === 'unknown' || fate === 'conflict';
  // Of two contents of one id the other one.
  const badLines = Object.entries(plans).flatMap(([kind, lines]) =>
    lines.filter((line) => isBad(line) && isCertain(kind, line.userId)),
  );
  const badMin = badLines.reduce((sum, { fate }) => sum + (fate === 'conflict' ? 0.5 : 1), 0);
  // On a busy machine the broker may end a list early.
  const letters = await eventually('dead letters are listed', async () => {
    const list = await listDeadLetters(bus, { limit: 10 * EVENTS });
    return list.length >= badMin ? list : null;
  });
  for (const [kind, lines] of Object.entries(plans)) {
    const table = kind === 'emotions' ? 'emotional_events' : 'transactions';
    const rows = await sql<{ id: string; user_id: string }[]>`select id, user_id from ${sql(table)}`;
    const expected = new Set(
      lines
        .filter((line) => isCertain(kind, line.userId) && line.fate !== 'invalid' && line.fate !== 'unknown')
        .map(({ eventId }) => eventId),
    );
    const certain = rows.filter((row) => isCertain(kind, row.user_id)).map(({ id }) => id);
    expect(certain).toHaveLength(expected.size);
    expect(new Set(certain)).toEqual(expected);
    const codes = countBy(
      letters.filter(({ stream, payload }) => stream === kind && isCertain(kind, JSON.parse(payload).userId)),
      ({ code }) => code,
    );
    const fates = countBy(
      lines.filter(({ userId }) => isCertain(kind, userId)),
      ({ fate }) => fate,
    );
    expect(codes).toEqual({
      invalid: fates.invalid ?? 0,
      unknown_user: fates.unknown ?? 0,
      conflict: (fates.conflict ?? 0) / 2,
    });
  }
  expect([...(await sumsThatDiffer(sql))]).toEqual([]);
  const [statistics] = await sql<{ deadlocks: number }[]>`
    select deadlocks::int, pg_stat_force_next_flush() from pg_stat_database where datname = current_database()`;
  expect(statistics?.deadlocks).toBe(0);
}, 120_000);
