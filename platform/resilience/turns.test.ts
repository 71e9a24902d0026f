import { describe, expect, test } from 'bun:test';
import { createTurns } from './turns.ts';

/** Turns, work that ends when the test says so, and the order in which it began. */
function setUp(limits: Partial<Parameters<typeof createTurns>[0]> = {}) {
  const turns = createTurns({ waitingMax: 3, waitMs: 60_000, ...limits }, 'full');
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    turns,
    begun,
    run: (name: string) =>
      turns.run(name.slice(0, 1), () => {
        begun.push(name);
        return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
      }),
    async end(name: string) {
      ends.get(name)?.();
      await new Promise(setImmediate);
    },
  };
}

describe('turns', () => {
  test('are of each key one after the other in their order, and of another key at once', async () => {
    const { turns, begun, run, end } = setUp();
    const runs = ['a1', 'a2', 'a3', 'b1'].map(run);
    expect(begun).toEqual(['a1', 'b1']);
    for (const name of ['a1', 'a2', 'a3', 'b1']) await end(name);
    expect(begun).toEqual(['a1', 'b1', 'a2', 'a3']);
    expect(await Promise.all(runs)).toEqual(['a1', 'a2', 'a3', 'b1']);
    expect(turns.keyCount()).toBe(0);
  });

  test('go on after work that fails, at once or later', async () => {
    const { turns } = setUp();
    const failing = turns.run('a', () => Promise.reject(new Error('broken')));
    const throwing = turns.run('a', () => {
      throw new Error('broken at once');
    });
    const next = turns.run('a', async () => 'fine');
    expect(await Promise.allSettled([failing, throwing, next])).toMatchObject([
      { reason: { message: 'broken' } },
      { reason: { message: 'broken at once' } },
      { value: 'fine' },
    ]);
    expect(turns.keyCount()).toBe(0);
  });

  test('are refused where too many wait, of that key alone', async () => {
    const { turns, begun, run, end } = setUp();
    const runs = ['a1', 'a2', 'a3', 'a4'].map(run);
    await expect(run('a5')).rejects.toMatchObject({ status: 503, code: 'overloaded', retryAfterSeconds: 1 });
    runs.push(run('b1'));
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1']) await end(name);
    await Promise.all(runs);
    expect(begun).not.toContain('a5');
    expect(turns.keyCount()).toBe(0);
  });

  test('that do not come in time are given up, and their work is never done', async () => {
    const { turns, begun, run, end } = setUp({ waitMs: 20 });
    const first = run('a1');
    await expect(run('a2')).rejects.toMatchObject({ status: 503, code: 'overloaded', retryAfterSeconds: 1 });
    const third = run('a3');
    await end('a1');
    await end('a3');
    expect(await Promise.all([first, third])).toEqual(['a1', 'a3']);
    expect(begun).toEqual(['a1', 'a3']);
    expect(turns.keyCount()).toBe(0);
  });
});
