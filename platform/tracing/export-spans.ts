import type { Lifecycle } from '../kernel/lifecycle.ts';
import type { Logger } from '../kernel/log.ts';
import { startLoop } from '../kernel/loop.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { Attributes, SpanContext, SpanKind } from './tracer.ts';
import type { TracingSettings } from './tracing-variables.ts';

export interface FinishedSpan extends SpanContext {
  name: string;
  kind: SpanKind;
  parentSpanId: string | null;
  links: readonly SpanContext[];
  startMs: number;
  endMs: number;
  attributes: Attributes;
  isFailed: boolean;
}

const EVERY_MS = 1000;
const SPANS_WAITING_MAX = 5000;
const SPANS_PER_POST = 500;
const POST_MS = 5000;

/**
 * Posts finished spans to a collector (OTLP over HTTP, as JSON), once a second. While it is down or slow,
 * spans beyond a bound are dropped and counted: nothing else of the process waits for it.
 */
export function startExport(
  settings: TracingSettings,
  process: { name: string; log: Logger; metrics: Metrics; lifecycle: Lifecycle },
): { add(span: FinishedSpan): void } {
  const { name, log, metrics, lifecycle } = process;
  let waiting: FinishedSpan[] = [];
  const exported = metrics.counter({
    name: 'ecs_spans_total',
    help: 'Spans for the collector of traces, by outcome: exported, or dropped while it was down or slow',
    labelNames: ['outcome'],
  });
  const resource = attributesOf({
    'service.name': settings.serviceName ?? `ecs ${name}`,
    ...settings.resource,
  });

  const post = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, SPANS_PER_POST);
      const body = JSON.stringify({
        resourceSpans: [
          {
            resource: { attributes: resource },
            scopeSpans: [{ scope: { name: 'ecs' }, spans: batch.map(toOtlp) }],
          },
        ],
      });
      try {
        const response = await fetch(settings.url, {
          method: 'POST',
          headers: { ...settings.headers, 'content-type': 'application/json' },
          body,
          signal: AbortSignal.timeout(POST_MS),
          // The headers may hold a secret, which is for this address alone.
          redirect: 'manual',
        });
        await response.body?.cancel();
        if (!response.ok) throw new Error(`the collector returns ${response.status}`);
        exported.inc({ outcome: 'exported' }, batch.length);
      } catch (error) {
        exported.inc({ outcome: 'dropped' }, batch.length);
        throw error;
      }
    }
  };
  startLoop({
    name: 'export of spans',
    everyMs: EVERY_MS,
    lifecycle,
    work: post,
    // Its address may hold a secret.
    onFailure: () => log.debug('cannot export spans'),
  });
  lifecycle.onClose('spans', () => post().catch(() => {}));
  return {
    add(span) {
      if (waiting.length < SPANS_WAITING_MAX) waiting.push(span);
      else exported.inc({ outcome: 'dropped' });
    },
  };
}

const nanosOf = (ms: number) => String(BigInt(Math.round(ms * 1000)) * 1000n);

function toOtlp(span: FinishedSpan): object {
  const { name, kind, traceId, spanId, parentSpanId, links, startMs, endMs, attributes, isFailed } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    name,
    kind,
    startTimeUnixNano: nanosOf(startMs),
    endTimeUnixNano: nanosOf(endMs),
    attributes: attributesOf(attributes),
    links: links.map(({ traceId: linkedTrace, spanId: linkedSpan }) => ({
      traceId: linkedTrace,
      spanId: linkedSpan,
    })),
    status: isFailed ? { code: 2 } : {},
  };
}

const attributesOf = (attributes: Attributes) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));

function valueOf(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
