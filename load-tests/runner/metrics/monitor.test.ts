import { afterAll, expect, test } from 'bun:test';
import { createMonitor } from './monitor.ts';

const monitor = createMonitor();
afterAll(() => monitor.stop());

test('counts a remainder at the end to the second before: nothing is lost, no line falls to nothing', () => {
  const requests = (count: number) => {
    const sample = { metric: 'http_req_duration', value: 1, tags: {} };
    for (let index = 0; index < count; index += 1) monitor.addSample(sample);
  };
  requests(100);
  monitor.tick({ elapsedMs: 1000, vus: 1, lag: null });
  requests(120);
  monitor.tick({ elapsedMs: 2000, vus: 1, lag: null });
  requests(2);
  monitor.tick({ elapsedMs: 2020, vus: 0, lag: null });
  expect(monitor.timeline).toMatchObject([
    { second: 1, ms: 1000, requests: 100, vus: 1 },
    { second: 2, ms: 1020, requests: 122, vus: 1 },
  ]);
});
