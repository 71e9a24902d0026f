import type { BatchReceived } from '../contracts/common.ts';
import { EcsError } from '../core/errors.ts';
import {
  createOutcomes,
  type EventOutcome,
  outcomesOf,
  rejectedOutcomes,
  callBack,
} from './event-outcome.ts';
import type { EventQueue } from './event-queue.ts';
import { reasonOf } from '../core/system-code.ts';
import { jitter, pause } from '../core/timing.ts';

interface EventDeliveryOptions<Event> {
  queue: EventQueue<Event>;
  /** One attempt to send some lines. */
  post(text: string, signal: AbortSignal | undefined): Promise<BatchReceived>;
  backoffMs: number;
  batchEventsMax: number;
  batchBytesMax: number;
  batchDelayMs: number;
  giveUpMs: number;
  signal: AbortSignal | undefined;
  onOutcome: ((outcome: EventOutcome<Event>) => void) | undefined;
  onState: ((state: 'sending' | 'waiting', cause?: EcsError) => void) | undefined;
}

/**
 * Moves the events of a queue through these states:
 *
 *   idle --write--> lingering --batch full, delay over, or flush--> sending --response--> lingering | idle
 *                                                                   ^     |
 *                                                  backoff --- waiting <--+ retryable failure
 *
 * One request at a time keeps the order. An event has its id before it is first sent, so a batch that was
 * accepted without a response counts once when it is sent again, alone or among others.
 */
export function createEventDelivery<Event>(options: EventDeliveryOptions<Event>) {
  const { queue, giveUpMs, batchDelayMs, batchBytesMax, signal } = options;
  const outcomes = createOutcomes(queue, options.onOutcome);
  let { batchEventsMax } = options;
  let isRunning = false;
  let failures = 0;
  let wake = () => {};
  const isAborted = () => signal?.aborted === true;
  const dueAt = () => (queue.all()[0]?.writtenAt ?? 0) + batchDelayMs;
  const isDue = () =>
    outcomes.isAwaited() ||
    queue.all().length >= batchEventsMax ||
    queue.bytes() >= batchBytesMax ||
    performance.now() >= dueAt();

  const linger = async (): Promise<void> => {
    while (!isDue() && !isAborted()) {
      const sleep = new AbortController();
      wake = () => sleep.abort();
      await pause(Math.max(0, dueAt() - performance.now()), [signal, sleep.signal]).catch(() => {});
    }
  };

  /** Events that were tried for too long have failed; the rest waits for the next attempt. */
  const waitOut = async (error: EcsError): Promise<void> => {
    failures += 1;
    callBack(() => options.onState?.('waiting', error));
    outcomes.fail(({ writtenAt }) => performance.now() >= writtenAt + giveUpMs, error);
    const oldest = queue.all()[0];
    if (!oldest) return;
    const delayMs = Math.max(error.retryAfterMs ?? 0, jitter(options.backoffMs, failures));
    const patienceMs = Math.max(0, oldest.writtenAt + giveUpMs - performance.now());
    await pause(Math.min(delayMs, patienceMs), [signal]).catch(() => {});
  };

  const sendBatch = async (): Promise<void> => {
    const batch = queue.head(batchEventsMax, batchBytesMax);
    try {
      const received = await options.post(batch.map(({ line }) => line).join('\n'), signal);
      if (failures > 0) callBack(() => options.onState?.('sending'));
      failures = 0;
      outcomes.settle(outcomesOf(batch, received));
    } catch (thrown) {
      if (isAborted()) return;
      const error = toEcsError(thrown);
      if (error.retryable) return waitOut(error);
      // A proxy before the API may take less than the API does.
      if (error.status === 413 && batch.length > 1) batchEventsMax = Math.ceil(batch.length / 2);
      else outcomes.settle(rejectedOutcomes(batch, error));
    }
  };

  const run = async (): Promise<void> => {
    isRunning = true;
    while (queue.all().length > 0 && !isAborted()) {
      await linger();
      if (!isAborted()) await sendBatch();
    }
    isRunning = false;
    if (signal && isAborted()) outcomes.fail(() => true, abortedError(signal));
  };

  return {
    /** Something was added: begins, or sends the batch if that makes it due. */
    start(): void {
      if (!isRunning) void run();
      else if (isDue()) wake();
    },
    /** Resolves when the first `count` events have their outcome; sends those still queued at once. */
    settledUpTo(count: number): Promise<void> {
      const settled = outcomes.until(count);
      wake();
      return settled;
    },
    totals: outcomes.totals,
  };
}

/** A hook of the caller that throws, most likely: its events have failed, the next ones are tried. */
function toEcsError(error: unknown): EcsError {
  if (error instanceof EcsError) return error;
  return new EcsError(`the batch could not be sent: ${reasonOf(error)}`, { code: 'unexpected_error' }, error);
}

function abortedError(signal: AbortSignal): EcsError {
  return new EcsError('the writer was aborted', { code: 'aborted' }, signal.reason);
}
