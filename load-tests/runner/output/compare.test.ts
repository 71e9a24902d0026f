import { expect, test } from 'bun:test';
import { compareReports, comparisonText, type ComparedReport } from './compare.ts';

const run = (p95: number, failed: number, perSecond: number): ComparedReport => ({
  metrics: {
    http_req_duration: { type: 'trend', contains: 'time', values: { med: 10, 'p(95)': p95 } },
    http_req_waiting: { type: 'trend', contains: 'time', values: { 'p(95)': p95 } },
    http_req_failed: { type: 'rate', contains: 'default', values: { rate: failed, passes: 0, fails: 0 } },
    http_reqs: { type: 'counter', contains: 'default', values: { count: 9, rate: perSecond } },
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

test('a small change is noise, and a metric of only one run is left out', () => {
  const { http_reqs: _, ...rest } = run(104, 0, 50).metrics;
  const verdicts = compareReports(run(100, 0, 50), { metrics: rest });
  expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(['same']));
  expect(verdicts.some(({ metric }) => metric === 'http_reqs')).toBe(false);
});
