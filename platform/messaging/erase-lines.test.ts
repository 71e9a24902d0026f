import { expect, test } from 'bun:test';
import { createTestRuntime, openTestBus } from '../../tests/harness/runtime.ts';
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
  const search = (searched: SearchedPlace | null, interruptAt = Infinity) =>
    eraseFromStream(bus, { stream, subject }, (id) => id === ada, {
      searched,
      messagesPerPortion: 2,
      async reach(place) {
        places.push(place);
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
  expect(await search({ ...place, sequence: 3 })).toBe(1);
  expect(await remaining()).toEqual([2, 3, 4]);
  expect(await search({ created: 'another', sequence: 3 })).toBe(1);
  expect(await remaining()).toEqual([2, 4]);
  expect(await search({ ...place, sequence: 1000 })).toBe(0);
  expect(places.every(({ created }) => created === place.created)).toBe(true);
});
