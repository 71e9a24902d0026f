import { describe, expect, test } from 'bun:test';
import { constantArrivals, rampingArrivals, rateAt, vuSteps } from './schedule.ts';

const stage = (durationMs: number, target: number) => ({ durationMs, target });

describe('a ramp of users', () => {
  test('adds a user when the line reaches its number and ends it when the line is below', () => {
    expect(vuSteps(0, [stage(4000, 4), stage(2000, 4), stage(4000, 0)])).toEqual([
      { atMs: 0, vus: 0 },
      ...[1, 2, 3, 4].map((vus) => ({ atMs: vus * 1000, vus })),
      ...[3, 2, 1, 0].map((vus) => ({ atMs: 10_000 - vus * 1000, vus })),
    ]);
  });

  test('jumps where a stage has no length', () => {
    expect(vuSteps(1, [stage(0, 10), stage(1000, 10), stage(0, 0)])).toEqual([
      { atMs: 0, vus: 1 },
      { atMs: 0, vus: 10 },
      { atMs: 1000, vus: 0 },
    ]);
  });
});

describe('an arrival rate', () => {
  test('that is constant starts an iteration at once and after every period, without drift', () => {
    const starts = [...constantArrivals(30, 1000, 10_000)];
    expect(starts).toHaveLength(300);
    expect(starts.slice(0, 4).map(Math.round)).toEqual([0, 33, 67, 100]);
    expect(starts.at(-1)).toBeCloseTo(9966.67, 1);
  });

  test('that ramps starts as many as the area below its line', () => {
    const starts = [...rampingArrivals(0, [stage(10_000, 20), stage(5000, 20), stage(5000, 0)], 1000)];
    expect(starts).toHaveLength(100 + 100 + 50);
    // The area of the first t seconds of a ramp of 2/s each second is t squared.
    expect(starts[0]).toBeCloseTo(1000, 5);
    expect(starts[24]).toBeCloseTo(5000, 5);
    expect(starts[99]).toBeCloseTo(10_000, 5);
    expect(starts[100]).toBeCloseTo(10_050, 5);
    expect(starts.every((ms, index) => index === 0 || ms >= (starts[index - 1] ?? 0))).toBe(true);
  });

  test('carries the rest of an iteration into the next stage', () => {
    const starts = [...rampingArrivals(2, [stage(4900, 2), stage(5000, 2)], 1000)];
    expect(starts).toHaveLength(19);
    expect(starts[9]).toBeCloseTo(5000, 5);
  });

  test('counts by its time unit', () => {
    expect([...constantArrivals(60, 60_000, 5000)]).toEqual([0, 1000, 2000, 3000, 4000]);
    expect(rateAt(0, [stage(10_000, 20), stage(5000, 20)], 5000)).toBe(10);
  });
});
