import { beforeAll, expect, spyOn, test } from 'bun:test';
import { createTestRuntime, openTestBus } from '../../tests/harness/runtime.ts';
import type { Bus } from '../messaging/bus.ts';
import { TOPICS } from '../messaging/topics.ts';
import { DEAD_LETTERS } from '../messaging/topology.ts';
import { claimLetters } from './claim-letters.ts';
import { listDeadLetters, publishDeadLetters } from './dead-letter.ts';
import { listDrops } from './dead-letter-drops.ts';
import { eraseDeadLetters } from './dead-letter-erase.ts';
import type { DeadLetterId } from './dead-letter-format.ts';
import { dropDeadLetters, replayDeadLetters, replayMatching } from './dead-letter-replay.ts';

const runtime = createTestRuntime();
const { stream, subject } = TOPICS.emotions;
const why = { reason: 'a test', by: 'grace' };
const TAKEN = { status: 409, code: 'dead_letter_taken' };
const nothing = () => {};
let bus: Bus;
let sequence = 0;

beforeAll(async () => {
  ({ bus } = await openTestBus(runtime));
});

/** Dead-letters as many lines as it says, in one message; returns their ids. */
async function addLetters(code: string, lines = 1, userId = 'u'): Promise<DeadLetterId[]> {
  sequence += 1;
  const origin = { stream, subject, sequence, deliveries: 1, timestampNanos: 1e18 + 1000 * sequence };
  const rejections = Array.from({ length: lines }, (_, index) => {
    const payload = JSON.stringify({ userId: index === 0 ? userId : 'u', place: `${sequence}.${index}` });
    return { origin, line: index + 1, payload, code, message: 'there is no such user' };
  });
  expect(await publishDeadLetters(bus, rejections)).toEqual({ failed: [], error: null });
  return idsOf(code);
}

const idsOf = async (code: string) => (await listDeadLetters(bus, { code })).map(({ id }) => id);
const dropsOf = async (code: string) => (await listDrops(bus, { code, limit: 10 })).length;
const byText = (a: string, b: string) => a.localeCompare(b);
const sent = async () => (await bus.client().jsm.streams.info(stream)).state.messages;

test('of a replay and a drop of one letter at once one is done, and the other is told', async () => {
  for (let turn = 1; turn <= 5; turn += 1) {
    const code = `both-${turn}`;
    const ids = await addLetters(code);
    const before = await sent();
    const [replay, drop] = await Promise.allSettled([
      replayDeadLetters(bus, ids, { by: 'ada' }, nothing),
      dropDeadLetters(bus, ids, why, nothing),
    ]);
    const isReplayed = replay.status === 'fulfilled';
    expect(drop.status).toBe(isReplayed ? 'rejected' : 'fulfilled');
    const late = isReplayed ? drop : replay;
    expect(late).toMatchObject({ status: 'rejected', reason: TAKEN });
    expect((await sent()) - before).toBe(isReplayed ? 1 : 0);
    expect(await dropsOf(code)).toBe(isReplayed ? 0 : 1);
    expect(await idsOf(code)).toEqual([]);
  }
});

test('two lines of one message that two operators take at once are both gone, and the third is there', async () => {
  const code = 'three-lines';
  const [first = 0, second = 0, third = 0] = await addLetters(code, 3);
  const before = await sent();
  await Promise.all([
    replayDeadLetters(bus, [first], { by: 'ada' }, nothing),
    dropDeadLetters(bus, [second], why, nothing),
  ]);
  expect(await idsOf(code)).toEqual([third]);
  expect([(await sent()) - before, await dropsOf(code)]).toEqual([1, 1]);
});

test('names the operator who acts on a letter, and has done nothing to the others that it was asked for', async () => {
  const [free = 0] = await addLetters('free');
  const [busy = 0] = await addLetters('busy');
  const ids = [String(busy)];
  const claim = await claimLetters(bus, Number(busy), { kind: 'replay', by: 'ada', ids });
  const drop = dropDeadLetters(bus, [free, busy], why, nothing);
  await expect(drop).rejects.toMatchObject({
    ...TAKEN,
    message: `Dead letter ${busy} is being replayed by ada meanwhile.`,
  });
  await claim.release();
  expect([await idsOf('free'), await idsOf('busy')]).toEqual([[free], [busy]]);
  expect([await dropsOf('free'), await dropsOf('busy')]).toEqual([0, 0]);
  await dropDeadLetters(bus, [free, busy], why, nothing);
  expect([await dropsOf('free'), await dropsOf('busy')]).toEqual([1, 1]);
});

test('of two replays of all that match each sends the letters that the other has not', async () => {
  const code = 'matching';
  for (let count = 0; count < 5; count += 1) await addLetters(code);
  const before = await sent();
  const replayed: DeadLetterId[] = [];
  const replay = (by: string) => replayMatching(bus, { code }, { by }, ({ id }) => void replayed.push(id));
  const expected = await idsOf(code);
  await Promise.all([replay('ada'), replay('grace')]);
  expect(replayed.map(String).toSorted(byText)).toEqual(expected.map(String).toSorted(byText));
  expect((await sent()) - before).toBe(5);
});

test('an erasure takes its line of a message that an operator acts on at the same moment', async () => {
  const code = 'erased';
  const userId = Bun.randomUUIDv7();
  const [, second = 0, third = 0] = await addLetters(code, 3, userId);
  await Promise.all([
    eraseDeadLetters(bus, (id) => id === userId),
    dropDeadLetters(bus, [second], why, nothing),
  ]);
  expect(await idsOf(code)).toEqual([third]);
});

test('an erasure that stood still while others could take its message brings no letter back', async () => {
  const code = 'stood still';
  const userId = Bun.randomUUIDv7();
  const ids = await addLetters(code, 3, userId);
  const published = async () => (await bus.client().jsm.streams.info(DEAD_LETTERS.stream)).state.last_seq;
  const realNow = performance.now.bind(performance);
  let questions = 0;
  // The first question finds the message, the second comes after its claim.
  const now = spyOn(performance, 'now').mockImplementation(() => realNow() + (questions > 1 ? 31_000 : 0));
  const isErased = (id: string) => {
    if (id === userId) questions += 1;
    return id === userId;
  };
  const before = await published();
  try {
    await expect(eraseDeadLetters(bus, isErased)).rejects.toMatchObject({ code: 'broker_unavailable' });
  } finally {
    now.mockRestore();
  }
  // The claim alone.
  expect((await published()) - before).toBe(1);
  expect(await idsOf(code)).toEqual(ids);
  expect(await eraseDeadLetters(bus, (id) => id === userId)).toBe(1);
  expect(await idsOf(code)).toEqual(ids.slice(1));
});

test('an act that is interrupted begins no other message, and leaves its letters to others at once', async () => {
  const code = 'interrupted';
  for (let count = 0; count < 40; count += 1) await addLetters(code);
  const ids = await idsOf(code);
  const interruption = new AbortController();
  let count = 0;
  const replay = replayDeadLetters(bus, ids, { by: 'ada', signal: interruption.signal }, () => {
    count += 1;
    interruption.abort(new Error('interrupted'));
  });
  await expect(replay).rejects.toThrow('interrupted');
  expect(count).toBeLessThan(40);
  const remaining = await idsOf(code);
  expect(remaining).toHaveLength(40 - count);
  await dropDeadLetters(bus, remaining, why, nothing);
  expect(await idsOf(code)).toEqual([]);
});

test('an act leaves no claim in the stream', async () => {
  const { jsm } = bus.client();
  const { state } = await jsm.streams.info(DEAD_LETTERS.stream, { subjects_filter: DEAD_LETTERS.subjects });
  const subjects = Object.keys(state.subjects ?? {});
  expect(subjects.filter((subject) => subject.startsWith(DEAD_LETTERS.claims))).toEqual([]);
});
