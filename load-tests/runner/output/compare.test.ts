import { expect, test } from 'bun:test';
import { compareReports, comparisonText, type ComparedReport } from './compare.ts';

const run = (p95: number, failed: number, perSecond: number, count = 900): ComparedReport => ({
  samples: { http_req_duration: count, http_req_failed: count, http_reqs: count, active_after: count },
  metrics: {
    http_req_duration: { type: 'trend', contains: 'time', values: { med: 10, 'p(95)': p95 } },
    http_req_waiting: { type: 'trend', contains: 'time', values: { 'p(95)': p95 } },
    http_req_failed: { type: 'rate', contains: 'default', values: { rate: failed, passes: 0, fails: 0 } },
    http_reqs: { type: 'counter', contains: 'default', values: { count, rate: perSecond } },
    active_after: { type: 'trend', contains: 'time', values: { 'p(95)': p95 } },
  },
});

test('each metric of quality gets a verdict', () => {
  const verdicts = compareReports(run(100, 0, 50), run(150, 0.2, 80));
  expect(verdicts.map(({ metric, value, verdict }) => `${metric} ${value} ${verdict}`)).toEqual([
    'http_req_duration p(95) worse',
    'http_req_duration med same',
    'http_req_failed rate worse',
    'http_reqs rate better',
    'active_after p(95) worse',
  ]);
  expect(comparisonText(verdicts)).toContain('100ms -> 150ms  +50.0 %  worse');
});

test('three samples are no verdict: it says how many are needed', () => {
  const verdicts = compareReports(run(100, 0, 50, 900), run(300, 1, 5, 3));
  expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(['not enough']));
  expect(verdicts.map(({ value, needed }) => `${value} ${needed}`)).toContain('p(95) 100');
  expect(comparisonText(verdicts)).toContain('not enough: 3 samples, 100 are needed');
  expect(comparisonText(verdicts)).not.toMatch(/worse|better/);
});

test('a small change is noise, and a metric of only one run is left out', () => {
  const { samples, metrics } = run(104, 0, 50);
  const { http_reqs: _, ...rest } = metrics;
  const verdicts = compareReports(run(100, 0, 50), { samples, metrics: rest });
  expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(['same']));
  expect(verdicts.some(({ metric }) => metric === 'http_reqs')).toBe(false);
});
