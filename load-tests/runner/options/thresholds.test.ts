import { describe, expect, test } from 'bun:test';
import { checkThreshold, holds, parseMetricName, parseThreshold } from './thresholds.ts';

describe('thresholds', () => {
  test('are parsed and compared', () => {
    const threshold = parseThreshold({
      threshold: ' p(95) <= 200 ',
      abortOnFail: true,
      delayAbortEval: '2s',
    });
    expect(threshold).toMatchObject({ aggregation: 'p(95)', operator: '<=', value: 200, abortOnFail: true });
    expect(threshold.delayAbortEvalMs).toBe(2000);
    expect([holds(threshold, 200), holds(threshold, 201), holds(threshold, undefined)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(holds(parseThreshold('rate===1'), 1)).toBe(true);
    expect(holds(parseThreshold('count!=3'), 3)).toBe(false);
  });

  test('have their fields in any case', () => {
    const threshold = parseThreshold({ Threshold: 'rate<1', abortonFail: true, DelayAbortEval: '1s' });
    expect(threshold).toMatchObject({ source: 'rate<1', abortOnFail: true, delayAbortEvalMs: 1000 });
  });

  test('ask a metric only for aggregations of its type', () => {
    expect(() => checkThreshold(parseThreshold('p(95)<1'), 'checks', 'rate')).toThrow(
      'unsupported aggregation method p on metric of type rate',
    );
    expect(() => checkThreshold(parseThreshold('p(99.9)<1'), 'x', 'trend')).not.toThrow();
  });

  test('name sub-metrics by their tags', () => {
    expect(parseMetricName('http_req_duration{kind:steady, "a":b:c}')).toEqual({
      name: 'http_req_duration',
      tags: { kind: 'steady', a: 'b:c' },
    });
    expect(() => parseMetricName('x{kind}')).toThrow('key:value');
  });
});
