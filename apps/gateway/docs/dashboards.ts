import type { Dashboard, DataSourceRef, Panel as GrafanaPanel } from '@grafana/schema';

/** Dashboards of Grafana, made here so that a test compares them with the metrics that there are. */
interface Panel {
  title: string;
  /** Of Grafana: s, reqps, short, percentunit, bytes. */
  unit: string;
  /** Each query with its legend. */
  queries: Record<string, string>;
}

export const DASHBOARDS: Record<string, { title: string; panels: Panel[] }> = {
  flow: {
    title: 'ECS: the flow',
    panels: [
      {
        title: 'Requests of the gateway by status',
        unit: 'reqps',
        queries: {
          '{{status}}': 'sum by (status) (rate(ecs_http_request_duration_seconds_count{part="gateway"}[1m]))',
        },
      },
      {
        title: 'Duration of requests by endpoint (p99)',
        unit: 's',
        queries: { '{{endpoint}}': 'ecs:http_request_seconds:p99' },
      },
      { title: 'Share of 5xx', unit: 'percentunit', queries: { '5xx': 'ecs:http_errors:ratio5m' } },
      {
        title: 'Events published, by topic',
        unit: 'reqps',
        queries: { '{{topic}}': 'sum by (topic) (rate(ecs_events_published_total[$__rate_interval]))' },
      },
      {
        title: 'Events handled, by worker and outcome',
        unit: 'reqps',
        queries: {
          '{{durable}} {{outcome}}':
            'sum by (durable, outcome) (rate(ecs_events_consumed_total[$__rate_interval]))',
        },
      },
      {
        title: 'Messages that wait for a worker',
        unit: 'short',
        queries: { '{{durable}}': 'ecs:consumer_pending:messages' },
      },
      {
        title: 'From the 202 to the row (p99)',
        unit: 's',
        queries: { '{{durable}}': 'ecs:event_storage_seconds:p99' },
      },
      {
        title: 'From the 202 to the row (p50)',
        unit: 's',
        queries: {
          '{{durable}}':
            'histogram_quantile(0.5, sum by (durable, le) (rate(ecs_event_storage_seconds_bucket[1m])))',
        },
      },
      {
        title: 'Dead letters, by stream',
        unit: 'short',
        queries: { '{{stream}}': 'max by (stream) (ecs_dead_letters)' },
      },
      {
        title: 'Age of the oldest dead letter',
        unit: 's',
        queries: { oldest: 'ecs:dead_letters:oldest_seconds' },
      },
      {
        title: 'Outbox: age of the oldest message',
        unit: 's',
        queries: { '{{topic}}': 'max by (topic) (ecs_outbox_oldest_seconds)' },
      },
      {
        title: 'Outbox: messages that wait',
        unit: 'short',
        queries: { '{{topic}}': 'max by (topic) (ecs_outbox_unsent_rows)' },
      },
      {
        title: 'Attempts of webhooks, by outcome',
        unit: 'reqps',
        queries: { '{{outcome}}': 'sum by (outcome) (rate(ecs_webhook_attempts_total[$__rate_interval]))' },
      },
      {
        title: 'Webhooks: age of the oldest delivery',
        unit: 's',
        queries: { oldest: 'max(ecs_webhook_oldest_pending_seconds)' },
      },
    ],
  },
  credit: {
    title: 'ECS: credit',
    panels: [
      {
        title: 'From acceptance to active (p99)',
        unit: 's',
        queries: { p99: 'ecs:offer_activation_seconds:p99' },
      },
      {
        title: 'Calls of the risk model',
        unit: 'reqps',
        queries: { '{{outcome}}': 'sum by (outcome) (rate(ecs_model_calls_total[$__rate_interval]))' },
      },
      {
        title: 'Breaker of the model (1 open, 0.5 half-open)',
        unit: 'short',
        queries: { '{{instance}}': 'ecs_breaker_open' },
      },
      {
        title: 'Population stability index, of the newest 500 decisions',
        unit: 'short',
        queries: { '{{of}}': 'ecs:decisions_psi:max' },
      },
      {
        title: 'Share approved, of the newest 500 decisions',
        unit: 'percentunit',
        queries: { approved: 'max(ecs_decisions_approved_ratio)' },
      },
      {
        title: 'Share denied by principal reason',
        unit: 'percentunit',
        queries: { '{{reason}}': 'max by (reason) (ecs_decisions_denied_ratio)' },
      },
      {
        title: 'Effect of emotions on decisions',
        unit: 'percentunit',
        queries: { '{{effect}}': 'max by (effect) (ecs_decisions_emotion_effect_ratio)' },
      },
      {
        title: 'Reviews that wait',
        unit: 'short',
        queries: { open: 'max(ecs_reviews_open)' },
      },
      {
        title: 'Age of the oldest review',
        unit: 's',
        queries: { oldest: 'ecs:reviews:oldest_seconds' },
      },
      {
        title: 'Decisions and acts without a link',
        unit: 'short',
        queries: { decisions: 'max(ecs_decisions_unlinked)', acts: 'max(ecs_audit_acts_unlinked)' },
      },
      {
        title: 'Chains of hashes that are broken',
        unit: 'short',
        queries: { '{{chain}}': 'max by (chain) (ecs_audit_chain_broken)' },
      },
      {
        title: 'Age of the last whole verification of each chain',
        unit: 's',
        queries: {
          '{{chain}}': 'time() - max by (chain) (ecs_audit_chain_verified_timestamp_seconds)',
        },
      },
      {
        title: 'Customers by purpose and state of consent',
        unit: 'short',
        queries: { '{{purpose}} {{state}}': 'max by (purpose, state) (ecs_consents)' },
      },
      {
        title: 'Age of the oldest erasure under way',
        unit: 's',
        queries: { oldest: 'max(ecs_erasures_oldest_seconds)' },
      },
    ],
  },
  processes: {
    title: 'ECS: processes and engines',
    panels: [
      {
        title: 'Processes that respond',
        unit: 'short',
        queries: { '{{instance}}': 'up{job="ecs"}' },
      },
      {
        title: 'Checks (1 up, 0.5 degraded, 0 down)',
        unit: 'short',
        queries: { '{{part}} {{check}}': 'min by (part, check) (ecs_check_up)' },
      },
      {
        title: 'Cores in use',
        unit: 'short',
        queries: { '{{instance}}': 'rate(process_cpu_seconds_total{job="ecs"}[$__rate_interval])' },
      },
      {
        title: 'Resident memory',
        unit: 'bytes',
        queries: { '{{instance}}': 'process_resident_memory_bytes{job="ecs"}' },
      },
      {
        title: 'Commands to Redis',
        unit: 'reqps',
        queries: { '{{outcome}}': 'sum by (outcome) (rate(ecs_redis_commands_total[$__rate_interval]))' },
      },
      {
        title: 'Alerts',
        unit: 'short',
        queries: { '{{alertname}}': 'count by (alertname) (ALERTS{alertstate="firing"})' },
      },
    ],
  },
};

const COLUMNS = 2;
const WIDTH = 24 / COLUMNS;
const HEIGHT = 8;

/** Returns each dashboard as Grafana reads it from a file, by its name. */
export function createDashboards(): Record<string, Dashboard> {
  return Object.fromEntries(
    Object.entries(DASHBOARDS).map(([name, { title, panels }]) => [
      name,
      {
        uid: `ecs-${name}`,
        title,
        tags: ['ecs'],
        timezone: 'utc',
        refresh: '15s',
        time: { from: 'now-1h', to: 'now' },
        schemaVersion: 39,
        panels: panels.map(panelOf),
      },
    ]),
  );
}

function panelOf({ title, unit, queries }: Panel, index: number): GrafanaPanel {
  const datasource: DataSourceRef = { type: 'prometheus', uid: 'prometheus' };
  return {
    id: index + 1,
    type: 'timeseries',
    title,
    datasource,
    gridPos: {
      x: (index % COLUMNS) * WIDTH,
      y: Math.floor(index / COLUMNS) * HEIGHT,
      w: WIDTH,
      h: HEIGHT,
    },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: Object.entries(queries).map(([legendFormat, expr], query) => ({
      refId: String.fromCharCode(65 + query),
      datasource,
      expr,
      legendFormat,
    })),
  };
}
