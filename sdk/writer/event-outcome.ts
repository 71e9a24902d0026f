import type { BatchReceived } from '../contracts/common.ts';
import { EcsError, PermissionError, ValidationError } from '../core/errors.ts';
import type { EventQueue, QueuedEvent } from './event-queue.ts';

/**
 * The outcome of one event: `accepted` will be stored exactly once; `rejected` was checked and found wrong,
 * and would be again; `failed` could not be delivered, and may be written again with the same `eventId`.
 */
export type EventOutcome<Event> =
  | { status: 'accepted'; eventId: string; event: Event }
  | { status: 'rejected'; eventId: string; event: Event; code: string; message: string }
  | { status: 'failed'; eventId: string; event: Event; error: EcsError };

/** Returns the outcomes of a batch with good lines: the others are listed in the response. */
export function outcomesOf<Event>(
  batch: QueuedEvent<Event>[],
  { rejected }: BatchReceived,
): EventOutcome<Event>[] {
  const byLine = new Map(rejected.map((rejection) => [rejection.line, rejection]));
  return toOutcomes(batch, (line) => byLine.get(line));
}

/** Returns the outcomes of a batch without a good line, or with an error that no retry would change. */
export function rejectedOutcomes<Event>(batch: QueuedEvent<Event>[], error: EcsError): EventOutcome<Event>[] {
  const isVerdict = error instanceof ValidationError || error instanceof PermissionError;
  if (!isVerdict) return batch.map((event) => failedOutcome(event, error));
  const { code, problem } = error;
  // `/body/7` is the fault of line 7.
  const messages = new Map(
    (problem?.errors ?? []).map(({ path, message }) => [Number(path.split('/').at(-1)), message]),
  );
  return toOutcomes(batch, (line) => ({
    code,
    message: messages.get(line) ?? problem?.detail ?? error.message,
  }));
}

/** Lines count from 1. */
function toOutcomes<Event>(
  batch: QueuedEvent<Event>[],
  rejectionOf: (line: number) => { code: string; message: string } | undefined,
): EventOutcome<Event>[] {
  return batch.map(({ eventId, event }, index) => {
    const rejection = rejectionOf(index + 1);
    if (!rejection) return { status: 'accepted', eventId, event };
    return { status: 'rejected', eventId, event, code: rejection.code, message: rejection.message };
  });
}

function failedOutcome<Event>({ eventId, event }: QueuedEvent<Event>, error: EcsError): EventOutcome<Event> {
  return { status: 'failed', eventId, event, error };
}

/** Settles the events at the head of a queue, reports each, and wakes its waiters. */
export function createOutcomes<Event>(
  queue: EventQueue<Event>,
  onOutcome: ((outcome: EventOutcome<Event>) => void) | undefined,
) {
  const totals = { accepted: 0, rejected: 0, failed: 0 };
  const awaited: { count: number; resolve: () => void }[] = [];

  /** The outcomes of the first events, in their order. */
  const settle = (outcomes: EventOutcome<Event>[]): void => {
    queue.remove(outcomes.length);
    for (const outcome of outcomes) {
      totals[outcome.status] += 1;
      callBack(() => onOutcome?.(outcome));
    }
    while (awaited[0] && awaited[0].count <= queue.settled()) awaited.shift()?.resolve();
  };

  return {
    totals,
    settle,
    /** Gives up the first events, as far as `isLost` goes. */
    fail(isLost: (event: QueuedEvent<Event>) => boolean, error: EcsError): void {
      const firstKept = queue.all().findIndex((event) => !isLost(event));
      const expired = firstKept === -1 ? queue.all() : queue.all().slice(0, firstKept);
      settle(expired.map((event) => failedOutcome(event, error)));
    },
    isAwaited: () => awaited.length > 0,
    /** Resolves when so many have been settled in all. */
    until: (count: number): Promise<void> =>
      count <= queue.settled()
        ? Promise.resolve()
        : new Promise((resolve) => void awaited.push({ count, resolve })),
  };
}

/** An error of the caller's function is the caller's: it must not stop the writer. */
export function callBack(work: () => void): void {
  try {
    work();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
