import { afterAll, afterEach, beforeAll, expect, setSystemTime, test } from 'bun:test';
import { createFlowSampler } from './flow-sampler.ts';

/** A private port that counts how often it is asked. */
let samples = 0;
let server: Bun.Server<undefined>;
beforeAll(() => {
  server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      if (new URL(request.url).pathname !== '/metrics') return Response.json({ uptimeSeconds: 1, parts: [] });
      samples += 1;
      return new Response('ecs_breaker_open 0\n');
    },
  });
});
afterAll(() => server.stop(true));
afterEach(() => setSystemTime());

const EVERY_MS = 40;
const newSampler = (everyMs = EVERY_MS) =>
  createFlowSampler({ opsUrls: [`http://127.0.0.1:${server.port}`], everyMs });

test('nobody is asked while nobody watches', async () => {
  const sampler = newSampler();
  samples = 0;
  await Bun.sleep(3 * EVERY_MS);
  expect(samples).toBe(0);
  const ending = new AbortController();
  for await (const flow of sampler.watch(ending.signal)) {
    expect(flow.breaker).toBe('closed');
    break;
  }
  expect(sampler.viewers()).toBe(0);
  // The sample that was due may still be made.
  await Bun.sleep(2 * EVERY_MS);
  const afterwards = samples;
  expect(afterwards).toBeGreaterThan(0);
  await Bun.sleep(5 * EVERY_MS);
  expect(samples).toBe(afterwards);
});

test('ten viewers cost as many samples as one', async () => {
  const sampler = newSampler();
  const ending = new AbortController();
  samples = 0;
  const flowsOf = async () => {
    let flows = 0;
    for await (const _ of sampler.watch(ending.signal)) {
      flows += 1;
      if (flows === 5) break;
    }
    return flows;
  };
  expect(await Promise.all(Array.from({ length: 10 }, flowsOf))).toEqual(Array(10).fill(5));
  // The first sample has nothing to be compared with.
  expect(samples).toBeLessThanOrEqual(7);
  ending.abort();
});

test('a viewer who leaves ends the wait at once', async () => {
  const sampler = createFlowSampler({ opsUrls: ['http://127.0.0.1:1'], everyMs: 60_000 });
  const ending = new AbortController();
  const watching = sampler.watch(ending.signal).next();
  ending.abort();
  expect(await watching).toMatchObject({ done: true });
});

test.each([-3000, 5000])('a clock that steps by %d ms changes no rate', async (stepMs) => {
  const sampler = newSampler(200);
  const ending = new AbortController();
  const startedMs = performance.now();
  const windows: number[] = [];
  for await (const { window_seconds } of sampler.watch(ending.signal)) {
    windows.push(window_seconds);
    if (windows.length === 2) setSystemTime(Date.now() + stepMs);
    if (windows.length === 6) break;
  }
  ending.abort();
  const elapsedSeconds = (performance.now() - startedMs) / 1000;
  for (const seconds of windows) {
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(elapsedSeconds + 0.1);
  }
});
