import { describe, expect, test } from 'bun:test';
import { createSink } from './sink.ts';

function filled(type: Parameters<typeof createSink>[0], values: number[]) {
  const sink = createSink(type);
  for (const value of values) sink.add(value);
  return (aggregation: string, elapsedMs = 2000) => sink.get(aggregation, elapsedMs);
}

describe('a metric returns what k6 returns', () => {
  test('counter, gauge, rate', () => {
    const counter = filled('counter', [3, 3, 4]);
    expect([counter('count'), counter('rate')]).toEqual([10, 5]);
    const gauge = filled('gauge', [4, 1, 3]);
    expect([gauge('value'), gauge('min'), gauge('max')]).toEqual([3, 1, 4]);
    const rate = filled('rate', [1, 0, 0, 1, 1]);
    expect([rate('rate'), rate('passes'), rate('fails')]).toEqual([0.6, 3, 2]);
    expect(filled('rate', [])('rate')).toBeUndefined();
  });

  test('a trend of few values is exact, with the values between them interpolated', () => {
    const trend = filled('trend', [4, 2, 1, 3]);
    expect(['avg', 'min', 'med', 'max', 'p(90)', 'count'].map((name) => trend(name))).toEqual([
      2.5, 1, 2.5, 4, 3.7, 4,
    ]);
    expect(filled('trend', [-5, 5])('med')).toBe(0);
  });

  test('a trend of many values is right to three digits, negative ones too', () => {
    const values = Array.from({ length: 50_000 }, (_, index) => (index * 7919) % 50_000);
    const trend = filled('trend', values);
    for (const share of [1, 50, 90, 99, 99.9]) {
      const exact = (share / 100) * 49_999;
      expect(Math.abs((trend(`p(${share})`) ?? 0) - exact)).toBeLessThanOrEqual(exact * 0.002 + 1);
    }
    expect([trend('min'), trend('max'), trend('avg')]).toEqual([0, 49_999, 24_999.5]);
    const mixed = filled(
      'trend',
      values.map((value) => value - 25_000),
    );
    expect(Math.abs((mixed('p(10)') ?? 0) + 20_000)).toBeLessThan(45);
    expect(Math.abs((mixed('p(90)') ?? 0) - 20_000)).toBeLessThan(45);
  });
});
