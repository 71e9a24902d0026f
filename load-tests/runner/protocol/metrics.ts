/** k6's four kinds of metric. */
export type MetricType = 'counter' | 'gauge' | 'rate' | 'trend';
export type Contains = 'default' | 'time' | 'data';

export interface MetricDeclaration {
  name: string;
  type: MetricType;
  contains: Contains;
}

export type Tags = Record<string, string>;

export interface Sample {
  metric: string;
  value: number;
  tags: Tags;
}

/** The metrics that k6 itself keeps, by section of its summary. */
const SECTIONS = {
  checks: [['checks', 'rate', 'default']],
  http: [
    ['http_req_blocked', 'trend', 'time'],
    ['http_req_connecting', 'trend', 'time'],
    ['http_req_tls_handshaking', 'trend', 'time'],
    ['http_req_sending', 'trend', 'time'],
    ['http_req_waiting', 'trend', 'time'],
    ['http_req_receiving', 'trend', 'time'],
    ['http_req_duration', 'trend', 'time'],
    ['http_req_failed', 'rate', 'default'],
    ['http_reqs', 'counter', 'default'],
  ],
  execution: [
    ['dropped_iterations', 'counter', 'default'],
    ['group_duration', 'trend', 'time'],
    ['iteration_duration', 'trend', 'time'],
    ['iterations', 'counter', 'default'],
    ['vus', 'gauge', 'default'],
    ['vus_max', 'gauge', 'default'],
  ],
  network: [
    ['data_received', 'counter', 'data'],
    ['data_sent', 'counter', 'data'],
  ],
  websocket: [
    ['ws_connecting', 'trend', 'time'],
    ['ws_msgs_received', 'counter', 'default'],
    ['ws_msgs_sent', 'counter', 'default'],
    ['ws_ping', 'trend', 'time'],
    ['ws_session_duration', 'trend', 'time'],
    ['ws_sessions', 'counter', 'default'],
  ],
  events: [
    ['sse_connecting', 'trend', 'time'],
    ['sse_event', 'counter', 'default'],
  ],
} as const;

export const BUILTIN_METRICS: MetricDeclaration[] = Object.values(SECTIONS).flatMap((metrics) =>
  metrics.map(([name, type, contains]) => ({ name, type, contains })),
);

/** The section that shows a metric; metrics of the script are `custom`. */
export function sectionOf(name: string): keyof typeof SECTIONS | 'custom' {
  for (const [section, metrics] of Object.entries(SECTIONS)) {
    if (metrics.some(([metric]) => metric === name)) return section as keyof typeof SECTIONS;
  }
  return 'custom';
}
