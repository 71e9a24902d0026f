import { expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import pino from 'pino';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { createTestDatabase, eventually } from '../../tests/harness/engines.ts';
import {
  createTestRuntime,
  openTestBus,
  openTestDatabase,
  streams,
  untilAcknowledged,
} from '../../tests/harness/runtime.ts';
import { endsWithin } from '../../tests/harness/time.ts';
import type { Database } from '../data/sql.ts';
import { listDeadLetters } from '../dead-letters/dead-letter.ts';
import { createLifecycle } from '../kernel/lifecycle.ts';
import { createLineDecoder } from '../kernel/validation.ts';
import type { Bus } from '../messaging/bus.ts';
import { TOPICS } from '../messaging/topics.ts';
import { consumedBy, CONSUMER_LIMITS } from '../messaging/topology.ts';
import { startConsumer } from './consumer.ts';

const runtime = createTestRuntime();
const { stream, subject, durable } = consumedBy(TOPICS.emotions, 'emotion-processing');
const LONG_MS = 30_000;

function startWorker(
  bus: Bus,
  database: Pick<Database, 'ping'> & Partial<Pick<Database, 'prepared'>>,
  onHandled: (ids: string[]) => void,
  log = runtime.log,
) {
  const lifecycle = createLifecycle(runtime.log);
  runtime.lifecycle.onDrain('consumer', lifecycle.stop);
  const consumer = startConsumer<{ id: string }>({
    ...runtime,
    log,
    lifecycle,
    bus,
    database: { prepared: Promise.resolve(), ...database },
    topic: 'emotions',
    durable: 'emotion-processing',
    streams,
    decode: createLineDecoder(Type.Object({ id: Type.String() })),
    handle: async (events) => {
      onHandled(events.map(({ id }) => id));
      return [];
    },
  });
  return { ...consumer, stop: lifecycle.stop };
}

test(
  'workers that are restarted while the database is down have fetched nothing: no event counts as deadly',
  async () => {
    const { bus } = await openTestBus(runtime);
    const database = await openTestDatabase(runtime);
    const absent = await openTestDatabase(runtime, `postgres://127.0.0.1:${await freePort()}/none`);
    const ids = Array.from({ length: 5 }, () => Bun.randomUUIDv7());
    const handled: string[] = [];
    for (let restart = 0; restart <= CONSUMER_LIMITS.deliveriesMax; restart += 1) {
      let pings = 0;
      const countedPing = async () => {
        pings += 1;
        await absent.ping();
      };
      const worker = startWorker(bus, { ping: countedPing }, (events) => handled.push(...events));
      await eventually('its consumer is there', () => worker.check().then(() => true));
      if (restart === 0) {
        await bus.publish(subject, ids.map((id) => JSON.stringify({ id })).join('\n'), { id: durable });
      }
      await eventually('the database was asked twice', () => pings >= 2);
      await worker.stop();
    }
    const { delivered } = await bus.client().jsm.consumers.info(stream, durable);
    expect(delivered.consumer_seq).toBe(0);

    startWorker(bus, database, (events) => handled.push(...events));
    await untilAcknowledged(bus, TOPICS.emotions);
    expect(handled).toEqual(ids);
    expect(await listDeadLetters(bus)).toEqual([]);
  },
  LONG_MS,
);

test('a worker says once that it waits for the database, at its first failure, and asks later each time', async () => {
  const { bus } = await openTestBus(runtime);
  const messages: string[] = [];
  const pingsMs: number[] = [];
  const write = (line: string) => void messages.push(`${JSON.parse(line).msg}, after ${pingsMs.length}`);
  const ping = async () => {
    pingsMs.push(performance.now());
    if (pingsMs.length < 4) throw new Error('away');
  };
  startWorker(bus, { ping }, () => {}, pino({}, { write }));
  await eventually('the database responded', async () => pingsMs.length === 4);
  expect(messages).toEqual(['waiting for the database, after 1']);
  // Pauses of 100, 200 and 300 ms, which a busy machine makes longer.
  const pausesMs = pingsMs.slice(1).map((ms, index) => ms - (pingsMs[index] ?? 0));
  for (const [index, ms] of pausesMs.entries()) expect(ms).toBeGreaterThan(100 * (index + 1) - 5);
});

test(
  'a worker leaves a server of the broker at the third failure, says so at the fifth, and waits longer each time',
  async () => {
    const { bus } = await openTestBus(runtime);
    const departuresMs: number[] = [];
    const failing: Bus = {
      ...bus,
      client() {
        throw new Error('away');
      },
      leaveServer: () => void departuresMs.push(performance.now()),
    };
    const warningsMs: number[] = [];
    const write = (line: string) => {
      if (JSON.parse(line).msg === 'cannot consume') warningsMs.push(performance.now());
    };
    const startedMs = performance.now();
    startWorker(failing, { ping: async () => {} }, () => {}, pino({}, { write }));
    await eventually('it leaves for the second time', () => departuresMs.length === 2);
    expect(warningsMs).toHaveLength(1);
    const [departedMs = 0] = departuresMs;
    const [warnedMs = 0] = warningsMs;
    // Pauses of 100, 200, 300 and 400 ms, which a busy machine makes longer.
    expect(departedMs - startedMs).toBeGreaterThan(295);
    expect(warnedMs - departedMs).toBeGreaterThan(695);
    expect(warnedMs).toBeLessThan(departuresMs[1] ?? 0);
  },
  LONG_MS,
);

test('a worker stays with its server where two failures follow a success', async () => {
  const { bus } = await openTestBus(runtime);
  let failuresLeft = 2;
  let departures = 0;
  const failing: Bus = {
    ...bus,
    client() {
      if (failuresLeft === 0) return bus.client();
      failuresLeft -= 1;
      throw new Error('away');
    },
    leaveServer: () => void (departures += 1),
  };
  const handled: string[] = [];
  startWorker(failing, { ping: async () => {} }, (ids) => {
    handled.push(...ids);
    if (ids.includes('first')) failuresLeft = 2;
  });
  for (const id of ['first', 'second']) {
    await bus.publish(subject, JSON.stringify({ id }), { id });
    await eventually('it is handled', () => handled.includes(id));
  }
  expect([failuresLeft, departures]).toEqual([0, 0]);
});

test('a worker has fetched nothing before its database is prepared', async () => {
  const { bus } = await openTestBus(runtime);
  const prepared = Promise.withResolvers<void>();
  let pings = 0;
  const ping = async () => void (pings += 1);
  const handled: string[] = [];
  const worker = startWorker(bus, { ping, prepared: prepared.promise }, (ids) => handled.push(...ids));
  await eventually('its consumer is there', () => worker.check().then(() => true));
  await bus.publish(subject, JSON.stringify({ id: 'waiting' }), { id: durable });
  await bus.ping();
  expect([pings, handled]).toEqual([0, []]);
  expect(await worker.lag()).toMatchObject({ pending: 1, unacknowledged: 0 });
  prepared.resolve();
  await untilAcknowledged(bus, TOPICS.emotions);
  expect([pings, handled]).toEqual([1, ['waiting']]);
});

test('a worker that waits for a database which never responds ends at once', async () => {
  const { bus } = await openTestBus(runtime);
  const firstPing = Promise.withResolvers<void>();
  const ping = () => {
    firstPing.resolve();
    return new Promise<void>(() => {});
  };
  const worker = startWorker(bus, { ping }, () => {});
  await firstPing.promise;
  expect(await endsWithin(1000, worker.stop)).toBe(true);
});

test(
  'a worker whose database takes no writes has fetched nothing, and begins when it takes them',
  async () => {
    const { bus } = await openTestBus(runtime);
    const url = await createTestDatabase();
    const name = new URL(url).pathname.slice(1);
    const administrator = await openTestDatabase(runtime);
    const setReadOnly = (isReadOnly: 'on' | 'off') =>
      administrator.query((sql) =>
        sql.unsafe(`alter database ${name} set default_transaction_read_only = ${isReadOnly}`),
      );
    await setReadOnly('on');
    const database = await openTestDatabase(runtime, url);
    let pings = 0;
    const countedPing = async () => {
      pings += 1;
      await database.ping();
    };
    const handled: string[] = [];
    const worker = startWorker(bus, { ping: countedPing }, (events) => handled.push(...events));
    await eventually('its consumer is there', () => worker.check().then(() => true));
    await bus.publish(subject, JSON.stringify({ id: 'waiting' }), { id: durable });
    await eventually('the database was asked twice', () => pings >= 2);
    const { delivered } = await bus.client().jsm.consumers.info(stream, durable);
    expect(delivered.consumer_seq).toBe(0);

    await setReadOnly('off');
    await untilAcknowledged(bus, TOPICS.emotions);
    expect(handled).toEqual(['waiting']);
  },
  LONG_MS,
);

test('a worker is ready while its consumer is there', async () => {
  const { bus } = await openTestBus(runtime);
  const worker = startWorker(bus, { ping: async () => {} }, () => {});
  await eventually('its consumer is there', () => worker.check().then(() => true));
  await bus.client().jsm.consumers.delete(stream, durable);
  expect(await worker.check().catch(String)).toContain('is missing');
  await eventually('its consumer is there again', () => worker.check().then(() => true));
});

test(
  'a worker asks for its consumer before it pulls, after five seconds of silence, and after a reconnect',
  async () => {
    const { bus } = await openTestBus(runtime);
    const { connection } = bus.client();
    const askedAtMs: number[] = [];
    const reconnections: (() => void)[] = [];
    let pulls = 0;
    let pullsBefore: number | undefined;
    const api = '$JS.API.CONSUMER';
    connection.subscribe(`${api}.INFO.${stream}.${durable}`, {
      callback() {
        askedAtMs.push(performance.now());
        pullsBefore ??= pulls;
        // Before the response.
        if (askedAtMs.length === 2) for (const reconnect of reconnections) reconnect();
      },
    });
    connection.subscribe(`${api}.MSG.NEXT.${stream}.${durable}`, { callback: () => void (pulls += 1) });
    // Since the process began there has been more silence than that.
    await eventually('the process is old', () => performance.now() > 5500);
    const handled: string[] = [];
    const reconnecting: Bus = { ...bus, onReconnect: (callback) => void reconnections.push(callback) };
    startWorker(reconnecting, { ping: async () => {} }, (events) => handled.push(...events));
    // One that does not wait, and one that waits in vain.
    await eventually('it pulls for the third time', () => pulls === 3);
    expect(pullsBefore).toBe(0);
    await bus.publish(subject, JSON.stringify({ id: 'only' }), { id: durable });
    await eventually('the message is handled', () => handled.length === 1);
    const silentSinceMs = performance.now();
    await eventually('it asks again', () => askedAtMs.length > 1);
    expect((askedAtMs[1] ?? 0) - silentSinceMs).toBeWithin(4900, LONG_MS);
    await eventually('it asks after a reconnect', () => askedAtMs.length > 2);
    expect((askedAtMs[2] ?? 0) - (askedAtMs[1] ?? 0)).toBeLessThan(4900);
  },
  LONG_MS,
);
