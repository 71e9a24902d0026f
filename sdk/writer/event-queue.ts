import { abortReason } from '../core/timing.ts';

export interface QueuedEvent<Event> {
  eventId: string;
  event: Event;
  /** Its JSON, as it is sent. */
  line: string;
  bytes: number;
  writtenAt: number;
}

/**
 * A queue of bounded size: an addition to a full one waits for room, in the order of coming. Events leave at
 * its head only, so "everything up to the nth" has left when n have.
 */
export function createEventQueue<Event>(limits: { eventsMax: number; bytesMax: number }) {
  let events: QueuedEvent<Event>[] = [];
  let bytes = 0;
  let added = 0;
  let settled = 0;
  /** Additions that wait for room; 0 bytes for one that only waits for its turn. */
  const waiters: { bytes: number; enter: () => void }[] = [];

  const hasRoom = (size: number) =>
    size === 0 ||
    events.length === 0 ||
    (events.length < limits.eventsMax && bytes + size <= limits.bytesMax);

  const letIn = () => {
    while (waiters[0] && hasRoom(waiters[0].bytes)) waiters.shift()?.enter();
  };

  const turn = (size: number, enter: () => void, signal?: AbortSignal): Promise<void> => {
    if (waiters.length === 0 && hasRoom(size)) return Promise.resolve(enter());
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiters.splice(waiters.indexOf(place), 1);
        letIn();
        reject(signal && abortReason(signal));
      };
      const place = {
        bytes: size,
        enter: () => {
          signal?.removeEventListener('abort', leave);
          enter();
          resolve();
        },
      };
      waiters.push(place);
      if (signal?.aborted) leave();
      else signal?.addEventListener('abort', leave, { once: true });
    });
  };

  return {
    /** Resolves when it is in. Rejects with the signal's reason while it waits. */
    add: (event: QueuedEvent<Event>, signal?: AbortSignal): Promise<void> =>
      turn(
        event.bytes,
        () => {
          events.push(event);
          bytes += event.bytes;
          added += 1;
        },
        signal,
      ),

    /** The number of the last event that was added, or waited for room, before this call. */
    async mark(): Promise<number> {
      let upTo = 0;
      await turn(0, () => {
        upTo = added;
      });
      return upTo;
    },

    /** How many have left. */
    settled: () => settled,
    all: () => events,
    bytes: () => bytes,

    /** The first events that fit a batch; at least one when there is one. */
    head(eventsMax: number, bytesMax: number): QueuedEvent<Event>[] {
      let size = 0;
      const end = events.findIndex((event, index) => {
        size += event.bytes;
        return index === eventsMax || size > bytesMax;
      });
      return end === -1 ? events.slice() : events.slice(0, Math.max(1, end));
    },

    remove(count: number): void {
      for (const event of events.slice(0, count)) bytes -= event.bytes;
      events = events.slice(count);
      settled += count;
      letIn();
    },
  };
}

export type EventQueue<Event> = ReturnType<typeof createEventQueue<Event>>;
