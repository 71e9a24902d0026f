import { expect, test } from 'bun:test';
import { ErrorCode, type Msg, NatsError, type PubAck } from 'nats';
import { createTestRuntime, openTestBus } from '../../tests/harness/runtime.ts';
import { endsWithin } from '../../tests/harness/time.ts';
import { createBrokerLink } from './broker-link.ts';
import { type Bus, openBus } from './bus.ts';
import { createPublisher } from './publish-until-kept.ts';
import { createStreamRoutes } from './stream-routes.ts';
import { ensureStreams } from './streams.ts';
import { TOPICS } from './topics.ts';
import { partitionFor, partitionsOf } from './topology.ts';

/** A stream without a leader has no subscriber, like a stream that is not there. */
const runtime = createTestRuntime();
const LAYOUT = { replicas: 1, partitions: 3 };
const PARTITIONS = partitionsOf(TOPICS.emotions, LAYOUT);
const userId = 'a5b6b43c-9b4c-4f35-b2d5-4c1b5a3c6f3e';
const home = PARTITIONS[partitionFor(TOPICS.emotions, userId, LAYOUT)] ?? TOPICS.emotions;
const event = (n: number) => ({ userId, line: JSON.stringify({ userId, n }) });

async function openPublisher() {
  const { bus: keeper, nats } = await openTestBus(runtime, LAYOUT);
  const bus = openBus({
    url: nats.url,
    name: 'test',
    streams: { ...LAYOUT, rights: 'use' },
    topics: ['emotions'],
    ...runtime,
  });
  runtime.lifecycle.onDrain('publisher', bus.close);
  await bus.connected(5000);
  return { bus, keeper, jsm: keeper.client().jsm };
}

const messagesIn = async (bus: Bus, stream: string) =>
  (await bus.client().jsm.streams.info(stream)).state.messages;

test('events of a stream without a leader go to another at once, and home again when there is one', async () => {
  const { bus, keeper, jsm } = await openPublisher();
  await jsm.streams.delete(home.stream);
  for (let n = 0; n < 20; n += 1) await bus.publishEvent('emotions', event(n));
  const otherPartitions = PARTITIONS.filter(({ stream }) => stream !== home.stream);
  const counts = await Promise.all(otherPartitions.map(({ stream }) => messagesIn(keeper, stream)));
  expect(counts.toSorted((a, b) => a - b)).toEqual([0, 20]);

  await ensureStreams(jsm, LAYOUT);
  let eventCount = 20;
  do {
    await bus.publishEvent('emotions', event(eventCount));
    eventCount += 1;
  } while ((await messagesIn(keeper, home.stream)) === 0);
  await bus.publishEvents('emotions', [event(eventCount)]);
  expect(await messagesIn(keeper, home.stream)).toBe(2);
});

test('events of a stream that gives no PubAck go to another, before their clients have waited for a second', async () => {
  const { bus, keeper, jsm } = await openPublisher();
  await jsm.streams.delete(home.stream);
  // Takes messages, and acknowledges none, like a leader that is cut off.
  const silent = keeper.client().connection.subscribe(home.subject);
  await keeper.client().connection.flush();
  expect(await endsWithin(900, () => bus.publishEvent('emotions', event(1)))).toBe(true);
  for (let n = 2; n < 20; n += 1) await bus.publishEvent('emotions', event(n));
  expect(silent.getReceived()).toBe(1);
});

test('without a stream that takes events, one that comes in time keeps them', async () => {
  const { bus, keeper, jsm } = await openPublisher();
  for (const { stream } of PARTITIONS) await jsm.streams.delete(stream);
  const publishing = bus.publishEvent('emotions', event(1));
  await Bun.sleep(150);
  await ensureStreams(jsm, LAYOUT);
  await publishing;
  const counts = await Promise.all(PARTITIONS.map(({ stream }) => messagesIn(keeper, stream)));
  expect(counts.toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
});

/** Responds in the place of a stream, whose message ids it returns. */
function respondAs(bus: Bus, subject: string, respond: (message: Msg, count: number) => void) {
  const ids: (string | undefined)[] = [];
  bus.client().connection.subscribe(subject, {
    callback(_, message) {
      ids.push(message.headers?.get('Nats-Msg-Id'));
      respond(message, ids.length);
    },
  });
  return ids;
}

const pubAck = { stream: home.stream, seq: 7 };

test('a PubAck that comes late counts, whatever other streams were asked meanwhile', async () => {
  const { bus, keeper, jsm } = await openPublisher();
  for (const { stream } of PARTITIONS) await jsm.streams.delete(stream);
  const [ofHome, ...ofOthers] = await Promise.all(
    [home, ...PARTITIONS.filter(({ stream }) => stream !== home.stream)].map(({ subject }) =>
      respondAs(keeper, subject, (message) => {
        if (subject === home.subject) setTimeout(() => message.respond(JSON.stringify(pubAck)), 700);
      }),
    ),
  );
  await keeper.client().connection.flush();
  await bus.publishEvent('emotions', event(1));
  expect(ofHome?.length).toBe(1);
  expect(ofOthers.flat()).toEqual(ofHome ?? []);
});

test('a stream that is still storing the message is asked until it has, and no other', async () => {
  const { bus, keeper, jsm } = await openPublisher();
  await jsm.streams.delete(home.stream);
  const error = { code: 409, err_code: 10_158, description: 'duplicate message id is in process' };
  const ids = respondAs(keeper, home.subject, (message, count) => {
    message.respond(JSON.stringify(count <= 2 ? { error, stream: home.stream, seq: 0 } : pubAck));
  });
  await keeper.client().connection.flush();
  await bus.publishEvent('emotions', event(1));
  expect([ids.length, new Set(ids).size]).toEqual([3, 1]);
});

test('a message whose PubAck is lost with the connection is sent to the same stream, which keeps it once', async () => {
  const { bus, keeper } = await openPublisher();
  const link = createBrokerLink();
  const { js, jsm } = bus.client();
  let sentCount = 0;
  const publish = createPublisher({
    client: async () => ({
      jsm,
      js: {
        ...js,
        async publish(...message: Parameters<typeof js.publish>) {
          sentCount += 1;
          const ack = await js.publish(...message);
          if (sentCount > 1) return ack;
          link.markLost();
          link.markRegained();
          return new Promise<PubAck>(() => {});
        },
      },
    }),
    link,
    routes: createStreamRoutes(LAYOUT),
    regain: async () => false,
    leaveServer: () => {},
  });
  const subjects = PARTITIONS.map(({ subject }) => subject);
  expect(await publish(subjects, '{}', { id: crypto.randomUUID() })).toMatchObject({ duplicate: true });
  const counts = await Promise.all(PARTITIONS.map(({ stream }) => messagesIn(keeper, stream)));
  expect([sentCount, ...counts]).toEqual([2, 1, 0, 0]);
});

test('a connection that is down is waited for in vain, and not left when it comes back', async () => {
  const { bus } = await openPublisher();
  const link = createBrokerLink();
  link.markLost();
  let leftCount = 0;
  const publish = createPublisher({
    client: async () => bus.client(),
    link,
    routes: createStreamRoutes(LAYOUT),
    regain: async () => false,
    leaveServer: () => void (leftCount += 1),
  });
  const publishing = publish([home.subject], '{}', { id: crypto.randomUUID() });
  await expect(publishing).rejects.toMatchObject({ code: 'broker_unavailable' });
  expect(leftCount).toBe(0);
});

const noResponders = () => NatsError.errorForCode(ErrorCode.NoResponders);
const full = () =>
  Object.assign(noResponders(), { api_error: { err_code: 10_077, code: 503, description: 'full' } });

test.each([
  ['has no leader any more', noResponders],
  ['is full', full],
])('a PubAck that is on its way counts, also where the next stream %s', async (_, errorOf) => {
  const { bus } = await openPublisher();
  const { js, jsm } = bus.client();
  let sentCount = 0;
  let leftCount = 0;
  const publish = createPublisher({
    client: async () => ({
      jsm,
      js: {
        ...js,
        async publish() {
          sentCount += 1;
          if (sentCount > 1) throw errorOf();
          // Later than the first turn, and in time.
          await Bun.sleep(1200);
          return { ...pubAck, duplicate: false };
        },
      },
    }),
    link: createBrokerLink(),
    routes: createStreamRoutes(null),
    regain: async () => false,
    leaveServer: () => void (leftCount += 1),
  });
  expect(await publish([home.subject], '{}', { id: crypto.randomUUID() })).toMatchObject({ seq: 7 });
  expect(sentCount).toBeGreaterThan(1);
  expect(leftCount).toBe(0);
});
