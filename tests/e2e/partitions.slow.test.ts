import { beforeAll, expect, test } from 'bun:test';
import { connect } from 'nats';
import { readNatsUrl } from '../../platform/addresses/nats.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { partitionFor, partitionOf, partitionsOf } from '../../platform/messaging/topology.ts';
import { createCli } from '../cli/harness.ts';
import { consumerLagOf } from '../harness/consumer-lag.ts';
import { eventually } from '../harness/engines.ts';
import { type Customer, bearer, emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';

/** A system with emotions and transactions spread over four streams each behaves the same for everybody. */
const LAYOUT = { replicas: 1, partitions: 4 };
const LONG_MS = 60_000;
const system = useSystem({ split: false, variables: { STREAM_PARTITIONS: '4' } });
const customers: Customer[] = [];
let cli: ReturnType<typeof createCli>;

beforeAll(async () => {
  cli = createCli({ args: ['--data-dir', system().dataDir] });
  while (customers.length < 8) customers.push(await newCustomer(system().url));
}, LONG_MS);

async function send(path: string, body: unknown, headers: Record<string, string>) {
  const response = await fetch(`${system().url}${path}`, json(body, headers));
  expect(response.status).toBe(202);
  return (await response.json()) as { eventId: string };
}

const internal = () => ({ 'x-internal-key': system().internalKey });

test(
  'an acknowledged event is stored once, through any stream',
  async () => {
    const responses = await Promise.all(
      customers.flatMap((customer) => [
        ...Array.from({ length: 20 }, () => send('/v1/emotions/stream', emotionOf(customer.id), internal())),
        ...Array.from({ length: 5 }, () =>
          send('/v1/transactions', { userId: customer.id, amount: 12.5 }, bearer(customer)),
        ),
      ]),
    );
    const lines = customers.flatMap(({ id }) =>
      Array.from({ length: 50 }, () => JSON.stringify(emotionOf(id))),
    );
    const batch = await fetch(`${system().url}/v1/emotions/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', ...internal() },
      body: lines.join('\n'),
    });
    expect(await batch.json()).toMatchObject({ accepted: lines.length, rejected: [] });
    const { sql } = system();
    await eventually('all are stored', async () => {
      const [row] = await sql`select (select count(*)::int from emotional_events) as emotions,
        (select count(*)::int from transactions) as transactions`;
      return row?.emotions === customers.length * 70 && row.transactions === customers.length * 5;
    });
    const [days] = await sql`select sum(event_count)::int as events from emotional_daily_sums`;
    expect(days?.events).toBe(customers.length * 70);
    const traced = await cli.data<{ entries: { what: string; details: { stream?: string } }[] }>([
      'trace',
      responses[0]?.eventId ?? '',
    ]);
    const { stream } = partitionOf(
      TOPICS.emotions,
      partitionFor(TOPICS.emotions, customers[0]?.id ?? '', LAYOUT),
    );
    expect(traced.entries.map(({ details }) => details.stream)).toContain(stream);
  },
  LONG_MS,
);

test(
  'an event that is in the streams of two partitions is stored once, and counted once',
  async () => {
    const connection = await connect(readNatsUrl(system().natsUrl));
    const js = connection.jetstream();
    const userId = (await newCustomer(system().url)).id;
    const messages = Array.from({ length: 40 }, () => {
      const events = Array.from({ length: 25 }, () => ({
        ...emotionOf(userId),
        eventId: Bun.randomUUIDv7(),
      }));
      return events.map((event) => JSON.stringify({ ...event, traceId: 'test' })).join('\n');
    });
    const subjects = partitionsOf(TOPICS.emotions, LAYOUT).map(({ subject }) => subject);
    await Promise.all(
      messages.flatMap((message) => subjects.slice(1, 3).map((subject) => js.publish(subject, message))),
    );
    await connection.close();
    await eventually('both streams are worked off', async () => (await consumerLagOf(system())) === 0);
    const [counts] = await system().sql`select count(*)::int as rows, count(distinct id)::int as ids,
      (select sum(event_count)::int from emotional_daily_sums where user_id = ${userId}) as counted
      from emotional_events where user_id = ${userId}`;
    expect(counts).toEqual({ rows: 1000, ids: 1000, counted: 1000 });
    expect(await cli.data<unknown[]>(['dead-letters', 'ls', '--stream', 'emotions'])).toEqual([]);
  },
  LONG_MS,
);

test(
  'an operator finds and replays the dead letters of any partition by the name of the topic',
  async () => {
    const connection = await connect(readNatsUrl(system().natsUrl));
    const js = connection.jetstream();
    const partitions = partitionsOf(TOPICS.transactions, LAYOUT);
    for (const { subject } of partitions) await js.publish(subject, 'poison');
    const list = ['dead-letters', 'ls', '--stream', 'transactions'];
    const listed = () => cli.data<{ id: number; stream: string }[]>(list);
    const letters = await eventually('all are dead-lettered', async () => {
      const deadLetters = await listed();
      return deadLetters.length === partitions.length && deadLetters;
    });
    expect(letters.map(({ stream }) => stream).toSorted()).toEqual(partitions.map(({ stream }) => stream));
    const before = new Set(letters.map(({ id }) => id));
    const replayed = await cli.ecs(['dead-letters', 'replay', '--stream', 'transactions']);
    expect(replayed.code).toBe(0);
    await eventually('each is dead-lettered again, where it was', async () => {
      const again = await listed();
      const streams = again.map(({ stream }) => stream).toSorted();
      const isNew = again.every(({ id }) => !before.has(id));
      return isNew && streams.join() === partitions.map(({ stream }) => stream).join();
    });
    await connection.close();
  },
  LONG_MS,
);
