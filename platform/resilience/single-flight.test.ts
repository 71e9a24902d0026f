import { describe, expect, test } from 'bun:test';
import { createSingleFlight } from './single-flight.ts';

describe('a single flight', () => {
  test('works once for all calls that wait, and never gives a call the result of work begun before it', async () => {
    const flights = createSingleFlight<number>();
    const first = Promise.withResolvers<number>();
    let works = 0;
    const running = flights.run('a', () => {
      works += 1;
      return first.promise;
    });
    const calls = Array.from({ length: 20 }, () =>
      flights.run('a', async () => {
        works += 1;
        return 2;
      }),
    );
    first.resolve(1);
    expect(await running).toEqual({ value: 1, isShared: false });
    const values = await Promise.all(calls);
    expect(values.map(({ value }) => value)).toEqual(Array.from({ length: 20 }, () => 2));
    expect(values.filter(({ isShared }) => !isShared)).toHaveLength(1);
    expect(works).toBe(2);
  });

  test('keys do not wait for each other, and a failure ends only its own work', async () => {
    const flights = createSingleFlight<string>();
    const never = flights.run('a', () => Promise.reject(new Error('broken')));
    const next = flights.run('a', async () => 'healed');
    expect(await flights.run('b', async () => 'other')).toEqual({ value: 'other', isShared: false });
    await expect(never).rejects.toThrow('broken');
    expect((await next).value).toBe('healed');
    expect(await flights.run('a', async () => 'anew')).toEqual({ value: 'anew', isShared: false });
  });
});
