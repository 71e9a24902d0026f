import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, OrNull, Timestamp } from './common.ts';
import { defineEndpoints, response } from './endpoint.ts';

/** `unknown`: no process that would know responds. */
export const FlowCondition = Type.Union([
  Type.Literal('ok'),
  Type.Literal('warning'),
  Type.Literal('fault'),
  Type.Literal('unknown'),
]);
export type FlowCondition = Static<typeof FlowCondition>;

export const FLOW_LANES = ['emotions', 'transactions', 'analyses', 'offers', 'webhooks'] as const;
export const FlowLane = Type.Union(FLOW_LANES.map((lane) => Type.Literal(lane)));
export type FlowLane = (typeof FLOW_LANES)[number];

export const FlowEdge = Closed({
  id: Type.String({ description: 'lane and step, such as emotions.worker' }),
  lane: FlowLane,
  from: Type.String(),
  to: Type.String(),
  unit: Type.String({ description: 'counted by the rates: requests, events, messages, calls or attempts' }),
  per_second: OrNull(Type.Number(), 'that passed, of any outcome'),
  refused_per_second: OrNull(Type.Number(), 'by a fault of their sender, or dropped by consent'),
  failed_per_second: OrNull(Type.Number(), 'by a fault of ours, or dead-lettered; by a receiver of webhooks'),
  waiting: OrNull(Type.Integer(), 'before the end of the edge'),
  waiting_unit: OrNull(Type.String(), 'messages (of one or more events), rows or deliveries'),
  oldest_seconds: OrNull(Type.Number(), 'the age of the oldest that waits'),
  p99_ms: OrNull(Type.Number(), 'bound of the 99th percentile of the durations; null without requests'),
  condition: FlowCondition,
});
export type FlowEdge = Static<typeof FlowEdge>;

export const FlowFinding = Closed({
  severity: Type.Union([Type.Literal('warning'), Type.Literal('fault')]),
  subject: Type.String({ description: 'an edge, an engine, or a service' }),
  text: Type.String(),
  failure_mode: OrNull(Type.String(), 'the heading in docs/failure-modes.md with cause and remedy'),
});
export type FlowFinding = Static<typeof FlowFinding>;

/** Whether a finding is of an edge; dead letters are of the step that they did not pass. */
export function isOfEdge({ subject }: FlowFinding, { id, lane, from }: Omit<FlowEdge, 'condition'>): boolean {
  if (subject === id) return true;
  const [, stream] = /^dead letters of (.+)$/.exec(subject) ?? [];
  if (stream === lane) return id === `${lane}.table`;
  return stream !== undefined && from === `stream ${stream}` && id === `${lane}.worker`;
}

export const FlowEngine = Closed({
  name: Type.String(),
  condition: FlowCondition,
  detail: OrNull(Type.String(), 'as the services see it; null while it is up'),
});
export type FlowEngine = Static<typeof FlowEngine>;

export const FlowProcess = Closed({
  process: Type.String({ description: 'its private address' }),
  services: Type.Array(Type.String()),
  condition: FlowCondition,
  uptime_seconds: OrNull(Type.Integer(), 'null where it does not respond'),
  cpu_percent: OrNull(Type.Number(), 'of one core'),
  memory_bytes: OrNull(Type.Number(), 'resident'),
});
export type FlowProcess = Static<typeof FlowProcess>;

export const Flow = Closed({
  at: Timestamp,
  window_seconds: Type.Number({ description: 'that the rates are over' }),
  condition: FlowCondition,
  findings: Type.Array(FlowFinding, { description: 'the worst first; none while all is well' }),
  edges: Type.Array(FlowEdge),
  engines: Type.Array(FlowEngine),
  processes: Type.Array(FlowProcess),
  breaker: OrNull(Type.String(), 'of the risk model: closed, half-open or open'),
  outbox: Closed({
    unsent: Type.Integer(),
    oldest_seconds: Type.Number(),
  }),
  dead_letters: Closed({
    total: Type.Integer(),
    by_stream: Type.Array(Closed({ stream: Type.String(), count: Type.Integer() })),
  }),
  reviews: Closed({ open: Type.Integer(), oldest_seconds: Type.Number() }),
});
export type Flow = Static<typeof Flow>;

/** The types of the flow: as it is now, or as it goes on. */
export const FLOW_TYPES = ['application/json', 'text/event-stream'] as const;

const EXAMPLE: Flow = {
  at: '2026-11-23T09:32:10.000Z',
  window_seconds: 10,
  condition: 'warning',
  findings: [
    {
      severity: 'warning',
      subject: 'emotions.worker',
      text: '3 dead letters of emotions wait for an operator',
      failure_mode: 'It cannot be read, or stored (poison)',
    },
  ],
  edges: [
    {
      id: 'emotions.worker',
      lane: 'emotions',
      from: 'stream emotions',
      to: 'emotion-processing',
      unit: 'events',
      per_second: 120.4,
      refused_per_second: 0,
      failed_per_second: 0.3,
      waiting: 2,
      waiting_unit: 'messages',
      oldest_seconds: null,
      p99_ms: null,
      condition: 'warning',
    },
  ],
  engines: [{ name: 'postgresql', condition: 'ok', detail: null }],
  processes: [
    {
      process: '10.0.0.7:9464',
      services: ['emotion-processing'],
      condition: 'ok',
      uptime_seconds: 3600,
      cpu_percent: 4.2,
      memory_bytes: 104_857_600,
    },
  ],
  breaker: 'closed',
  outbox: { unsent: 0, oldest_seconds: 0 },
  dead_letters: { total: 3, by_stream: [{ stream: 'emotions', count: 3 }] },
  reviews: { open: 0, oldest_seconds: 0 },
};

export const OPERATOR_FLOW_ENDPOINTS = defineEndpoints({
  getFlow: {
    method: 'GET',
    path: '/v1/operators/flow',
    summary:
      'The flow from the API to the tables: rates, lag and errors; live with Accept: text/event-stream',
    tag: 'operators',
    auth: 'operator',
    roles: ['viewer'],
    service: 'back-office',
    priority: 'normal',
    response: {
      ...response(200, Flow, 'The flow, or a stream of server-sent events, one in 2.5 seconds', EXAMPLE),
      eventStream:
        `event: flow\ndata: ${JSON.stringify(EXAMPLE)}\n\n` +
        `event: end\ndata: {"reason":"token_expired"}\n\n`,
    },
    problems: ['not_acceptable', 'too_many_streams'],
  },
});
