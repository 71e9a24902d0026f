import { beforeEach, describe, expect, test } from 'bun:test';
import pino from 'pino';
import { problem } from '../kernel/errors.ts';
import type { Message } from '../messaging/message.ts';
import type { EventRejection } from './event-rejection.ts';
import { handleSplitting, type Item } from './split-rejected-batch.ts';

const original = { subject: 'a' } as Message;
/** Events that are their own numbers, one per line. */
const itemsOf = (count: number): Item<number>[] =>
  Array.from({ length: count }, (_, event) => ({
    original,
    line: event + 1,
    text: `line of ${event}`,
    event,
  }));

let logged: string[];
let statements: number[][];
beforeEach(() => {
  logged = [];
  statements = [];
});
const log = pino({ level: 'error' }, { write: (line: string) => void logged.push(line) });

/** Refuses a group with any of the bad events, as the database does. */
function split(items: Item<number>[], bad: number[], rejectionsOf?: (events: number[]) => EventRejection[]) {
  const handle = async (events: number[]) => {
    statements.push(events);
    if (events.some((event) => bad.includes(event))) throw Object.assign(new Error('no'), { code: '23514' });
    return rejectionsOf?.(events) ?? [];
  };
  return handleSplitting({ durable: 'worker', handle, log }, items);
}

/** The events that were stored, each as often as it was. */
const storedOf = (bad: number[]) =>
  statements
    .filter((events) => !events.some((event) => bad.includes(event)))
    .flat()
    .toSorted((a, b) => a - b);
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('a batch that the database refuses as a whole', () => {
  test.each([1, 2, 3, 15, 16, 17, 31, 33, 100, 257])(
    'of %d events stores each good one once, and rejects each bad one alone with the reason',
    async (count) => {
      for (const bad of [[0], [count - 1], [0, Math.floor(count / 2), count - 1]]) {
        statements = [];
        const rejected = await split(itemsOf(count), bad);
        const badOnes = [...new Set(bad)].toSorted((a, b) => a - b);
        expect(storedOf(bad)).toEqual(numbers(count).filter((event) => !bad.includes(event)));
        expect(rejected.toSorted((a, b) => a.line - b.line)).toEqual(
          badOnes.map((event) => ({
            original,
            line: event + 1,
            payload: `line of ${event}`,
            code: 'refused',
            message: 'the database refused it (23514)',
            isDropped: false,
          })),
        );
      }
    },
  );

  test('is split into 16 groups at most, and each of those again', async () => {
    await split(itemsOf(17), [16]);
    // All of them, then 8 pairs and the last one alone.
    expect(statements.map(({ length }) => length)).toEqual([17, 2, 2, 2, 2, 2, 2, 2, 2, 1]);
    statements = [];
    await split(itemsOf(256), [255]);
    expect(statements).toHaveLength(1 + 16 + 16);
  });

  test('has 4 statements at once in search of its bad events', async () => {
    let running = 0;
    let most = 0;
    const handle = async ({ length }: number[]) => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      running -= 1;
      if (length > 1) throw new Error('no');
      return [];
    };
    await handleSplitting({ durable: 'worker', handle, log }, itemsOf(256));
    expect(most).toBe(4);
  });

  test('is told in one line of the log, with the number of its bad events', async () => {
    await split(itemsOf(40), [3, 30], (events) =>
      events.flatMap((event, index) => (event === 7 ? [{ index, code: 'conflict', message: 'other' }] : [])),
    );
    expect(logged.map((line) => JSON.parse(line) as object)).toMatchObject([
      { durable: 'worker', count: 2, msg: 'events cannot be stored' },
    ]);
  });

  test('says no code where the reason has none', async () => {
    const handle = () => Promise.reject(Object.assign(new Error('a bug'), { code: 7 }));
    const [rejected] = await handleSplitting({ durable: 'worker', handle, log }, itemsOf(1));
    expect(rejected?.message).toBe('the database refused it');
  });

  test('is neither split nor rejected while the database is down', async () => {
    const away = problem('database_unavailable', { cause: null });
    const handle = (events: number[]) => {
      statements.push(events);
      return Promise.reject(away);
    };
    await expect(handleSplitting({ durable: 'worker', handle, log }, itemsOf(20))).rejects.toBe(away);
    expect(statements).toHaveLength(1);
  });
});

describe('a batch that is taken', () => {
  test('costs one statement, and no line of the log', async () => {
    expect(await split(itemsOf(300), [])).toEqual([]);
    expect(statements).toEqual([numbers(300)]);
    expect(logged).toEqual([]);
  });

  test('has the rejections of its events by their lines; one of no event is nothing', async () => {
    const rejected = await split(itemsOf(3), [], () => [
      { index: 2, code: 'consent_missing', message: 'none', isDropped: true },
      { index: 3, code: 'conflict', message: 'of no event' },
    ]);
    expect(rejected).toEqual([
      { original, line: 3, payload: 'line of 2', code: 'consent_missing', message: 'none', isDropped: true },
    ]);
  });
});
