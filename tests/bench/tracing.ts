import { type BenchRow, type BenchStage, measure } from './bench.ts';
import { INGESTION } from './ingestion.ts';

/** Traces of one request in a hundred cost next to nothing: a system with them and one without, in turn. */
interface TracingStages {
  traced: BenchStage;
  untraced: BenchStage;
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

export async function measureTracing({ traced, untraced }: TracingStages, rounds: number): Promise<BenchRow> {
  const single = INGESTION.find(({ name }) => name === 'emotion-single-all');
  if (!single) throw new Error('there is no row emotion-single-all');
  return measure(
    {
      ...single,
      name: 'traced-1-percent',
      against: 'the same without traces',
      limit: async ({ seconds }) => (await single.ours({ ...untraced, seconds })).value,
    },
    traced,
    rounds,
  );
}
