import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createStreamRoutes } from './stream-routes.ts';
import { TOPICS } from './topics.ts';
import { partitionFor, partitionsOf } from './topology.ts';

const LAYOUT = { replicas: 3, partitions: 3 };
const [A = '', B = '', C = ''] = partitionsOf(TOPICS.emotions, LAYOUT).map(({ subject }) => subject);

function createClockedRoutes() {
  let nowMs = 0;
  return {
    ...createStreamRoutes(LAYOUT, () => nowMs),
    passMs(ms: number) {
      nowMs += ms;
    },
  };
}

test("a customer's events go to their partition first, and to every other after it", () => {
  const { destinationOf, orderOf } = createStreamRoutes(LAYOUT);
  fc.assert(
    fc.property(fc.uuid(), fc.constantFrom('emotions' as const, 'transactions' as const), (userId, topic) => {
      const { subject, subjects } = destinationOf(topic, userId);
      const allSubjects = partitionsOf(TOPICS[topic], LAYOUT).map((partition) => partition.subject);
      expect(subject).toBe(allSubjects[partitionFor(TOPICS[topic], userId, LAYOUT)] as string);
      expect(orderOf(subjects)[0]).toBe(subject);
      expect([...subjects].toSorted()).toEqual(allSubjects.toSorted());
    }),
  );
});

test('a stream that took nothing is the last choice, until one message tries it after a pause', () => {
  const { orderOf, markLeaderless, markLed, passMs } = createClockedRoutes();
  markLeaderless(A);
  expect(orderOf([A, B, C])).toEqual([B, C, A]);
  markLeaderless(B);
  expect(orderOf([A, B, C])).toEqual([C, A, B]);
  markLed(B);
  passMs(499);
  expect(orderOf([A, B, C])).toEqual([B, C, A]);
  passMs(1);
  expect(orderOf([A, B, C])).toEqual([A, B, C]);
  // Others wait for that message's result.
  expect(orderOf([A, B, C])).toEqual([B, C, A]);
  markLed(A);
  expect(orderOf([A, B, C])).toEqual([A, B, C]);
});

test('a stream that never takes anything is tried less and less often, every 4 s in the end', () => {
  const { orderOf, markLeaderless, passMs } = createClockedRoutes();
  markLeaderless(A);
  const triedAtMs: number[] = [];
  for (let atMs = 0; atMs < 16_000; atMs += 100) {
    if (orderOf([A, B, C])[0] === A) {
      triedAtMs.push(atMs);
      markLeaderless(A);
    }
    passMs(100);
  }
  expect(triedAtMs).toEqual([500, 1500, 3500, 7500, 11_500, 15_500]);
});

test('with every stream avoided, each is tried still', () => {
  const { orderOf, markLeaderless } = createClockedRoutes();
  for (const subject of [A, B, C]) markLeaderless(subject);
  expect(orderOf([B, C, A])).toEqual([B, C, A]);
});

test('a topic with one stream has one way, whatever that took', () => {
  const { destinationOf, orderOf, markLeaderless } = createStreamRoutes({ replicas: 3, partitions: 1 });
  const { subjects } = destinationOf('emotions', crypto.randomUUID());
  markLeaderless(subjects[0] ?? '');
  expect(orderOf(subjects)).toEqual([A]);
});
