import { expect, test } from 'bun:test';
import { createTimeline } from './timeline.ts';

test('counts a remainder at the end to the second before: nothing is lost, no line falls to nothing', () => {
  const timeline = createTimeline();
  const addRequests = (count: number) => {
    const sample = { metric: 'http_req_duration', value: 1, tags: {} };
    for (let index = 0; index < count; index += 1) timeline.addSample(sample);
  };
  addRequests(100);
  timeline.tick({ elapsedMs: 1000, vus: 1, lag: null });
  addRequests(120);
  timeline.tick({ elapsedMs: 2000, vus: 1, lag: null });
  addRequests(2);
  timeline.tick({ elapsedMs: 2020, vus: 0, lag: null });
  expect(timeline.moments).toMatchObject([
    { second: 1, ms: 1000, requests: 100, vus: 1 },
    { second: 2, ms: 1020, requests: 122, vus: 1 },
  ]);
});
