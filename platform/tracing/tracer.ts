/**
 * Spans of OpenTelemetry, for a few of all traces. The tracer is one per process, as in OpenTelemetry's own
 * API; without one, the cost is reading a variable.
 */
export interface Tracer {
  /** Returns null for a trace that is not sampled; that is decided by its id, the same in every process. */
  start(name: string, options: SpanOptions): Span | null;
}

export interface SpanOptions {
  kind: SpanKind;
  traceId: string;
  /** Null where the parent is not known: the trace has several roots then. */
  parentSpanId?: string | null;
  /** Spans of other traces with a part in this one: those of a message that many requests share. */
  links?: readonly SpanContext[];
}

/** As OTLP numbers them. */
export const SpanKind = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
export type SpanKind = (typeof SpanKind)[keyof typeof SpanKind];

export interface SpanContext {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
}

export interface Span extends SpanContext {
  end(outcome?: { attributes?: Attributes; isFailed?: boolean }): void;
}

export type Attributes = Record<string, string | number | boolean>;

let current: Tracer | null = null;

/** The tracer of this process; null when tracing is off. */
export const tracer = (): Tracer | null => current;

export function setTracer(next: Tracer | null): void {
  current = next;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

export const traceparentOf = ({ traceId, spanId }: SpanContext): string => `00-${traceId}-${spanId}-01`;

/** Returns the span that a W3C `traceparent` names; null for one that names none. */
export function readTraceparent(header: string | null | undefined): SpanContext | null {
  const [, traceId, spanId] = TRACEPARENT.exec(header ?? '') ?? [];
  if (!traceId || !spanId || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId };
}
