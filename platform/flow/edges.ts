import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import type { FlowEdge, FlowLane } from '../../sdk/contracts/operator-flow.ts';
import type { Topic } from '../messaging/topic.ts';
import { TOPICS } from '../messaging/topics.ts';
import { partitionNumber } from '../messaging/topology.ts';
import type { Figures } from './figures.ts';

/** An edge before anything is found about it. */
export type Edge = Omit<FlowEdge, 'condition'>;

const DURATION = 'ecs_http_request_duration_seconds';

/**
 * The lanes of the flow, each edge with the figures that its two ends report: the gateway's durations,
 * PubAcks, consumers' progress and outcomes, calls of the model, the outbox, and attempts of webhooks.
 */
export function edgesOf(figures: Figures): Edge[] {
  return [
    ...eventLane(figures, {
      lane: 'emotions',
      paths: [ENDPOINTS.sendEmotion.path, ENDPOINTS.sendEmotionBatch.path],
      topic: TOPICS.emotions,
      ingestion: 'emotion-ingestion',
      durable: 'emotion-processing',
      table: 'emotional_events',
    }),
    ...eventLane(figures, {
      lane: 'transactions',
      paths: [ENDPOINTS.sendTransaction.path, ENDPOINTS.sendTransactionBatch.path],
      topic: TOPICS.transactions,
      ingestion: 'transaction-ingestion',
      durable: 'transaction-processing',
      table: 'transactions',
    }),
    ...analysisLane(figures),
    ...offerLane(figures),
    ...webhookLane(figures),
  ];
}

function eventLane(
  figures: Figures,
  names: {
    lane: 'emotions' | 'transactions';
    paths: string[];
    topic: Topic;
    ingestion: string;
    durable: string;
    table: string;
  },
): Edge[] {
  const { lane, topic, ingestion, durable, table } = names;
  const { stream } = topic;
  const consumed = (outcome?: string) =>
    figures.rate('ecs_events_consumed_total', (labels) => {
      return labels.durable === durable && (outcome === undefined || labels.outcome === outcome);
    });
  const published = figures.rate('ecs_events_published_total', (labels) => labels.topic === lane);
  const edge = edgeOf(lane);
  return [
    edge('door', 'gateway', ingestion, { unit: 'requests', ...doorFigures(figures, names.paths) }),
    edge('stream', ingestion, `stream ${stream}`, {
      unit: 'events',
      per_second: rounded(published ?? zeroWhere(figures, ingestion)),
    }),
    edge('worker', `stream ${stream}`, durable, {
      unit: 'events',
      per_second: rounded(consumed() ?? zeroWhere(figures, durable)),
      ...waitingMessages(figures, durable, (name) => partitionNumber(name, topic) !== null),
    }),
    edge('table', durable, table, {
      unit: 'events',
      per_second: rounded(consumed('stored') ?? zeroWhere(figures, durable)),
      refused_per_second: rounded(consumed('dropped') ?? zeroWhere(figures, durable)),
      failed_per_second: rounded(consumed('parked') ?? zeroWhere(figures, durable)),
    }),
  ];
}

function analysisLane(figures: Figures): Edge[] {
  const edge = edgeOf('analyses');
  const calls = (outcome?: string) =>
    figures.rate('ecs_model_calls_total', (labels) => outcome === undefined || labels.outcome === outcome);
  const none = zeroWhere(figures, 'credit');
  return [
    edge('door', 'gateway', 'credit', {
      unit: 'requests',
      ...doorFigures(figures, [ENDPOINTS.analyzeCredit.path]),
    }),
    edge('model', 'credit', 'risk model', {
      unit: 'calls',
      per_second: rounded(calls() ?? none),
      failed_per_second: rounded(calls('failed') ?? none),
    }),
    edge('stream', 'credit', `stream ${TOPICS.creditDecisions.stream}`, {
      unit: 'messages',
      per_second: rounded(relayed(figures, 'creditDecisions', 'credit')),
    }),
    edge('worker', `stream ${TOPICS.creditDecisions.stream}`, 'credit-application', {
      unit: 'messages',
      ...waitingMessages(figures, 'credit-application', (name) => name === TOPICS.creditDecisions.stream),
    }),
  ];
}

function offerLane(figures: Figures): Edge[] {
  const edge = edgeOf('offers');
  const { stream } = TOPICS.creditOffersApproved;
  return [
    edge('door', 'gateway', 'credit', {
      unit: 'requests',
      ...doorFigures(figures, [ENDPOINTS.acceptOffer.path]),
    }),
    edge('outbox', 'credit', `stream ${stream}`, {
      unit: 'messages',
      per_second: rounded(relayed(figures, 'creditOffersApproved', 'credit')),
      ...waitingRows(figures, (topics) => topics.includes('creditOffersApproved')),
    }),
    edge('worker', `stream ${stream}`, 'credit-application', {
      unit: 'messages',
      ...waitingMessages(figures, 'credit-application', (name) => name === stream),
    }),
    edge('notification', 'credit-application', `stream ${TOPICS.userNotifications.stream}`, {
      unit: 'messages',
      per_second: rounded(relayed(figures, 'userNotifications', 'credit-application')),
      ...waitingRows(figures, (topics) => topics.includes('userNotifications')),
    }),
  ];
}

/** The edge of the deliveries that partners wait for. */
export const DELIVERY_EDGE = 'webhooks.delivery';

/** From the streams that the outbox fills to the receivers of partners. */
function webhookLane(figures: Figures): Edge[] {
  const edge = edgeOf('webhooks');
  const none = zeroWhere(figures, 'webhooks');
  const consumed = (outcome?: string) =>
    figures.rate('ecs_events_consumed_total', (labels) => {
      return labels.durable === 'webhooks' && (outcome === undefined || labels.outcome === outcome);
    });
  const attempts = (isOurs: (outcome: string) => boolean) =>
    rounded(figures.rate('ecs_webhook_attempts_total', ({ outcome = '' }) => isOurs(outcome)) ?? none);
  const pending = figures.gauge('ecs_webhook_pending_deliveries');
  return [
    edge('worker', 'outbox streams', 'webhooks', {
      unit: 'messages',
      per_second: rounded(consumed() ?? none),
      failed_per_second: rounded(consumed('parked') ?? none),
      ...waitingMessages(figures, 'webhooks', () => true),
    }),
    edge('delivery', 'webhooks', 'partner endpoints', {
      unit: 'attempts',
      per_second: attempts(() => true),
      failed_per_second: attempts((outcome) => outcome !== 'delivered'),
      waiting: pending,
      waiting_unit: pending === null ? null : 'deliveries',
      oldest_seconds: rounded(figures.gauge('ecs_webhook_oldest_pending_seconds')),
    }),
  ];
}

const edgeOf =
  (lane: FlowLane) =>
  (step: string, from: string, to: string, edge: Partial<Edge> & Pick<Edge, 'unit'>): Edge => ({
    id: `${lane}.${step}`,
    lane,
    from,
    to,
    per_second: null,
    refused_per_second: null,
    failed_per_second: null,
    waiting: null,
    waiting_unit: null,
    oldest_seconds: null,
    p99_ms: null,
    ...edge,
  });

/** Requests at the gateway: a fault is ours from 500 on. */
function doorFigures(figures: Figures, paths: string[]) {
  const isDoor = ({ endpoint = '' }: Record<string, string>) => paths.includes(endpoint);
  const withStatus = (isOfKind: (status: number) => boolean) =>
    figures.rate(`${DURATION}_count`, (labels) => isDoor(labels) && isOfKind(Number(labels.status)));
  const p99 = figures.p99Seconds(DURATION, isDoor);
  const none = zeroWhere(figures, 'gateway');
  return {
    per_second: rounded(withStatus(() => true) ?? none),
    refused_per_second: rounded(withStatus((status) => status >= 400 && status < 500) ?? none),
    failed_per_second: rounded(withStatus((status) => status >= 500) ?? none),
    p99_ms: p99 === null ? null : p99 * 1000,
  };
}

function waitingMessages(figures: Figures, durable: string, isStream: (stream: string) => boolean) {
  const ofStream = (labels: Record<string, string>) =>
    labels.durable === durable && isStream(labels.stream ?? '');
  const pending = figures.gauge('ecs_consumer_pending_messages', ofStream);
  const unacknowledged = figures.gauge('ecs_consumer_unacknowledged_messages', ofStream);
  if (pending === null) return { waiting: null, waiting_unit: null };
  return { waiting: pending + (unacknowledged ?? 0), waiting_unit: 'messages' };
}

function waitingRows(figures: Figures, isOurs: (topics: string[]) => boolean) {
  const ofRelay = ({ topic = '' }: Record<string, string>) => isOurs(topic.split(','));
  const rows = figures.gauge('ecs_outbox_unsent_rows', ofRelay);
  return {
    waiting: rows,
    waiting_unit: rows === null ? null : 'rows',
    oldest_seconds: rounded(figures.gauge('ecs_outbox_oldest_seconds', ofRelay)),
  };
}

const relayed = (figures: Figures, topic: string, service: string): number | null =>
  figures.rate('ecs_outbox_relayed_total', (labels) => labels.topic === topic) ?? zeroWhere(figures, service);

/** A service that runs and has counted nothing yet has no series. */
const zeroWhere = (figures: Figures, service: string) => (figures.runs(service) ? 0 : null);

const rounded = (value: number | null) => (value === null ? null : Math.round(value * 10) / 10);
