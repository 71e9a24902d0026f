import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { createRequestDurations } from './request-durations.ts';

const NAME = 'ecs_http_request_duration_seconds';
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const ENDPOINTS = ['/v1/emotions/stream', '/v1/credit-offers/{offer_id}'];

const anyRequest = fc.record({
  part: fc.constantFrom('gateway', 'credit'),
  endpoint: fc.constantFrom(...ENDPOINTS),
  status: fc.constantFrom(200, 202, 404, 503),
  // Bounds as well, which belong to the bucket that they close.
  seconds: fc.oneof(fc.constantFrom(...BUCKETS), fc.double({ min: 0, max: 10, noNaN: true })),
});

const linesOf = async (registry: Registry) => (await registry.metrics()).trim().split('\n').toSorted();

test("durations are exported as prom-client's own histogram exports them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyRequest, { maxLength: 60 }), async (requests) => {
      const [ours, theirs] = [new Registry(), new Registry()];
      const timerOf = createRequestDurations(ours);
      const histogram = new Histogram({
        name: NAME,
        help: 'HTTP requests by part, endpoint and status',
        labelNames: ['part', 'endpoint', 'status'],
        buckets: BUCKETS,
        registers: [theirs],
      });
      const timers = new Map<string, ReturnType<typeof timerOf>>();
      for (const { part, endpoint, status, seconds } of requests) {
        const timer = timers.get(part + endpoint) ?? timerOf(part, endpoint);
        timers.set(part + endpoint, timer);
        timer(status, seconds);
        histogram.observe({ part, endpoint, status: String(status) }, seconds);
      }
      const normal = (line: string) =>
        line.replace(/\{(.*)\}/, (_, labels) => `{${labels.split(',').toSorted()}}`);
      expect((await linesOf(ours)).map(normal).toSorted()).toEqual(
        (await linesOf(theirs)).map(normal).toSorted(),
      );
    }),
  );
});
