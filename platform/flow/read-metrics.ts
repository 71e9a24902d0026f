/** Reads the Prometheus text of a process into values by series. */
export type SeriesValues = Map<string, number>;

/** The metrics that the flow is made of: processes are asked for these alone. */
export const FLOW_METRICS = [
  'ecs_audit_acts_unlinked',
  'ecs_breaker_open',
  'ecs_redis_commands_total',
  'ecs_consumer_pending_messages',
  'ecs_consumer_unacknowledged_messages',
  'ecs_dead_letters',
  'ecs_decisions_unlinked',
  'ecs_erasures_oldest_seconds',
  'ecs_events_consumed_total',
  'ecs_events_published_total',
  'ecs_http_request_duration_seconds',
  'ecs_messages_redelivered_total',
  'ecs_model_calls_total',
  'ecs_outbox_oldest_seconds',
  'ecs_outbox_relayed_total',
  'ecs_outbox_unsent_rows',
  'ecs_reviews_oldest_seconds',
  'ecs_reviews_open',
  'ecs_webhook_attempts_total',
  'ecs_webhook_endpoints',
  'ecs_webhook_oldest_pending_seconds',
  'ecs_webhook_pending_deliveries',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
] as const;

export type FlowMetric = (typeof FLOW_METRICS)[number];

/** Durations of services behind the gateway are left out: the edges of the flow end at the gateway. */
const NEEDED = new RegExp(
  `^(${FLOW_METRICS.filter((name) => name !== 'ecs_http_request_duration_seconds').join('|')})[{ ]|` +
    '^ecs_http_request_duration_seconds_(bucket|count)\\{part="gateway"',
);

/** Returns the series that the flow is made of; other lines are left out. */
export function readMetrics(text: string): SeriesValues {
  const values: SeriesValues = new Map();
  for (const line of text.split('\n')) {
    if (!NEEDED.test(line)) continue;
    const space = line.lastIndexOf(' ');
    const value = Number(line.slice(space + 1));
    if (Number.isFinite(value)) values.set(line.slice(0, space), value);
  }
  return values;
}

export interface Series {
  name: string;
  labels: Record<string, string>;
}

const series = new Map<string, Series>();
const SERIES_MAX = 20_000;

/** Returns name and labels of a series; remembered, since the same come at every sample. */
export function seriesOf(key: string): Series {
  const remembered = series.get(key);
  if (remembered) return remembered;
  if (series.size >= SERIES_MAX) series.clear();
  const brace = key.indexOf('{');
  const name = brace === -1 ? key : key.slice(0, brace);
  const pairs = brace === -1 ? [] : [...key.slice(brace).matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  const parsed = {
    name,
    labels: Object.fromEntries(pairs.map(([, label = '', value = '']) => [label, value])),
  };
  series.set(key, parsed);
  return parsed;
}
