import type { FlowEngine, FlowFinding } from '../../sdk/contracts/operator-flow.ts';
import { DELIVERY_EDGE, type Edge } from './edges.ts';
import { engineOf } from './engines.ts';
import { FAILURE_MODES } from './failure-modes.ts';
import type { Figures } from './figures.ts';
import type { ProcessSample } from './sample-process.ts';

/** Everything of one moment, and the edges at the start of its window. */
interface Moment {
  samples: ProcessSample[];
  figures: Figures;
  edges: Edge[];
  edgesBefore: Edge[];
  engines: FlowEngine[];
}

/** Within less, a queue that stands still may just have been filled. */
const WINDOW_SECONDS_MIN = 4;
const WAITING_MAX = 1000;
const OUTBOX_SECONDS_MAX = 10;
const FAILED_SHARE_MAX = 0.01;
const DELIVERY_SECONDS_MAX = 60;
const ERASURE_SECONDS_MAX = 60;
const UNLINKED_MAX = 1000;

/** Returns all that is not well, the likely causes first. Nothing is found while all is well. */
export function findFaults(moment: Moment): FlowFinding[] {
  return [
    ...processFindings(moment),
    ...engineFindings(moment),
    ...dependencyFindings(moment),
    ...queueFindings(moment),
    ...outcomeFindings(moment),
    ...deliveryFindings(moment),
    ...deadLetterFindings(moment),
    ...recordFindings(moment),
  ].toSorted((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'));
}

const finding = (
  severity: FlowFinding['severity'],
  subject: string,
  text: string,
  mode: keyof typeof FAILURE_MODES | null,
): FlowFinding => ({ severity, subject, text, failure_mode: mode && FAILURE_MODES[mode] });

function processFindings({ samples }: Moment): FlowFinding[] {
  return samples.flatMap(({ process, page, services }) => {
    if (!page) {
      const name = services.length > 0 ? `${services.join(', ')} at ${process}` : `the process at ${process}`;
      return [finding('fault', process, `${name} does not respond`, 'processDied')];
    }
    const draining = page.parts.filter(({ status }) => status === 'draining').map(({ name }) => name);
    if (draining.length === 0) return [];
    return [finding('warning', draining[0] ?? process, `${draining.join(', ')} is stopping`, null)];
  });
}

const MODE_OF_ENGINE: Record<string, keyof typeof FAILURE_MODES> = {
  postgresql: 'database',
  nats: 'broker',
  redis: 'redis',
  'risk model': 'model',
};

function engineFindings({ engines }: Moment): FlowFinding[] {
  return engines.flatMap(({ name, condition, detail }) =>
    condition === 'fault' || condition === 'warning'
      ? [finding(condition, name, `${name}: ${detail ?? ''}`, modeOfEngine(name, detail ?? ''))]
      : [],
  );
}

const modeOfEngine = (name: string, detail: string): keyof typeof FAILURE_MODES | null =>
  name === 'redis' && !detail.includes('without it') ? 'redisRefuses' : (MODE_OF_ENGINE[name] ?? null);

/** On the broker: they are down with it. */
const ON_BROKER = /consumer|dead letters|consents/;

/** Dependencies that are no engines: services behind the gateway, consumers, dead letters. */
function dependencyFindings({ samples }: Moment): FlowFinding[] {
  const services = samples.flatMap(({ page }) => page?.parts ?? []);
  return services.flatMap(({ name: service, dependencies = {} }) => {
    const faults = Object.entries(dependencies).filter(([, state]) => state !== 'up');
    const hasBroker = !faults.some(([name]) => engineOf(name) === 'nats');
    return faults
      .filter(([name]) => engineOf(name) === undefined && (hasBroker || !ON_BROKER.test(name)))
      .map(([name, state]) => {
        const severity = state.startsWith('degraded') ? 'warning' : 'fault';
        return finding(severity, service, `${service}: ${name}: ${state}`, modeOfDependency(name, state));
      });
  });
}

function modeOfDependency(name: string, state: string): keyof typeof FAILURE_MODES | null {
  if (!name.endsWith('dead letters')) return null;
  return state.includes('no room') ? 'deadLettersFull' : 'deadLettersUnpublished';
}

/** Queues that stand still, or that grow beyond a limit. */
function queueFindings({ edges, edgesBefore, figures }: Moment): FlowFinding[] {
  return edges.flatMap((edge) => {
    const { id, waiting: length, waiting_unit: unit, oldest_seconds: oldest, per_second: rate, to } = edge;
    if (!length || id === DELIVERY_EDGE) return [];
    const before = edgesBefore.find((earlier) => earlier.id === id)?.waiting ?? 0;
    if (oldest !== null) {
      if (oldest < OUTBOX_SECONDS_MAX) return [];
      const age = `${Math.round(oldest)} s`;
      const text = `${length} rows of the outbox wait for the broker, the oldest for ${age}`;
      return [finding('fault', id, text, 'broker')];
    }
    const isStill = rate === 0 && before > 0 && figures.windowSeconds >= WINDOW_SECONDS_MIN;
    if (isStill) {
      return [finding('fault', id, `${length} ${unit} wait, and ${to} stores none`, 'database')];
    }
    if (length < WAITING_MAX) return [];
    const trend = length > before ? 'and more come than it takes' : 'and they become fewer';
    return [finding('warning', id, `${length} ${unit} wait for ${to}, ${trend}`, 'overload')];
  });
}

/** Failures on the way to a table are dead letters; webhooks have a finding of their own. */
const hasOwnFinding = (id: string) => id.endsWith('.table') || id.startsWith('webhooks.');

/** Shares of requests and calls that failed, and messages that came more than once. */
function outcomeFindings({ edges, engines, figures }: Moment): FlowFinding[] {
  const cause = engines.find(({ condition }) => condition === 'fault');
  const causeMode = (cause && MODE_OF_ENGINE[cause.name]) ?? 'overload';
  const failures = edges.flatMap(({ id, unit, failed_per_second: failed, per_second: rate, from, to }) => {
    if (!failed || hasOwnFinding(id)) return [];
    const { share, shown } = shareOf(failed, rate);
    return [
      finding(
        share >= FAILED_SHARE_MAX ? 'fault' : 'warning',
        id,
        `${shown} of the ${unit} from ${from} to ${to} fail (${failed} a second)`,
        to === 'risk model' ? 'model' : causeMode,
      ),
    ];
  });
  const redelivered = figures.rate('ecs_messages_redelivered_total') ?? 0;
  if (redelivered === 0) return failures;
  const text = `${redelivered.toFixed(1)} messages a second come more than once`;
  return [...failures, finding('warning', 'nats', text, 'poisonKills')];
}

function shareOf(failed: number, rate: number | null): { share: number; shown: string } {
  const share = failed / Math.max(rate ?? failed, failed);
  const percent = share * 100;
  return { share, shown: `${percent < 10 ? percent.toFixed(1) : percent.toFixed(0)} %` };
}

/** Returns at most one finding for all receivers of webhooks, a warning: they are not ours. */
function deliveryFindings({ edges, figures }: Moment): FlowFinding[] {
  const edge = edges.find(({ id }) => id === DELIVERY_EDGE);
  if (!edge) return [];
  const { failed_per_second: failed, per_second: rate, waiting: count, oldest_seconds: oldest } = edge;
  const failing = figures.gauge('ecs_webhook_endpoints', ({ state }) => state === 'failing') ?? 0;
  const { share, shown } = shareOf(failed ?? 0, rate);
  const parts = [
    ...(failing > 0
      ? [`${failing} ${failing === 1 ? 'endpoint of webhooks is' : 'endpoints of webhooks are'} failing`]
      : []),
    ...(failed && share >= FAILED_SHARE_MAX
      ? [`${shown} of the attempts to deliver webhooks fail (${failed} a second)`]
      : []),
    ...(count && oldest !== null && oldest >= DELIVERY_SECONDS_MAX
      ? [`deliveries of webhooks wait: ${count}, the oldest for ${Math.round(oldest)} s`]
      : []),
  ];
  return parts.length === 0 ? [] : [finding('warning', DELIVERY_EDGE, parts.join('; '), 'receiver')];
}

function deadLetterFindings({ figures }: Moment): FlowFinding[] {
  return [...figures.gaugesBy('ecs_dead_letters', 'stream')]
    .filter(([, count]) => count > 0)
    .map(([stream, count]) => {
      const text = `${count} dead ${count === 1 ? 'letter' : 'letters'} of ${stream} wait for an operator`;
      return finding('warning', `dead letters of ${stream}`, text, 'poison');
    });
}

/** The chains of hashes, and erasures. */
function recordFindings({ figures }: Moment): FlowFinding[] {
  const unlinked =
    (figures.gauge('ecs_decisions_unlinked') ?? 0) + (figures.gauge('ecs_audit_acts_unlinked') ?? 0);
  const erasureSeconds = figures.gauge('ecs_erasures_oldest_seconds') ?? 0;
  return [
    ...(unlinked > UNLINKED_MAX
      ? [finding('warning', 'credit', `${unlinked} decisions and acts wait for their link`, 'chain')]
      : []),
    ...(erasureSeconds > ERASURE_SECONDS_MAX
      ? [
          finding(
            'warning',
            'privacy',
            `an erasure has been under way for ${Math.round(erasureSeconds)} s`,
            'erasure',
          ),
        ]
      : []),
  ];
}
