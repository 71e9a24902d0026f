import { beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { createTestRuntime, openTestBus } from '../../tests/harness/runtime.ts';
import type { Bus } from '../messaging/bus.ts';
import { TOPICS } from '../messaging/topics.ts';
import { DEAD_LETTERS } from '../messaging/topology.ts';
import { findDeadLetters, listDeadLetters, publishDeadLetters } from './dead-letter.ts';
import { pageDrops } from './dead-letter-drops.ts';
import { dropDeadLetters } from './dead-letter-replay.ts';
import { lookUpDeadLetters } from './look-up-letters.ts';
import { type Place, placeOf, readCursor } from './place.ts';

const runtime = createTestRuntime();
const { stream, subject } = TOPICS.emotions;
const why = { reason: 'a test', by: 'ada' };
let bus: Bus;

beforeAll(async () => {
  ({ bus } = await openTestBus(runtime));
});
beforeEach(() => bus.client().jsm.streams.purge(DEAD_LETTERS.stream));

let sequence = 0;

/** Dead-letters so many lines of one message of the stream: together, or each in a message of its own. */
async function addLetters(count: number, { together = true } = {}): Promise<void> {
  sequence += 1;
  const rejections = Array.from({ length: count }, (_, index) => ({
    origin: { stream, subject, sequence, deliveries: 1, timestampNanos: 1e18 + 1000 * sequence },
    line: index + 1,
    payload: `{"line": "${sequence}.${index + 1}"}`,
    code: 'unknown_user',
    message: 'there is no such user',
  }));
  const groups = together ? [rejections] : rejections.map((rejection) => [rejection]);
  for (const group of groups) await publishDeadLetters(bus, group);
}

const idsOf = async () => (await listDeadLetters(bus, { limit: 10_000 })).map(({ id }) => String(id));
const pageAfter = (after: Place | undefined, limit: number) => findDeadLetters(bus, { after, limit });

/** The ids of all pages of a size, and what was done before the second. */
async function readPages(size: number, beforeSecond: () => Promise<unknown> = async () => {}) {
  const ids: string[] = [];
  for (let page = await pageAfter(undefined, size); page.length > 0; ) {
    ids.push(...page.map(({ letter }) => String(letter.id)));
    if (ids.length === page.length) await beforeSecond();
    const last = page.at(-1);
    page = last ? await pageAfter(placeOf(last), size) : [];
  }
  return ids;
}

describe('pages of dead letters', () => {
  test.each([1, 2, 3, 5, 100])('of %d have each letter once, in the order of the list', async (size) => {
    await addLetters(4);
    await addLetters(3, { together: false });
    await addLetters(2);
    const ids = await idsOf();
    expect(ids).toHaveLength(9);
    expect(await readPages(size)).toEqual(ids);
  });

  test('leave no letter out that an act on others of its message moves meanwhile', async () => {
    await addLetters(6);
    await addLetters(2, { together: false });
    const [first, second, ...others] = await idsOf();
    const ids = await readPages(3, () => dropDeadLetters(bus, [second ?? ''], why, () => {}));
    expect(new Set(ids)).toEqual(new Set([first, second, ...others].map(String)));
    // The rest of the message has come to the end: there again are those that were seen before.
    expect(ids.slice(-5)).toEqual([first, ...others.slice(0, 4)].map(String));
  });

  test.each([1, 3, 8])('of %d go on behind a letter that is gone', async (size) => {
    await addLetters(9, { together: false });
    const ids = await idsOf();
    const last = ids[size - 1] ?? '';
    expect(await readPages(size, () => dropDeadLetters(bus, [last], why, () => {}))).toEqual(ids);
  });

  test('have cursors of any number, behind the end as well', async () => {
    await addLetters(2);
    const pageOf = (cursor: string) => findDeadLetters(bus, { after: readCursor(cursor, 'query') });
    expect(await pageOf('0-0')).toHaveLength(2);
    expect(await pageOf('999999999999999-999999999')).toEqual([]);
    expect(() => readCursor('7.12', 'query')).toThrow(expect.objectContaining({ status: 422 }));
  });

  test('of dropped ones go from the newest back to the oldest, the oldest of a page first', async () => {
    await addLetters(5, { together: false });
    const before = await pageDrops(bus, { limit: 1000 });
    const ids = await idsOf();
    for (const id of ids) await dropDeadLetters(bus, [id], why, () => {});
    const newest = await pageDrops(bus, { limit: 2 });
    const older = await pageDrops(bus, { limit: 2, before: newest.oldest ?? undefined });
    const numbers = [newest, older].map(({ drops }) => drops.map(({ id }) => String(id)));
    expect(numbers).toEqual([ids.slice(3), ids.slice(1, 3)]);
    const rest = await pageDrops(bus, { limit: 1000, before: older.oldest ?? undefined });
    expect([rest.drops.length, rest.oldest]).toEqual([before.drops.length + 1, null]);
  });
});

describe('letters by their ids', () => {
  test('are found with one read of the stream, however many an act on others has moved', async () => {
    await addLetters(60);
    const ids = await idsOf();
    await dropDeadLetters(bus, ids.slice(0, 20), why, () => {});
    const opened = countReaders();
    const letters = await lookUpDeadLetters(opened.bus, ids.slice(20, 50));
    expect(letters.map(({ letter }) => letter.id)).toEqual(ids.slice(20, 50));
    expect(opened.readers()).toBe(1);
    const message = ids[0]?.split('.')[0] ?? '';
    expect(await lookUpDeadLetters(bus, [message])).toHaveLength(40);
    await expect(lookUpDeadLetters(bus, [ids[0] ?? ''])).rejects.toMatchObject({
      code: 'dead_letter_not_found',
    });
  });
});

/** The bus, with a count of the readers of streams that are opened by it. */
function countReaders() {
  let count = 0;
  const client = bus.client();
  const consumers: typeof client.js.consumers = {
    get: (...query: Parameters<typeof client.js.consumers.get>) => {
      count += 1;
      return client.js.consumers.get(...query);
    },
  } as typeof client.js.consumers;
  const js = new Proxy(client.js, {
    get: (target, name) => (name === 'consumers' ? consumers : Reflect.get(target, name)),
  });
  return { bus: { ...bus, client: () => ({ ...client, js }) }, readers: () => count };
}
