import { expect, test } from 'bun:test';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, streams } from '../../tests/harness/runtime.ts';
import type { Bus } from '../messaging/bus.ts';
import { inspectStream } from '../messaging/inspect.ts';
import { ensureStreams } from '../messaging/streams.ts';
import { TOPICS } from '../messaging/topics.ts';
import { rememberCreationTimes } from './creation-times.ts';

const runtime = createTestRuntime();
const { stream } = TOPICS.creditOffersApproved;

/** A broker of its own, and a way to make its stream anew; counts how often the broker is asked. */
async function open(rememberedMs?: number) {
  const { bus } = await openTestBus(runtime);
  let reconnected = () => {};
  let questions = 0;
  const counting: Bus = {
    ...bus,
    client() {
      questions += 1;
      return bus.client();
    },
    onReconnect: (callback) => void (reconnected = callback),
  };
  const makeAnew = async () => {
    await bus.client().jsm.streams.delete(stream);
    await ensureStreams(bus.client().jsm, streams);
    return (await inspectStream(bus, stream)).created;
  };
  const { created } = await inspectStream(bus, stream);
  const createdOf = rememberCreationTimes(counting, rememberedMs);
  return { created, createdOf, makeAnew, reconnect: () => reconnected(), questions: () => questions };
}

test('the creation of a stream is asked for once, and again after a reconnect', async () => {
  const { created, createdOf, makeAnew, reconnect, questions } = await open(60_000);
  for (let row = 0; row < 5; row += 1) expect(await createdOf(stream)).toBe(created);
  expect(questions()).toBe(1);
  const createdAnew = await makeAnew();
  expect(createdAnew).not.toBe(created);
  expect(await createdOf(stream)).toBe(created);
  reconnect();
  expect(await createdOf(stream)).toBe(createdAnew);
  expect(questions()).toBe(2);
});

test('a stream that was made anew without a reconnect is noticed in a moment', async () => {
  const { created, createdOf, makeAnew } = await open();
  expect(await createdOf(stream)).toBe(created);
  const createdAnew = await makeAnew();
  await eventually('it is noticed', async () => (await createdOf(stream)) === createdAnew);
});
