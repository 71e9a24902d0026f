import { describe, expect, test } from 'bun:test';
import { DiscardPolicy } from 'nats';
import { eventually, prepareBroker } from '../../tests/harness/engines.ts';
import { freeze } from '../../tests/harness/freeze.ts';
import { createTestRuntime, openTestBus, streams } from '../../tests/harness/runtime.ts';
import { endsWithin, fastestMs } from '../../tests/harness/time.ts';
import { pause } from '../kernel/lifecycle.ts';
import { openBus } from './bus.ts';
import { ensureStreams } from './streams.ts';
import { TOPICS } from './topics.ts';
import { DEAD_LETTERS, STREAM_LIMITS } from './topology.ts';

const runtime = createTestRuntime();
const LONG_MS = 30_000;
const { stream, subject } = TOPICS.emotions;
const away = { status: 503, code: 'broker_unavailable', retryable: true };

function open(url: string) {
  const bus = openBus({ url, name: 'test', streams, ...runtime });
  runtime.lifecycle.onClose('bus', bus.close);
  return bus;
}

const lineOf = (line: string) => ({ userId: 'a5b6b43c-9b4c-4f35-b2d5-4c1b5a3c6f3e', line });
const newId = () => ({ id: Bun.randomUUIDv7() });

describe('publishing', () => {
  test('resolves with the place in the stream at which the broker keeps the message', async () => {
    const { bus } = await openTestBus(runtime);
    const headers = { 'Ecs-Test': 'one\r\ntwo' };
    const first = await bus.publish(subject, 'a', { ...newId(), headers });
    const second = await bus.publish(subject, 'b', newId());
    expect([first.stream, first.seq, second.seq]).toEqual([stream, 1, 2]);
    const stored = await bus.client().jsm.streams.getMessage(stream, { seq: 1 });
    expect(new TextDecoder().decode(stored.data)).toBe('a');
    expect(stored.header.get('Ecs-Test')).toBe('one two');
  });

  test('waits for the keeper of a missing stream, and for no longer than for a broker that is down', async () => {
    const { bus: keeper, nats } = await openTestBus(runtime);
    const { jsm } = keeper.client();
    await jsm.streams.delete(stream);
    const layout = { ...streams, rights: 'use' as const };
    const bus = openBus({ url: nats.url, name: 'test', streams: layout, topics: ['emotions'], ...runtime });
    runtime.lifecycle.onClose('bus', bus.close);
    await bus.connected(5000);

    await expect(bus.ping()).rejects.toThrow('the stream emotions is missing');
    const publish = () => expect(bus.publish(subject, 'a', newId())).rejects.toMatchObject(away);
    expect(await endsWithin(2500, async () => publish())).toBe(true);

    const publishing = bus.publish(subject, 'b', newId());
    await pause(200);
    await ensureStreams(jsm, streams);
    expect(await publishing).toMatchObject({ stream, seq: 1 });
    await bus.ping();
  });

  test('the same id again is kept once', async () => {
    const { bus } = await openTestBus(runtime);
    const id = newId();
    const acks = [await bus.publish(subject, 'a', id), await bus.publish(subject, 'a', id)];
    expect(acks.map(({ seq, duplicate }) => [seq, duplicate])).toEqual([
      [1, false],
      [1, true],
    ]);
    expect((await bus.client().jsm.streams.info(stream)).state.messages).toBe(1);
  });

  test('rejects with 503 in time while the broker is frozen, and works when it thaws', async () => {
    const { bus, nats } = await openTestBus(runtime);
    freeze(nats.pid);
    const publishing = Promise.allSettled([
      bus.publish(subject, 'a', newId()),
      bus.publishEvent('emotions', lineOf('b')),
      bus.publishEvents('emotions', [lineOf('c')]),
    ]);
    const isInTime = await endsWithin(2500, () => publishing);
    nats.kill('SIGCONT');
    expect(isInTime).toBe(true);
    for (const result of await publishing) {
      expect(result).toMatchObject({ status: 'rejected', reason: away });
    }
    await eventually('it publishes again', () => bus.publish(subject, 'd', newId()));
  }, 15_000);

  test('of a message that got through although its PubAck came too late, with its id, keeps it once', async () => {
    const { bus, nats } = await openTestBus(runtime);
    const id = newId();
    freeze(nats.pid);
    await expect(bus.publish(subject, 'a', id)).rejects.toMatchObject(away);
    nats.kill('SIGCONT');
    await eventually('it publishes again', () => bus.publish(subject, 'a', id));
    expect((await bus.client().jsm.streams.info(stream)).state.messages).toBe(1);
  }, 15_000);

  test('to a full stream is a 503 of its own, and what was kept stays', async () => {
    const { bus } = await openTestBus(runtime);
    await bus.publish(subject, 'kept', newId());
    await bus.client().jsm.streams.update(stream, { max_bytes: 4096 });
    const tooMuch = bus.publish(subject, 'x'.repeat(8000), newId());
    await expect(tooMuch).rejects.toMatchObject({ status: 503, code: 'stream_full', retryAfterSeconds: 5 });
    await expect(bus.publishEvent('emotions', lineOf('x'.repeat(8000)))).rejects.toMatchObject({
      status: 503,
    });
    const { state } = await bus.client().jsm.streams.info(stream);
    expect([state.first_seq, state.messages]).toEqual([1, 1]);
  });

  test('events of one moment share messages, and every line of them is there, in order', async () => {
    const { bus } = await openTestBus(runtime);
    const lines = Array.from({ length: 2500 }, (_, index) => `{"n":${index}}`);
    await Promise.all(lines.map((line) => bus.publishEvent('transactions', lineOf(line))));
    const { state } = await bus.client().jsm.streams.info(TOPICS.transactions.stream);
    // The first alone, then a thousand a message.
    expect(state.messages).toBe(4);
    const texts: string[] = [];
    for (let seq = 1; seq <= state.last_seq; seq += 1) {
      const { data } = await bus.client().jsm.streams.getMessage(TOPICS.transactions.stream, { seq });
      texts.push(new TextDecoder().decode(data));
    }
    expect(texts.join('\n').split('\n')).toEqual(lines);
  });

  test('a batch too large for one message leaves in as many as it needs, none over the limit', async () => {
    const { bus } = await openTestBus(runtime);
    const lines = Array.from({ length: 30 }, (_, index) => `${index}:${'é'.repeat(25_000)}`);
    await bus.publishEvents('emotions', lines.map(lineOf));
    const { state } = await bus.client().jsm.streams.info(stream);
    const texts: string[] = [];
    for (let seq = 1; seq <= state.last_seq; seq += 1) {
      const { data } = await bus.client().jsm.streams.getMessage(stream, { seq });
      expect(data.byteLength).toBeLessThanOrEqual(STREAM_LIMITS.messageBytesMax);
      texts.push(new TextDecoder().decode(data));
    }
    // A quarter of a MiB each, so that others' events come in between.
    expect(texts).toHaveLength(6);
    expect(texts.join('\n').split('\n')).toEqual(lines);
  });
});

describe('a broker that is down', () => {
  test('is waited for while the process starts, then is a 503 at once, and is found when it comes', async () => {
    const broker = await prepareBroker();
    const bus = open(broker.url);
    await expect(bus.publish(subject, 'a', newId())).rejects.toMatchObject(away);
    const tookMs = await fastestMs(async () => {
      await expect(bus.publish(subject, 'a', newId())).rejects.toMatchObject(away);
      await expect(bus.publishEvent('emotions', lineOf('a'))).rejects.toMatchObject(away);
      await expect(bus.ping()).rejects.toMatchObject(away);
    });
    expect(tookMs).toBeLessThan(200);
    await expect(bus.connected(50)).rejects.toMatchObject(away);

    await broker.start();
    await eventually('it publishes', () => bus.publish(subject, 'a', newId()));
    await bus.ping();
  }, 30_000);

  test('and comes back with an empty store gets its streams again, without help', async () => {
    const broker = await prepareBroker();
    await broker.start();
    const bus = open(broker.url);
    await bus.connected(5000);
    await bus.publish(subject, 'lost', newId());
    const names = [...Object.values(TOPICS).map((topic) => topic.stream), DEAD_LETTERS.stream].toSorted();

    await broker.kill();
    await expect(bus.publish(subject, 'while away', newId())).rejects.toMatchObject(away);
    broker.wipe();
    await broker.start();
    const streams = await eventually('all streams are there', async () => {
      const info = await bus.client().jsm.streams.list().next();
      return info.length === names.length && info;
    });
    expect(streams.map(({ config }) => config.name).toSorted()).toEqual(names);
    // A message with a 202 makes no room for others; a dead letter does, an anchor and an erasure.
    const makesRoom: string[] = [
      DEAD_LETTERS.stream,
      TOPICS.auditAnchors.stream,
      TOPICS.customerErasures.stream,
    ];
    for (const { config } of streams) {
      expect(config.discard).toBe(makesRoom.includes(config.name) ? DiscardPolicy.Old : DiscardPolicy.New);
    }
    expect(await bus.publish(subject, 'new', newId())).toMatchObject({ stream, seq: 1 });
  }, 30_000);

  test(
    'a stream that is lost while connected is made again by the message that misses it',
    async () => {
      const { bus } = await openTestBus(runtime);
      await bus.client().jsm.streams.delete(stream);
      const ack = await bus.publish(subject, 'a', newId());
      expect(ack).toMatchObject({ stream, seq: 1 });
    },
    LONG_MS,
  );
});
