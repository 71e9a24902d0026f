import type { Message } from '../messaging/message.ts';
import { messagingAttributes } from '../messaging/publish-span.ts';
import { readTraceparent, type Span, SpanKind, tracer } from '../tracing/tracer.ts';

/** The spans of one portion, in the traces of those of its messages that carry a trace header. */
export interface ConsumeSpans {
  /** Runs the statement of the portion within a span of each trace. */
  within<T>(statement: () => Promise<T>): Promise<T>;
  end(isFailed: boolean): void;
}

const NO_SPANS: ConsumeSpans = { within: (statement) => statement(), end: () => {} };

export function startConsumeSpans(durable: string, messages: readonly Message[]): ConsumeSpans {
  const current = tracer();
  if (current === null) return NO_SPANS;
  const spans = messages.flatMap(({ headers, subject }): { span: Span; subject: string }[] => {
    const parent = headers && readTraceparent(headers.get('traceparent'));
    if (!parent) return [];
    const { traceId, spanId: parentSpanId } = parent;
    const span = current.start(`process ${subject}`, { kind: SpanKind.consumer, traceId, parentSpanId });
    return span ? [{ span, subject }] : [];
  });
  return {
    async within(statement) {
      const children = spans.flatMap(({ span: { traceId, spanId } }) => {
        const options = { kind: SpanKind.client, traceId, parentSpanId: spanId };
        return current.start(`${durable} statement`, options) ?? [];
      });
      let isFailed = true;
      try {
        const result = await statement();
        isFailed = false;
        return result;
      } finally {
        for (const child of children) child.end({ isFailed, attributes: { 'db.system.name': 'postgresql' } });
      }
    },
    end(isFailed) {
      for (const { span, subject } of spans) {
        span.end({ isFailed, attributes: messagingAttributes('process', { subject, lines: 1 }) });
      }
    },
  };
}
