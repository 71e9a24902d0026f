import { type BenchRow, type BenchStage, type Measured, median } from './bench.ts';
import { ingestionRows } from './ingestion.ts';
import { usageOf } from './usage.ts';

/** Traces of one request in a hundred cost next to nothing: a system with them and one without, in turn. */
interface TracingStages {
  traced: BenchStage;
  untraced: BenchStage;
}

/** A round: the load of one system, and the CPU time of its services and engines for a thousand events. */
interface Round extends Measured {
  cpuMsPer1000: number;
}

/** A collector that takes every span. */
export function startCollector(): { variables: Record<string, string>; stop(): Promise<void> } {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      await request.arrayBuffer();
      return Response.json({});
    },
  });
  return {
    variables: {
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url.origin,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.01',
    },
    stop: () => server.stop(true),
  };
}

/**
 * Pairs of rounds, in the order of A B, B A, A B: a busy neighbor takes as much of one system as of the
 * other. Ratios are of the pairs, their spread is of the middle half. Those of the CPU are the steadier.
 */
export async function measureTracing(stages: TracingStages, pairs: number): Promise<BenchRow> {
  await roundOf(stages.untraced);
  await roundOf(stages.traced);
  const traced: Round[] = [];
  const untraced: Round[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    if (pair % 2 === 0) untraced.push(await roundOf(stages.untraced));
    traced.push(await roundOf(stages.traced));
    if (pair % 2 === 1) untraced.push(await roundOf(stages.untraced));
  }
  const throughput = ratiosOf(traced, untraced, ({ value }) => value);
  const cpu = ratiosOf(traced, untraced, ({ cpuMsPer1000 }) => cpuMsPer1000);
  console.error(`  stored a second, with traces to without: ${throughput.text}`);
  console.error(`  CPU of 1,000 events, with traces to without: ${cpu.text}`);
  return {
    name: 'traced-1-percent',
    value: Math.round(median(traced.map(({ value }) => value))),
    unit: 'stored/s',
    limit: Math.round(median(untraced.map(({ value }) => value))),
    ratio: throughput.median,
    spread: throughput.spread,
    p50Ms: Math.round(median(traced.map(({ p50Ms }) => p50Ms))),
    p99Ms: Math.round(median(traced.map(({ p99Ms }) => p99Ms))),
    rssMb: usageOf(stages.traced.system).peakRssMb,
    cpuMsPer1000: Math.round(median(traced.map(({ cpuMsPer1000 }) => cpuMsPer1000)) * 10) / 10,
    rounds: pairs,
    against: 'the same without traces',
  };
}

async function roundOf(stage: BenchStage): Promise<Round> {
  const single = ingestionRows().find(({ name }) => name === 'emotion-single-all');
  if (!single) throw new Error('there is no row emotion-single-all');
  const before = usageOf(stage.system).cpuSeconds;
  const measured = await single.ours(stage);
  const cpuSeconds = usageOf(stage.system).cpuSeconds - before;
  return { ...measured, cpuMsPer1000: (cpuSeconds * 1e6) / measured.count };
}

function ratiosOf(ours: Round[], theirs: Round[], figureOf: (round: Round) => number) {
  const ratios = ours
    .flatMap((round, at) => {
      const partner = theirs[at];
      return partner ? [figureOf(round) / figureOf(partner)] : [];
    })
    .toSorted((a, b) => a - b);
  const at = (share: number) => Number((ratios[Math.floor(share * (ratios.length - 1))] ?? 0).toFixed(3));
  const [low, middle, high] = [at(0.25), at(0.5), at(0.75)];
  return {
    median: middle,
    spread: Number((high - low).toFixed(3)),
    text: `${middle} (the middle half: ${low} to ${high})`,
  };
}
