import { type Attributes, type SpanContext, SpanKind, traceparentOf, tracer } from '../tracing/tracer.ts';

/** Of a message: where it goes, and the requests with a part in it. */
interface Publication {
  subject: string;
  lines: number;
  spans: readonly SpanContext[];
}

/** Attributes of the messaging conventions 1.43 of OpenTelemetry, which are experimental there. */
export function messagingAttributes(
  operation: 'send' | 'process',
  { subject, lines }: { subject: string; lines: number },
): Attributes {
  return {
    'messaging.system': 'nats',
    'messaging.operation.type': operation,
    'messaging.destination.name': subject,
    'messaging.batch.message_count': lines,
  };
}

/**
 * Publishes within a span of the first request's trace, linked to the others; the message carries it in a
 * header. A message without sampled requests has no header.
 */
export async function withPublishSpan<T>(
  publication: Publication,
  publish: (carrier: { headers?: Record<string, string> }) => Promise<T>,
): Promise<T> {
  const [first, ...links] = publication.spans;
  const span = first
    ? tracer()?.start(`send ${publication.subject}`, {
        kind: SpanKind.producer,
        traceId: first.traceId,
        parentSpanId: first.spanId || null,
        links,
      })
    : null;
  if (!span) return publish({});
  const attributes = messagingAttributes('send', publication);
  try {
    const result = await publish({ headers: { traceparent: traceparentOf(span) } });
    span.end({ attributes });
    return result;
  } catch (error) {
    span.end({ attributes, isFailed: true });
    throw error;
  }
}
