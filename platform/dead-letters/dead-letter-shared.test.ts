import { beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createTestRuntime, openTestBus } from '../../tests/harness/runtime.ts';
import type { Bus } from '../messaging/bus.ts';
import { countDeadLetters, listDeadLetters, publishDeadLetters } from './dead-letter.ts';
import { listDrops } from './dead-letter-drops.ts';
import type { Rejection } from './dead-letter-format.ts';
import { packDeadLetters } from './dead-letter-pack.ts';
import { readDeadLetters } from './dead-letter-read.ts';
import { dropDeadLetters, replayDeadLetters, replayMatching } from './dead-letter-replay.ts';
import { TOPICS } from '../messaging/topics.ts';
import { DEAD_LETTERS } from '../messaging/topology.ts';

const runtime = createTestRuntime();
const { stream, subject } = TOPICS.emotions;
const by = 'ada@operations';
const why = { reason: 'a test', by };
const nothing = () => {};
let bus: Bus;

beforeAll(async () => {
  ({ bus } = await openTestBus(runtime));
});

function rejectionOf(sequence: number, line: number, changes: Partial<Rejection> = {}): Rejection {
  const origin = { stream, subject, sequence, deliveries: 1, timestampNanos: 1e18 + 1000 * sequence };
  const payload = `{"line": "${sequence}.${line}"}`;
  return { origin, line, payload, code: 'unknown_user', message: 'there is no such user', ...changes };
}

const held = async () => (await bus.client().jsm.streams.info(DEAD_LETTERS.stream)).state.messages;
const payloadsOf = async (code: string) =>
  (await listDeadLetters(bus, { code, limit: 10_000 })).map(({ payload }) => payload);

/** Messages of the original stream since a sequence. */
async function sentSince(sequence: number): Promise<string[]> {
  const { jsm } = bus.client();
  const { last_seq } = (await jsm.streams.info(stream)).state;
  const messages = Array.from({ length: last_seq - sequence }, (_, index) =>
    jsm.streams.getMessage(stream, { seq: sequence + index + 1 }),
  );
  return (await Promise.all(messages)).map(({ data }) => new TextDecoder().decode(data));
}
const lastSequence = async () => (await bus.client().jsm.streams.info(stream)).state.last_seq;

/** Dead-letters three lines of two messages, with a code of their own; returns their letters. */
async function shareThree() {
  const code = `code-${Bun.randomUUIDv7()}`;
  const sequence = Math.floor(Math.random() * 1e9);
  const rejections = [[sequence, 1] as const, [sequence, 4] as const, [sequence + 1, 2] as const].map(
    ([from, line]) => rejectionOf(from, line, { code }),
  );
  await publishDeadLetters(bus, rejections);
  return { code, rejections, letters: await listDeadLetters(bus, { code }) };
}

describe('dead letters that share a message', () => {
  test('are many lines in few messages, each listed with its origin, its cause and its bytes', async () => {
    const before = { held: await held(), lines: (await countDeadLetters(bus, stream)).lines };
    const many = Array.from({ length: 2500 }, (_, index) =>
      rejectionOf(1 + Math.floor(index / 100), 1 + (index % 100), { code: 'many', message: `m${index % 3}` }),
    );
    expect(await publishDeadLetters(bus, many)).toEqual({ failed: [], error: null });
    expect((await held()) - before.held).toBe(3);
    expect((await countDeadLetters(bus, stream)).lines - before.lines).toBe(2500);
    const letters = await listDeadLetters(bus, { code: 'many', limit: 10_000 });
    expect(
      letters.map(({ sequence, line, payload, message }) => ({ sequence, line, payload, message })),
    ).toEqual(
      many.map(({ origin, line, payload, message }) => ({
        sequence: origin.sequence,
        line,
        payload: String(payload),
        message,
      })),
    );
    expect(new Set(letters.map(({ id }) => id)).size).toBe(2500);
  });

  test('are read back byte for byte, whatever they are and however they are grouped', () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((value) => value.isWellFormed());
    const rejection = fc
      .record({
        sequence: fc.integer({ min: 1, max: 5 }),
        line: fc.integer({ min: 0, max: 5 }),
        payload: fc.oneof(bytes, text),
        code: fc.constantFrom('invalid', 'unknown_user'),
        message: text,
      })
      .map(({ sequence, line, ...rest }) => rejectionOf(sequence, line, rest));
    fc.assert(
      fc.property(fc.array(rejection, { maxLength: 30 }), (rejections) => {
        const unpacked = packDeadLetters(rejections).flatMap(({ headers, payload, id }, index) =>
          readDeadLetters({
            sequence: index + 1,
            data: typeof payload === 'string' ? Buffer.from(payload) : payload,
            header: (name) => (name === 'Nats-Msg-Id' ? id : headers[name]),
            time: new Date(0).toISOString(),
          }),
        );
        const essence = (sequence: number, line: number, code: string, data: Uint8Array, message: string) =>
          JSON.stringify([sequence, line, code, Buffer.from(data).toString('hex'), message]);
        expect(
          unpacked
            .map(({ letter, data }) =>
              essence(letter.sequence, letter.line, letter.code, data, letter.message),
            )
            .toSorted(),
        ).toEqual(
          rejections
            .map(({ origin, line, code, payload, message }) =>
              essence(origin.sequence, line, code, Buffer.from(payload as string), message),
            )
            .toSorted(),
        );
      }),
    );
  });

  test('are replayed one by one: the others stay, with the ids that they had', async () => {
    const { code, letters, rejections } = await shareThree();
    const second = letters[1];
    const before = await lastSequence();
    if (!second) throw new Error('it is not listed');
    await replayDeadLetters(bus, [second.id], { by }, nothing);
    expect(await sentSince(before)).toEqual([second.payload]);
    expect(await listDeadLetters(bus, { code })).toEqual(letters.filter(({ id }) => id !== second.id));
    // By its old id, which is not the sequence of a message any more.
    await replayDeadLetters(bus, [letters[2]?.id ?? 0], { by }, nothing);
    await dropDeadLetters(bus, [letters[0]?.id ?? 0], why, nothing);
    expect(await payloadsOf(code)).toEqual([]);
    expect(await sentSince(before)).toEqual([1, 2].map((index) => String(rejections[index]?.payload)));
    expect((await listDrops(bus, { code, limit: 10 })).map(({ id }) => id)).toEqual([letters[0]?.id ?? 0]);
    const again = replayDeadLetters(bus, [second.id], { by }, nothing);
    await expect(again).rejects.toMatchObject({ status: 404, code: 'dead_letter_not_found' });
  });

  test('are replayed by the number of their message all at once, in one message', async () => {
    const { code, letters } = await shareThree();
    const before = await lastSequence();
    const replayed: unknown[] = [];
    await replayDeadLetters(bus, [Number.parseInt(String(letters[0]?.id), 10)], { by }, ({ id }) =>
      replayed.push(id),
    );
    expect(replayed).toEqual(letters.map(({ id }) => id));
    expect(await sentSince(before)).toEqual([letters.map(({ payload }) => payload).join('\n')]);
    expect(await payloadsOf(code)).toEqual([]);
  });

  test('are listed once though a crash has left a copy in another grouping', async () => {
    const { code, rejections, letters } = await shareThree();
    await publishDeadLetters(bus, rejections.slice(1));
    await publishDeadLetters(bus, rejections.slice(0, 1));
    expect(await listDeadLetters(bus, { code })).toEqual(letters);
  });

  test('an empty message among them is replayed alone, as it came: between lines it would be nothing', async () => {
    const code = 'with an empty one';
    const rejections = ['{"a":1}', '', '{"b":2}'].map((payload, index) =>
      rejectionOf(700 + index, 1, { code, payload }),
    );
    await publishDeadLetters(bus, rejections);
    const before = await lastSequence();
    await replayMatching(bus, { code }, { by }, nothing);
    expect((await sentSince(before)).toSorted()).toEqual(['', '{"a":1}\n{"b":2}']);
    expect(await payloadsOf(code)).toEqual([]);
  });

  test('20,000 of them are replayed in seconds, in few messages', async () => {
    const code = 'twenty thousand';
    const rejections = Array.from({ length: 20_000 }, (_, index) =>
      rejectionOf(1000 + Math.floor(index / 1000), 1 + (index % 1000), { code }),
    );
    await publishDeadLetters(bus, rejections);
    const before = await lastSequence();
    const startedMs = performance.now();
    let replayed = 0;
    await replayMatching(bus, { code, limit: 100_000 }, { by }, () => void (replayed += 1));
    expect(performance.now() - startedMs).toBeLessThan(5000);
    expect(replayed).toBe(20_000);
    expect((await sentSince(before)).flatMap((message) => message.split('\n'))).toHaveLength(20_000);
    expect(await payloadsOf(code)).toEqual([]);
  }, 20_000);
});
