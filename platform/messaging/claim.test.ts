import { afterEach, beforeAll, expect, setSystemTime, spyOn, test } from 'bun:test';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus } from '../../tests/harness/runtime.ts';
import type { Bus } from './bus.ts';
import { placeClaim } from './claim.ts';
import { deleteMessage, readMessage, readStream } from './read-stream.ts';
import { DEAD_LETTERS } from './topology.ts';

const runtime = createTestRuntime();
const { stream } = DEAD_LETTERS;
let bus: Bus;

beforeAll(async () => {
  ({ bus } = await openTestBus(runtime));
});

afterEach(() => void setSystemTime());

const place = (subject: string, payload: string, staleMs = 60_000) =>
  placeClaim(bus, stream, { subject, payload, staleMs });

test('one of many processes gets a subject, and the next one after its release', async () => {
  const subject = `${DEAD_LETTERS.claims}1`;
  const claims = await Promise.all(Array.from({ length: 8 }, (_, index) => place(subject, `p${index}`)));
  const [held, ...laterClaims] = claims.toSorted((a, b) => Number(b.isHeld) - Number(a.isHeld));
  if (!held?.isHeld) throw new Error('nobody holds it');
  expect(laterClaims.map(({ isHeld }) => isHeld)).toEqual(Array.from({ length: 7 }, () => false));
  await deleteMessage(bus, stream, held.sequence);
  expect(await place(subject, 'next')).toMatchObject({ isHeld: true });
});

test('the claim of a process that died is replaced, by one of two', async () => {
  const subject = `${DEAD_LETTERS.claims}2`;
  expect(await place(subject, 'dead')).toMatchObject({ isHeld: true });
  const held = await place(subject, 'early');
  if (held.isHeld) throw new Error('two hold it');
  expect(new TextDecoder().decode(held.holder?.data)).toBe('dead');
  const claims = await Promise.all([place(subject, 'a', 0), place(subject, 'b', 0)]);
  expect(claims.filter(({ isHeld }) => isHeld)).not.toEqual([]);
  const { state } = await bus.client().jsm.streams.info(stream, { subjects_filter: subject });
  expect(state.subjects?.[subject]).toBe(1);
});

test('a process whose clock is an hour off takes no live claim, and a dead one as any other', async () => {
  const subject = `${DEAD_LETTERS.claims}4`;
  expect(await place(subject, 'alive')).toMatchObject({ isHeld: true });
  const HOUR_MS = 3_600_000;
  setSystemTime(new Date(Date.now() + HOUR_MS));
  expect(await place(subject, 'ahead')).toMatchObject({ isHeld: false });
  setSystemTime(new Date(Date.now() - 2 * HOUR_MS));
  expect(await place(subject, 'behind')).toMatchObject({ isHeld: false });
  await eventually('it counts as dead', async () => (await place(subject, 'next', 500)).isHeld);
});

test('the claim of a process that died is replaced at a server before 2.10, which says no time', async () => {
  const subject = `${DEAD_LETTERS.claims}5`;
  const { streams } = bus.client().jsm;
  const read = streams.info.bind(streams);
  const info = spyOn(streams, 'info').mockImplementation(async (...of) => ({
    ...(await read(...of)),
    ts: undefined,
  }));
  try {
    expect(await place(subject, 'dead')).toMatchObject({ isHeld: true });
    expect(await place(subject, 'early')).toMatchObject({ isHeld: false });
    await eventually('it counts as dead', async () => (await place(subject, 'next', 500)).isHeld);
    expect(info).toHaveBeenCalled();
  } finally {
    info.mockRestore();
  }
});

test('readers of the stream do not see a claim', async () => {
  const claim = await place(`${DEAD_LETTERS.claims}3`, 'unseen');
  if (!claim.isHeld) throw new Error('it is held');
  await bus.publish('dead-letters.emotions', 'seen', { id: 'seen' });
  const seen: string[] = [];
  await readStream(bus, stream, {}, ({ data }) => seen.push(new TextDecoder().decode(data)) > 0);
  expect(seen).toEqual(['seen']);
  expect(await readMessage(bus, stream, claim.sequence)).toBeNull();
});
