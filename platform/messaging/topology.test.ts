import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { TOPICS } from './topics.ts';
import { MIB, type Topic } from './topic.ts';
import {
  DEAD_LETTER_DROPS,
  DEAD_LETTERS,
  partitionFor,
  partitionOf,
  partitionsOf,
  streamOf,
} from './topology.ts';

const topics = fc.constantFrom(...Object.values<Topic>(TOPICS));
const partitioned = Object.values<Topic>(TOPICS).filter(({ isPartitioned }) => isPartitioned);
const layout = (partitions: number) => ({ replicas: 1, partitions });

describe('partitions', () => {
  test("a customer's events are always in the same one, among those there are", () => {
    fc.assert(
      fc.property(topics, fc.uuid(), fc.integer({ min: 1, max: 1024 }), (topic, userId, partitions) => {
        const partition = partitionFor(topic, userId, layout(partitions));
        expect(partition).toBe(partitionFor(topic, userId, layout(partitions)));
        const subjects = partitionsOf(topic, layout(partitions)).map(({ subject }) => subject);
        expect(subjects).toContain(partitionOf(topic, partition).subject);
        expect(subjects).toHaveLength(topic.isPartitioned ? partitions : 1);
      }),
    );
  });

  test('are the same in every process and every version', () => {
    // The results of Python's zlib.crc32 for the same texts.
    const ids = ['a5b6b43c-9b4c-4f35-b2d5-4c1b5a3c6f3e', '00000000-0000-4000-8000-000000000000'];
    expect(ids.map((id) => partitionFor(TOPICS.emotions, id, layout(1000)))).toEqual([373, 367]);
  });

  test('are filled evenly', () => {
    const counts = [0, 0, 0, 0];
    for (let n = 0; n < 10_000; n += 1) {
      const partition = partitionFor(TOPICS.emotions, Bun.randomUUIDv7(), layout(4));
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    for (const count of counts) expect(count).toBeWithin(2200, 2800);
  });

  test('have a stream and a subject each, and the first is the topic as it is without', () => {
    for (const topic of partitioned) {
      const partitions = partitionsOf(topic, layout(4));
      expect(partitions[0]).toEqual(topic);
      expect(new Set(partitions.map(({ stream }) => stream)).size).toBe(4);
      for (const { stream, subject } of partitions) expect(streamOf(subject)).toBe(stream);
    }
    for (const foreign of ['user.emotions.topic.0', 'user.emotions.topic.x', 'user.notifications.1', '']) {
      expect(streamOf(foreign)).toBe('');
    }
  });
});

test('docs/operations/deploy.md names the room that a broker needs for all streams', () => {
  const text = readFileSync(join(import.meta.dir, '../../docs/operations/deploy.md'), 'utf8');
  const bytes = Object.values<Topic>(TOPICS).reduce(
    (sum, topic) => sum + topic.bytesMax,
    DEAD_LETTERS.bytesMax,
  );
  expect(text).toContain(`the streams reserve ${(bytes / MIB).toLocaleString('en')} MiB`);
  expect(text).toContain(`${DEAD_LETTER_DROPS.bytesMax / MIB} MiB more with the first dropped dead letter`);
});
