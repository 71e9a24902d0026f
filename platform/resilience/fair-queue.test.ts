import { describe, expect, test } from 'bun:test';
import { createFairQueue } from './fair-queue.ts';

/** Work that ends when the test says so, and the order in which it began. */
function heldWork() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  return {
    begun,
    work: (name: string) => () =>
      new Promise<string>((resolve) => {
        begun.push(name);
        ends.push(() => resolve(name));
      }),
    async endNext() {
      ends.shift()?.();
      await new Promise(setImmediate);
    },
  };
}

describe('a fair queue', () => {
  test('keys take turns, whoever came first with how many', async () => {
    const queue = createFairQueue({ atOnce: 1, waitingMax: 10 }, 'full');
    const { begun, work, endNext } = heldWork();
    const runs = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2'].map((name) => queue.run(name.slice(0, 1), work(name)));
    for (let turn = 0; turn < runs.length; turn += 1) await endNext();
    expect(await Promise.all(runs)).toHaveLength(6);
    expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'b2', 'a4']);
  });

  test('one key with every place yields one to a newcomer, and equal shares yield none', async () => {
    const queue = createFairQueue({ atOnce: 1, waitingMax: 4 }, 'full');
    const { work, endNext } = heldWork();
    const greedy = Array.from({ length: 8 }, (_, index) => queue.run('a', work(`a${index}`)));
    const outcomes = Promise.allSettled(greedy);
    const newcomer = queue.run('b', work('b'));
    for (let turn = 0; turn < 6; turn += 1) await endNext();
    expect(await newcomer).toBe('b');
    const refused = (await outcomes).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(4);
    expect(refused[0]).toMatchObject({ reason: { code: 'overloaded', status: 503 } });
  });

  test('preferred keys have places and every second turn, however many new keys wait', async () => {
    const queue = createFairQueue({ atOnce: 1, waitingMax: 4 }, 'full', (key) => key === 'p');
    const { begun, work, endNext } = heldWork();
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'p', 'p'];
    const outcomes = Promise.allSettled(names.map((name) => queue.run(name, work(name))));
    for (let turn = 0; turn < names.length; turn += 1) await endNext();
    expect((await outcomes).map(({ status }) => status === 'fulfilled')).toEqual(
      names.map((name) => name !== 'f'),
    );
    expect(begun).toEqual(['a', 'p', 'b', 'p', 'c', 'd', 'e']);
  });

  test('the key that waits with the most yields its newest, and its place is one place', async () => {
    const queue = createFairQueue({ atOnce: 1, waitingMax: 4 }, 'full');
    const { begun, work, endNext } = heldWork();
    const names = ['a1', 'c1', 'c2', 'c3', 'b1', 'd1'];
    const runs = names.map((name) => queue.run(name.slice(0, 1), work(name)));
    await expect(runs[3]).rejects.toMatchObject({ code: 'overloaded', retryAfterSeconds: 2 });
    await endNext();
    // One place is free by now: nobody yields it.
    runs.push(queue.run('e', work('e1')));
    for (let turn = 0; turn < 6; turn += 1) await endNext();
    expect((await Promise.allSettled(runs)).map(({ status }) => status === 'fulfilled')).toEqual(
      [...names, 'e1'].map((name) => name !== 'c3'),
    );
    expect(begun).toEqual(['a1', 'c1', 'b1', 'd1', 'c2', 'e1']);
  });

  test('of two keys that wait with as many the one with the next turn yields', async () => {
    const queue = createFairQueue({ atOnce: 1, waitingMax: 4 }, 'full');
    const { begun, work, endNext } = heldWork();
    const runs = ['a1', 'b1', 'b2', 'c1', 'c2', 'd1'].map((name) => queue.run(name.slice(0, 1), work(name)));
    await expect(runs[2]).rejects.toMatchObject({ code: 'overloaded' });
    for (let turn = 0; turn < 5; turn += 1) await endNext();
    await Promise.allSettled(runs);
    expect(begun).toEqual(['a1', 'b1', 'c1', 'd1', 'c2']);
  });

  test('a turn frees one place of those that wait', async () => {
    const queue = createFairQueue({ atOnce: 1, waitingMax: 2 }, 'full');
    const { work, endNext } = heldWork();
    const runs = ['a', 'b', 'c'].map((name) => queue.run(name, work(name)));
    await endNext();
    runs.push(queue.run('d', work('d')));
    await expect(queue.run('e', work('e'))).rejects.toMatchObject({ code: 'overloaded' });
    for (let turn = 0; turn < 3; turn += 1) await endNext();
    expect(await Promise.all(runs)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('so many run at once, also after all of them have ended', async () => {
    const queue = createFairQueue({ atOnce: 3, waitingMax: 10 }, 'full');
    for (let round = 0; round < 2; round += 1) {
      const { begun, work, endNext } = heldWork();
      const runs = ['a', 'b', 'c', 'd', 'e'].map((name) => queue.run(name, work(name)));
      expect(begun).toEqual(['a', 'b', 'c']);
      await endNext();
      expect(begun).toEqual(['a', 'b', 'c', 'd']);
      for (let turn = 0; turn < 4; turn += 1) await endNext();
      expect(await Promise.all(runs)).toHaveLength(5);
    }
  });

  test('a failure gives its place to the next entry', async () => {
    const queue = createFairQueue({ atOnce: 1, waitingMax: 4 }, 'full');
    const failing = queue.run('a', () => Promise.reject(new Error('broken')));
    const next = queue.run('a', async () => 'fine');
    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('fine');
  });
});
