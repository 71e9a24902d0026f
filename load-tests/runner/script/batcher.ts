import type { Batch, CompletedOutcome } from '../protocol/messages.ts';
import type { Sample } from '../protocol/metrics.ts';
import { createSampleEncoder } from '../protocol/sample-codec.ts';

/** The news of a user travel with other messages, and by themselves from this number of samples on. */
const SAMPLES_MAX = 1000;
/** A message to the main thread for each request would cost as much as the request. */
const FLUSH_MS = 50;

/** Gathers the news of a user for the main thread. */
export function createBatcher(post: (batch: Batch) => void) {
  const encoder = createSampleEncoder();
  let samples = 0;
  let done: number[] = [];
  let outcomes: CompletedOutcome[] = [];
  let flushedAt = 0;
  const take = (): Batch => {
    const batch = { samples: encoder.isEmpty() ? null : encoder.take(), done, outcomes };
    [samples, done, outcomes, flushedAt] = [0, [], [], performance.now()];
    return batch;
  };
  const flush = () => {
    if (samples + done.length + outcomes.length > 0) post(take());
  };
  return {
    take,
    flush,
    flushWhenDue() {
      if (performance.now() - flushedAt >= FLUSH_MS) flush();
    },
    emit(sample: Sample): void {
      encoder.add(sample);
      samples += 1;
      if (samples >= SAMPLES_MAX) flush();
    },
    addOutcome(outcome: CompletedOutcome): void {
      // The first of a batch sets its time: a user that awaits does not send it otherwise.
      if (done.length === 0) setTimeout(flush, FLUSH_MS);
      if (outcome.error === undefined) {
        done.push(outcome.delayMs, outcome.durationMs);
        return;
      }
      outcomes.push(outcome);
      flush();
    },
  };
}
