import { STATS } from '../protocol/messages.ts';
import type { Sample } from '../protocol/metrics.ts';
import type { Context, Progress } from './context.ts';

interface TickSources {
  elapsedMs(): number;
  progress: Progress[];
  emit(sample: Sample): void;
}

/** Returns the work of each second: it measures the users, the generator and the system, and reports. */
export function createTick(
  { request, store, timeline, pool, stats, systemSide }: Context,
  { elapsedMs, progress, emit }: TickSources,
): () => void {
  stats[STATS.initialized] = pool.size();
  return () => {
    stats[STATS.initialized] = pool.size();
    const vus = stats[STATS.active] ?? 0;
    emit({ metric: 'vus', value: vus, tags: {} });
    emit({ metric: 'vus_max', value: pool.size(), tags: {} });
    timeline.tick({ elapsedMs: elapsedMs(), vus, lag: systemSide?.lag() ?? null });
    void systemSide?.sample();
    const moment = timeline.moments.at(-1);
    const [completed = 0, interrupted = 0] = [stats[STATS.completed], stats[STATS.interrupted]];
    const state = { elapsedMs: elapsedMs(), vus, vusMax: pool.size(), completed, interrupted };
    if (moment) request.onTick?.({ ...state, store, moment, scenarios: progress });
  };
}
