import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Message } from '../messaging/message.ts';
import { CONSUMER_LIMITS } from '../messaging/topology.ts';
import { portionsOf } from './portions.ts';

const { bytesDecoded, deliveriesAlone } = CONSUMER_LIMITS;
const RUNNING = new AbortController().signal;

const messageOf = (streamSequence: number, bytes: number, deliveryCount = 1) =>
  ({ info: { streamSequence, deliveryCount }, data: new Uint8Array(bytes) }) as unknown as Message;
const sequencesOf = (messages: Message[]) => messages.map(({ info }) => info.streamSequence);
const suspectsOf = (counts: number[]) => {
  const messages = counts.map((count, index) => messageOf(index + 1, 1, count));
  return [...portionsOf(messages, RUNNING).suspect()].map(sequencesOf);
};

describe('the portions of a batch', () => {
  test('have each message once: healthy ones in their order, as many as fit, then each suspect alone', () => {
    const drawnMessage = fc.tuple(
      fc.constantFrom(1, bytesDecoded / 4, bytesDecoded / 2, bytesDecoded, 2 * bytesDecoded),
      fc.integer({ min: 1, max: deliveriesAlone + 2 }),
    );
    fc.assert(
      fc.property(fc.array(drawnMessage, { maxLength: 30 }), (drawn) => {
        const messages = drawn.map(([bytes, count], index) => messageOf(index + 1, bytes, count));
        const isSuspect = ({ info }: Message) => info.deliveryCount >= deliveriesAlone;
        const portions = portionsOf(messages, RUNNING);
        const healthy = [...portions.healthy()];
        expect(healthy.flat()).toEqual(messages.filter((message) => !isSuspect(message)));
        for (const [index, portion] of healthy.entries()) {
          const bytes = portion.reduce((total, { data }) => total + data.byteLength, 0);
          expect(portion.length === 1 || bytes <= bytesDecoded).toBe(true);
          const [next] = healthy[index + 1] ?? [];
          if (next) expect(bytes + next.data.byteLength).toBeGreaterThan(bytesDecoded);
        }
        expect(new Set(sequencesOf(portions.waiting()))).toEqual(
          new Set(sequencesOf(messages.filter(isSuspect))),
        );
        const suspects = [...portions.suspect()];
        expect(suspects.every(({ length }) => length === 1)).toBe(true);
        expect([...healthy, ...suspects].flat()).toHaveLength(messages.length);
        expect(portions.waiting()).toEqual([]);
      }),
    );
  });

  test('are one while all messages fit, and none without a message', () => {
    const messages = [1, 2, 3].map((sequence) => messageOf(sequence, bytesDecoded / 3));
    expect([...portionsOf(messages, RUNNING).healthy()].map(sequencesOf)).toEqual([[1, 2, 3]]);
    expect([...portionsOf([], RUNNING).healthy()]).toEqual([]);
  });

  test('reverse the suspects with every other delivery of one of them', () => {
    expect(suspectsOf([3, 3])).toEqual([[1], [2]]);
    expect(suspectsOf([3, 4])).toEqual([[2], [1]]);
    expect(suspectsOf([4, 4, 5])).toEqual([[3], [2], [1]]);
  });

  test('end with the signal; the rest waits', () => {
    const stopping = new AbortController();
    const messages = [1, 2, 3].map((sequence) => messageOf(sequence, bytesDecoded));
    const portions = portionsOf(messages, stopping.signal);
    const portionsDone: number[][] = [];
    for (const portion of portions.healthy()) {
      portionsDone.push(sequencesOf(portion));
      if (portionsDone.length === 2) stopping.abort();
    }
    expect([portionsDone, sequencesOf(portions.waiting())]).toEqual([[[1], [2]], [3]]);
    expect([...portions.suspect()]).toEqual([]);
  });
});
