import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed } from './common.ts';
import { defineEndpoints, response } from './endpoint.ts';

export const ServiceState = Closed({
  service: Type.String(),
  process: Type.String({ description: 'its private address' }),
  pid: Type.Integer(),
  uptime_seconds: Type.Integer(),
  status: Type.String({ description: 'ok, unavailable or draining' }),
  dependencies: Type.Record(Type.String(), Type.String()),
  details: Type.Unknown({ description: 'breaker, outbox, consumer, policies in use: by the service' }),
});
export type ServiceState = Static<typeof ServiceState>;

export const SystemStatus = Closed({
  services: Type.Array(ServiceState),
  unreachable: Type.Array(Type.String(), { description: 'private addresses that did not respond' }),
});
export type SystemStatus = Static<typeof SystemStatus>;

export const OPERATOR_STATUS_ENDPOINTS = defineEndpoints({
  getSystemStatus: {
    method: 'GET',
    path: '/v1/operators/status',
    summary: 'Every service: its dependencies, and breaker, outbox, lag and policies where it has them',
    tag: 'operators',
    auth: 'operator',
    roles: ['viewer'],
    service: 'back-office',
    priority: 'normal',
    response: response(200, SystemStatus, 'The services', {
      services: [
        {
          service: 'credit',
          process: '10.0.0.7:9464',
          pid: 7,
          uptime_seconds: 3600,
          status: 'ok',
          dependencies: { postgresql: 'up', nats: 'up' },
          details: { breaker: { state: 'closed' } },
        },
      ],
      unreachable: [],
    }),
    problems: [],
  },
});
