import { expect, test } from 'bun:test';
import { createTestRuntime, openTestBus } from '../../tests/harness/runtime.ts';
import type { Bus } from './bus.ts';
import { eraseFromStream, type SearchedPlace } from './erase-lines.ts';
import { readStream } from './read-stream.ts';
import { TOPICS } from './topics.ts';

const runtime = createTestRuntime();

test('a search of a stream goes on where it was interrupted, and begins anew in another stream', async () => {
  const { bus } = await openTestBus(runtime);
  const { stream, subject } = TOPICS.emotions;
  const [ada, bruno] = [crypto.randomUUID(), crypto.randomUUID()];
  for (const userId of [ada, bruno, ada, bruno, ada]) {
    await bus.publish(subject, JSON.stringify({ userId }), { id: crypto.randomUUID() });
  }
  const places: SearchedPlace[] = [];
  const counts: number[] = [];
  let enoughAt = 0;
  const search = (searched: SearchedPlace | null, interruptAt = Infinity) =>
    eraseFromStream(bus, { stream, subject }, (id) => id === ada, {
      searched,
      messagesPerPortion: 2,
      isEnough: () => places.length === enoughAt,
      async reach(place, count) {
        places.push(place);
        counts.push(count);
        if (place.sequence >= interruptAt) throw new Error('interrupted');
      },
    });
  const remaining = async () => {
    const sequences: number[] = [];
    await readStream(bus, stream, {}, ({ sequence }) => sequences.push(sequence) > 0);
    return sequences;
  };

  await expect(search(null, 2)).rejects.toThrow('interrupted');
  expect([await remaining(), places.map(({ sequence }) => sequence)]).toEqual([[2, 3, 4, 5], [2]]);
  const [place] = places;
  if (!place) throw new Error('a place was reached');
  // Nothing before the place is read.
  expect([await search({ ...place, sequence: 3 }), await remaining()]).toEqual([true, [2, 3, 4]]);
  enoughAt = places.length + 1;
  expect([await search({ ...place, created: 'another', sequence: 3 }), await remaining()]).toEqual([
    false,
    [2, 4],
  ]);
  expect(counts).toEqual([1, 1, 1]);
  expect(places.at(-1)?.sequence).toBe(3);
  expect([await search({ ...place, sequence: 1000 }), counts.slice(3)]).toEqual([true, [0]]);
  // A stream may grow faster than it is searched: the end is that of the beginning.
  await bus.publish(subject, JSON.stringify({ userId: ada }), { id: crypto.randomUUID() });
  expect([await search({ ...place, sequence: 5 }), await remaining()]).toEqual([true, [2, 4, 6]]);
  expect(places.every(({ created }) => created === place.created)).toBe(true);
});

test.each([1, 3])('a search that loses %d messages on their way is no whole one', async (lost) => {
  const { bus } = await openTestBus(runtime);
  const { stream, subject } = TOPICS.emotions;
  const userId = crypto.randomUUID();
  for (let message = 0; message < 3; message += 1) {
    await bus.publish(subject, JSON.stringify({ userId }), { id: crypto.randomUUID() });
  }
  const client = bus.client();
  const losing = {
    ...bus,
    client: () => ({
      ...client,
      js: {
        ...client.js,
        consumers: {
          async get(name: string, consumerName: string) {
            const consumer = await client.js.consumers.get(name, consumerName);
            for await (const _ of await consumer.fetch({ max_messages: lost, expires: 2000 }));
            return consumer;
          },
        },
      },
    }),
  } as unknown as Bus;
  let reached = 0;
  const search = {
    searched: null,
    reach: async () => void (reached += 1),
    isEnough: () => false,
  };
  const losingSearch = eraseFromStream(losing, { stream, subject }, (id) => id === userId, search);
  await expect(losingSearch).rejects.toThrow(`The stream ${stream} was not read to its end.`);
  expect(reached).toBe(0);
  expect(await eraseFromStream(bus, { stream, subject }, (id) => id === userId, search)).toBe(true);
});
