import { createHash } from 'node:crypto';
import { isUuid, LIMITS } from '../../sdk/contracts/common.ts';
import { readTraceparent, type Span, traceparentOf } from '../tracing/tracer.ts';

/** Of W3C: the id that everything a request causes has in common, and the header that forwards it. */
export interface Trace {
  traceId: string;
  /** The span of the caller; null where it is not known. */
  parentSpanId: string | null;
  /** Made on demand: only a request to another process needs it. */
  traceparent(): string;
}

const NO_TRACE = '0'.repeat(32);

export function sentTrace(header: string | null, requestId: string): Trace {
  const caller = readTraceparent(header);
  if (header && caller) {
    return { traceId: caller.traceId, parentSpanId: caller.spanId, traceparent: () => header };
  }
  const traceId = traceIdOfRequest(requestId);
  const traceparent = () => traceparentOf({ traceId, spanId: randomHex(8) });
  return { traceId, parentSpanId: null, traceparent };
}

/** The trace as the next process gets it: with the span of this one, where there is one. */
export function traceWithin(trace: Trace, span: Span | null): Trace {
  if (span === null) return trace;
  return { ...trace, parentSpanId: span.spanId, traceparent: () => traceparentOf(span) };
}

/**
 * The trace of a request that brings none: its request id when that is a UUID, else a hash of it. The
 * request id therefore leads to everything stored under the trace, and nothing has to keep the two together.
 */
export function traceIdOfRequest(requestId: string): string {
  const ownTraceId = isUuid(requestId) ? requestId.replaceAll('-', '').toLowerCase() : NO_TRACE;
  return ownTraceId === NO_TRACE
    ? createHash('sha256').update(requestId).digest('hex').slice(0, 32)
    : ownTraceId;
}

function randomHex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex');
}

const SANE_ID = new RegExp(`^[\\w.:/+=@-]{1,${LIMITS.requestIdLengthMax}}$`);

/** The client's own request id when it is a sane one, else a new one. */
export function sentRequestId(header: string | null): string {
  return header !== null && SANE_ID.test(header) ? header : Bun.randomUUIDv7();
}
