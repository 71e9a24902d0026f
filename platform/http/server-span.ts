import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import { type Span, SpanKind, tracer } from '../tracing/tracer.ts';
import { type Incoming, traceOf } from './request.ts';

/** Begins the span of a request where its endpoint is served; null for one that is not sampled. */
export function startServerSpan(endpoint: Endpoint, request: Incoming, requestId: string): Span | null {
  const current = tracer();
  if (current === null) return null;
  const { traceId, parentSpanId } = traceOf(request, requestId);
  const name = `${endpoint.method} ${endpoint.path}`;
  return current.start(name, { kind: SpanKind.server, traceId, parentSpanId });
}

export function endServerSpan(span: Span | null, service: string, endpoint: Endpoint, status: number): void {
  span?.end({
    isFailed: status >= 500,
    attributes: {
      'ecs.service': service,
      'http.request.method': endpoint.method,
      'http.route': endpoint.path,
      'http.response.status_code': status,
    },
  });
}
