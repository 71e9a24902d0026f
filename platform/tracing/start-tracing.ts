import type { openTracer } from './open-tracer.ts';
import { setTracer } from './tracer.ts';
import type { TracingSettings } from './tracing-variables.ts';

/** Begins to trace; without settings nothing of it is loaded. */
export async function startTracing(
  settings: TracingSettings | null,
  process: Parameters<typeof openTracer>[1],
): Promise<void> {
  if (settings === null) return;
  const { openTracer: open } = await import('./open-tracer.ts');
  setTracer(open(settings, process));
}
