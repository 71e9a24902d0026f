import { randomBytes } from 'node:crypto';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import type { Logger } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { type FinishedSpan, startExport } from './export-spans.ts';
import type { Span, Tracer } from './tracer.ts';
import type { TracingSettings } from './tracing-variables.ts';

/** Opens the tracer of a process: samples by the trace's id, and exports what ends in batches. */
export function openTracer(
  settings: TracingSettings,
  process: { name: string; log: Logger; metrics: Metrics; lifecycle: Lifecycle },
): Tracer {
  const exporter = startExport(settings, process);
  const below = settings.share * 2 ** 32;
  return {
    start(name, { kind, traceId, parentSpanId = null, links = [] }) {
      // The last 8 digits are random in every kind of trace id that there is.
      if (Number.parseInt(traceId.slice(-8), 16) >= below) return null;
      const startMs = Date.now();
      const startedMs = performance.now();
      const span: Span = {
        traceId,
        spanId: randomBytes(8).toString('hex'),
        end({ attributes = {}, isFailed = false } = {}) {
          const endMs = startMs + performance.now() - startedMs;
          const { spanId } = span;
          const finished: FinishedSpan = {
            name,
            kind,
            traceId,
            spanId,
            parentSpanId,
            links,
            startMs,
            endMs,
            attributes,
            isFailed,
          };
          exporter.add(finished);
        },
      };
      return span;
    },
  };
}
