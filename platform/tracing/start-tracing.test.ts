import { afterAll, describe, expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { openTracer } from './open-tracer.ts';
import { startTracing } from './start-tracing.ts';
import { SpanKind, type Tracer, tracer } from './tracer.ts';

const ROOT = join(import.meta.dir, '..', '..');

/** The files that a process loads at its start, without those that it may load later. */
function loadedBy(entry: string): Set<string> {
  const transpiler = new Bun.Transpiler({ loader: 'ts' });
  const loaded = new Set<string>();
  const load = (path: string): void => {
    if (loaded.has(path) || !existsSync(join(ROOT, path))) return;
    loaded.add(path);
    if (!path.endsWith('.ts')) return;
    for (const { path: target, kind } of transpiler.scanImports(readFileSync(join(ROOT, path), 'utf8'))) {
      if (kind === 'import-statement' && target.startsWith('.')) load(join(path, '..', target));
    }
  };
  load(entry);
  return loaded;
}

describe('without a collector', () => {
  test('a process loads neither spans nor their export', () => {
    const main = loadedBy('apps/main.ts');
    expect(main).toContain('platform/tracing/start-tracing.ts');
    const entries = [...new Bun.Glob('apps/*/service.ts').scanSync({ cwd: ROOT })];
    expect(entries).toHaveLength(14);
    // The code of a service is loaded when it is named.
    expect(entries.filter((entry) => main.has(entry))).toEqual([]);
    const loaded = new Set([...main, ...entries.flatMap((entry) => [...loadedBy(entry)])]);
    expect(loaded.size).toBeGreaterThan(200);
    expect(loaded).not.toContain('platform/tracing/open-tracer.ts');
    expect(loaded).not.toContain('platform/tracing/export-spans.ts');
  });

  test('there is no tracer', async () => {
    await startTracing(null, { ...createTestRuntime(), name: 'test' });
    expect(tracer()).toBeNull();
  });
});

/** A collector that holds its responses until it is told to go on. */
function startCollector() {
  const goOn = Promise.withResolvers<void>();
  const received = { posts: 0, spans: 0 };
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const body = (await request.json()) as {
        resourceSpans: { scopeSpans: { spans: object[] }[] }[];
      };
      received.posts += 1;
      received.spans += body.resourceSpans[0]?.scopeSpans[0]?.spans.length ?? 0;
      await goOn.promise;
      return Response.json({});
    },
  });
  afterAll(() => server.stop(true));
  return { url: server.url.href, goOn: goOn.resolve, received };
}

function openTestTracer(
  url: string,
  share: number,
): { tracer: Tracer; count(outcome: string): Promise<number> } {
  const runtime = createTestRuntime();
  const settings = { url, headers: {}, serviceName: null, resource: {}, share };
  return {
    tracer: openTracer(settings, { ...runtime, name: 'test' }),
    async count(outcome) {
      const text = await runtime.metrics.scrape();
      return Number(
        new RegExp(`^ecs_spans_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
      );
    },
  };
}

const newTraceId = () => Bun.randomUUIDv7().replaceAll('-', '');

describe('a collector that does not respond', () => {
  test('is sent one group at a time, holds 5,000 spans at most, and the rest is counted', async () => {
    const collector = startCollector();
    const { tracer: traced, count } = openTestTracer(collector.url, 1);
    const span = () => traced.start('work', { kind: SpanKind.internal, traceId: newTraceId() })?.end();
    span();
    await eventually('the first group is on its way', () => collector.received.posts === 1);
    for (let number = 0; number < 20_000; number += 1) span();
    expect(await count('dropped')).toBe(15_000);
    expect(collector.received.posts).toBe(1);
    collector.goOn();
    await eventually('what was held is exported', async () => (await count('exported')) === 5001);
    expect(collector.received.spans).toBe(5001);
  });
});

describe('a share of the traces', () => {
  test('is chosen by the id of the trace alone, the same in every process', () => {
    const [here, there] = [
      openTestTracer('http://127.0.0.1:9', 0.1),
      openTestTracer('http://127.0.0.1:9', 0.1),
    ];
    const traceIds = Array.from({ length: 20_000 }, newTraceId);
    const isSampled =
      ({ tracer: traced }: typeof here) =>
      (traceId: string) =>
        traced.start('work', { kind: SpanKind.internal, traceId }) !== null;
    const sampledIds = traceIds.filter(isSampled(here));
    // Six standard deviations.
    expect(sampledIds.length).toBeGreaterThan(1750);
    expect(sampledIds.length).toBeLessThan(2250);
    expect(traceIds.filter(isSampled(there))).toEqual(sampledIds);
  });
});
