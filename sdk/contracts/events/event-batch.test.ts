import { describe, expect, test } from 'bun:test';
import type { RejectedLine } from '../common.ts';
import { createLineReader, linesOf, linesOfArray, problemOfBatch } from './event-batch.ts';
import { claimsOf, eventIdOf } from './event-id.ts';
import { TRANSACTIONS } from './event-kind.ts';

let count = 0;
const ids = { newId: () => `new ${(count += 1)}`, idOf: (text: string) => `id of ${text}` };
const arrival = { atMs: Date.parse('2026-11-23T12:00:00Z'), traceId: 't', source: 'customer' as const };

describe('the lines of a batch', () => {
  test('are numbered with the blank ones, which are none', () => {
    expect(linesOf('\n a \r\n\n\tb\n')).toEqual([
      { line: 2, text: 'a' },
      { line: 4, text: 'b' },
    ]);
  });

  test('are 1 to 1,000', () => {
    const of = (lines: number) => linesOf('x\n'.repeat(lines));
    expect(of(0)).toEqual({ path: '/body', message: 'the batch has no events' });
    expect(of(1)).toHaveLength(1);
    expect(of(1000)).toHaveLength(1000);
    const message = 'the batch has 1001 events; at most 1000 are taken';
    expect(of(1001)).toEqual({ path: '/body', message });
  });

  test('of an array are few and flat, before any of them is written', () => {
    const deep = `[${'['.repeat(40_000)}${']'.repeat(40_000)}]`;
    const message = 'is nested deeper than 64 levels';
    expect(linesOfArray(deep)).toEqual({ path: '/body/', message });
    const many = `[${'1,'.repeat(1000)}1]`;
    expect(linesOfArray(many)).toMatchObject({
      path: '/body',
      message: expect.stringMatching(/1001 events/),
    });
  });

  test('of an array are its events; nothing else is an array', () => {
    expect(linesOfArray('[{"a": 1}, 7]')).toBe('{"a":1}\n7');
    expect(linesOfArray('[]')).toEqual({ path: '/body', message: 'the batch has no events' });
    expect(linesOfArray('{}')).toEqual({ path: '/body', message: 'must be an array of events' });
    expect(() => linesOfArray('[')).toThrow(SyntaxError);
    // Written as lines they would have the last one alone.
    expect(linesOfArray('[{"a": 1}, {"a": 1, "a": 2}]')).toEqual({
      path: '/body/1/a',
      message: 'stands twice',
    });
  });

  test('of an array keep each amount: one that was rounded to cents is named, wherever it stands', () => {
    const message = 'must have at most 2 decimals';
    for (const amount of ['"amount": 9.999999999999999999', String.raw`"a\u006dount":1.2500000000000001`]) {
      const text = `[{"amount": 1}, {"note": "\\"amount\\": 1", "amount": 9.99},\n{${amount}}, {"amount": 2}]`;
      expect(linesOfArray(text)).toEqual({ path: '/body/2/amount', message });
    }
    expect(linesOfArray('[{"amount": 9.9990}, {"amount": 1.50}]')).toBe('{"amount":9.999}\n{"amount":1.5}');
  });
});

describe('a line', () => {
  const read = (text: string, change: object = {}) =>
    createLineReader({
      kind: TRANSACTIONS,
      check: (value) =>
        typeof value === 'object'
          ? { ok: true, value }
          : {
              ok: false,
              errors: [
                { path: '/', message: 'no' },
                { path: '/a', message: 'none' },
              ],
            },
      mayWriteFor: (userId) => userId !== 'other',
      arrival,
      idempotencyKey: null,
      ids,
      ...change,
    })(text);
  const lineOf = (change: object = {}) => JSON.stringify({ userId: 'u', amount: 5, ...change });
  const consentRejectionOf = () => ({ code: 'consent_missing' as const, message: 'none' });

  test.each([
    ['{', 'malformed_line', 'not valid JSON', {}],
    ['7', 'invalid_event', '/ no; /a none', {}],
    ['{"userId": "u", "amount": 5, "amount": 6}', 'invalid_event', '/amount stands twice', {}],
    [lineOf({ userId: 'other', amount: 0.001 }), 'not_your_user', 'The token belongs to another user.', {}],
    [lineOf({ amount: 0.001 }), 'consent_missing', 'none', { consentRejectionOf }],
    [lineOf({ amount: 0.001 }), 'invalid_event', '/amount must have at most 2 decimals', {}],
  ])('%s is rejected as %s: %s', (text, code, message, change) => {
    expect(read(text, change)).toEqual({ code, message } as never);
  });

  test('has its own id, else one of key, content and place among equals, else a new one', () => {
    const idIn = (text: string, change = {}) =>
      (read(text, change) as { message: { eventId: string } }).message.eventId;
    expect(idIn(lineOf({ eventId: 'ABC' }), { idempotencyKey: 'k' })).toBe('abc');
    expect(idIn(lineOf())).toStartWith('new ');
    const reader = createLineReader({
      kind: TRANSACTIONS,
      check: (value) => ({ ok: true, value }),
      mayWriteFor: () => true,
      consentRejectionOf: () => null,
      arrival,
      idempotencyKey: 'k',
      ids,
    });
    const named = [5, 5, 6].map((amount) => reader(lineOf({ amount }))) as { message: { eventId: string } }[];
    expect(named.map(({ message }) => message.eventId)).toEqual([
      'id of k\nu\n[null,5]\n0',
      'id of k\nu\n[null,5]\n1',
      'id of k\nu\n[null,6]\n0',
    ]);
  });
});

describe('a batch without a good line', () => {
  const rejections = (codes: string[]) =>
    codes.map((code, index) => ({ line: index + 1, code, message: `of ${code}` })) as RejectedLine[];

  test('has the problem of all its lines where they have one', () => {
    for (const code of ['not_your_user', 'consent_missing', 'consent_withdrawn', 'idempotency_key_reused'])
      expect(problemOfBatch(rejections([code, code]))).toEqual({ code } as never);
  });

  test('else is invalid, with its first 20 lines', () => {
    const problem = problemOfBatch(
      rejections(['not_your_user', ...Array.from({ length: 24 }, () => 'invalid_event')]),
    );
    expect(problem.code).toBe('invalid_request');
    const { errors } = problem as { errors: unknown[] };
    expect(errors).toHaveLength(20);
    expect(errors[0]).toEqual({ path: '/body/1', message: 'of not_your_user' });
  });
});

describe('the id of an event', () => {
  const KEY = '0198F3A2-7C11-7D3E-9B53-0D6A1F2C4E8A';

  test('is its own, else its key, which stands for itself where it is an id', () => {
    const of = (eventId: string | undefined, key: string | null) =>
      eventIdOf({ userId: 'U', ...(eventId ? { eventId } : {}) }, key, ids);
    expect(of('E', KEY)).toBe('e');
    expect(of(undefined, KEY)).toBe(KEY.toLowerCase());
    expect(of(undefined, 'key')).toBe('id of u:key');
    expect(of(undefined, null)).toStartWith('new ');
  });

  test('takes its place, and that of its key where that is another', () => {
    const message = { userId: 'u', eventId: 'e', amount: 5, occurredAt: 'then', traceId: 't' };
    const content = '["e","then",5]';
    const places = (key: string | null) => claimsOf(TRANSACTIONS, message, key, ids);
    expect(places(null)).toEqual([{ place: ['u', 'e'], content }]);
    expect(places('key')).toEqual([
      { place: ['u', 'e'], content },
      { place: ['u', 'id of u:key'], content },
    ]);
  });
});
