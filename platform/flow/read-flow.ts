import {
  type Flow,
  type FlowCondition,
  type FlowFinding,
  type FlowProcess,
  isOfEdge,
} from '../../sdk/contracts/operator-flow.ts';
import { type Edge, edgesOf } from './edges.ts';
import { breakerOf, enginesOf } from './engines.ts';
import { createFigures, type Figures } from './figures.ts';
import { findFaults } from './findings.ts';
import { isSameProcess, type ProcessSample } from './sample-process.ts';

/**
 * The flow at one moment, of two samples of each process. `before` has the samples at the start of the
 * window; without one, a rate is zero.
 */
export function readFlow(
  before: ReadonlyMap<string, ProcessSample>,
  samples: ProcessSample[],
  at = new Date(),
): Flow {
  const figures = createFigures(before, samples);
  const edges = edgesOf(figures);
  const engines = enginesOf(samples, figures);
  const edgesBefore = edgesOf(createFigures(new Map(), [...before.values()]));
  const findings = findFaults({ samples, figures, edges, edgesBefore, engines });
  const silent = samples.flatMap(({ page, services }) => (page ? [] : services));
  const deadLetters = [...figures.gaugesBy('ecs_dead_letters', 'stream')];
  return {
    at: at.toISOString(),
    window_seconds: Math.round(figures.windowSeconds * 10) / 10,
    condition: worstOf(findings),
    findings,
    edges: edges.map((edge) => ({ ...edge, condition: conditionOf(edge, findings, silent) })),
    engines,
    processes: samples.map((sample) => processOf(sample, before.get(sample.process))),
    breaker: breakerOf(figures),
    outbox: {
      unsent: figures.gauge('ecs_outbox_unsent_rows') ?? 0,
      oldest_seconds: oldestOf(figures),
    },
    dead_letters: {
      total: deadLetters.reduce((total, [, count]) => total + count, 0),
      by_stream: deadLetters.map(([stream, count]) => ({ stream, count })),
    },
    reviews: {
      open: figures.gauge('ecs_reviews_open') ?? 0,
      oldest_seconds: Math.round(figures.gauge('ecs_reviews_oldest_seconds') ?? 0),
    },
  };
}

const worstOf = (findings: FlowFinding[]): FlowCondition =>
  findings.some(({ severity }) => severity === 'fault') ? 'fault' : findings.length > 0 ? 'warning' : 'ok';

/** An edge is as bad as its findings. */
function conditionOf(edge: Edge, findings: FlowFinding[], silent: string[]): FlowCondition {
  const ours = findings.filter((finding) => isOfEdge(finding, edge));
  if (ours.length > 0) return worstOf(ours);
  if (edge.per_second !== null || edge.waiting !== null) return 'ok';
  return silent.includes(edge.to) || silent.includes(edge.from) ? 'fault' : 'unknown';
}

const oldestOf = (figures: Figures) =>
  Math.round(Math.max(0, ...figures.gaugesBy('ecs_outbox_oldest_seconds', 'topic').values()));

function processOf(sample: ProcessSample, earlier: ProcessSample | undefined): FlowProcess {
  const { process, page, services, metrics } = sample;
  if (!page) {
    return {
      process,
      services,
      condition: 'fault',
      uptime_seconds: null,
      cpu_percent: null,
      memory_bytes: null,
    };
  }
  const isBad = page.parts.some(({ status }) => status === 'unavailable');
  const isDraining = page.parts.some(({ status }) => status === 'draining');
  return {
    process,
    services,
    condition: isBad ? 'fault' : isDraining ? 'warning' : 'ok',
    uptime_seconds: page.uptimeSeconds,
    cpu_percent: cpuPercentOf(sample, earlier),
    memory_bytes: metrics.get('process_resident_memory_bytes') ?? null,
  };
}

function cpuPercentOf(sample: ProcessSample, earlier: ProcessSample | undefined): number | null {
  const [from, to] = [earlier, sample].map((at) => at?.metrics.get('process_cpu_seconds_total'));
  if (!earlier || from === undefined || to === undefined || !isSameProcess(earlier, sample)) return null;
  const seconds = (sample.atMs - earlier.atMs) / 1000;
  return seconds > 0 ? Math.round(((to - from) / seconds) * 1000) / 10 : null;
}
