import type { BatchReceived } from '../contracts/common.ts';
import { checkOptions, SIGNAL_OPTIONS, WRITER_OPTIONS } from '../core/check-options.ts';
import { EcsArgumentError, EcsError } from '../core/errors.ts';
import { bytesOf, toJson } from '../core/json.ts';
import { createEventDelivery } from './event-delivery.ts';
import type { EventOutcome } from './event-outcome.ts';
import { createEventQueue } from './event-queue.ts';
import { throwIfAborted, untilAborted } from '../core/timing.ts';

export interface EventWriterOptions<Event> {
  /** Events of one request at most. Default 500, at most 1,000. */
  batchEventsMax?: number | undefined;
  /** Bytes of one request at most. Default 512 KiB, at most 1 MiB. */
  batchBytesMax?: number | undefined;
  /** How long an event waits for others to share its request. Default 100. */
  batchDelayMs?: number | undefined;
  /** Events kept at most; when so many wait, `write` waits as well. Default 10,000. */
  bufferEventsMax?: number | undefined;
  /** Bytes kept at most. Default 8 MiB. */
  bufferBytesMax?: number | undefined;
  /** How long an event is kept while the API cannot take it; then it has failed. Default 300,000. */
  giveUpMs?: number | undefined;
  /** Ends the writer at once: unsent events have failed, with the code `aborted`. */
  signal?: AbortSignal | undefined;
  /** Called for every event once, in the order of writing. */
  onOutcome?: ((outcome: EventOutcome<Event>) => void) | undefined;
  /** Called when the API cannot take events (with the cause), and when it can again. */
  onState?: ((state: 'sending' | 'waiting', cause?: EcsError) => void) | undefined;
}

/** How many events had which outcome since the writer was made. */
export interface EventTotals {
  accepted: number;
  rejected: number;
  failed: number;
}

export interface EventWriter<Event> {
  /**
   * Takes one event -> its id. Resolves as soon as there is room in the buffer, not when it is sent: await it
   * and a source that is too fast is slowed down. The signal gives up waiting for room.
   *
   * @throws EcsError `writer_closed`, `event_too_large`, or the signal's reason
   */
  write(event: Event, options?: { signal?: AbortSignal | undefined }): Promise<string>;
  /**
   * Sends everything written so far without delay; resolves when each of it has its outcome. The signal ends
   * the wait, not the sending.
   */
  flush(options?: { signal?: AbortSignal | undefined }): Promise<EventTotals>;
  /** The same, and takes no more. */
  close(options?: { signal?: AbortSignal | undefined }): Promise<EventTotals>;
  /** Events that have no outcome yet. */
  readonly pending: number;
  readonly totals: EventTotals;
}

interface EventSender<Event> {
  /** One attempt. */
  post(text: string, signal: AbortSignal | undefined): Promise<BatchReceived>;
  backoffMs: number;
  /** The event with its time and its id, as it is sent. */
  identify(event: Event): { eventId: string };
}

const BATCH_EVENTS = 500;
const BATCH_BYTES = 512 * 1024;
const BATCH_DELAY_MS = 100;
const BUFFER_EVENTS = 10_000;
const BUFFER_BYTES = 8 * 1024 * 1024;
const GIVE_UP_MS = 300_000;

/** See event-delivery.ts for the way of an event from the buffer to the server. */
export function createEventWriter<Event>(
  sender: EventSender<Event>,
  options: EventWriterOptions<Event>,
): EventWriter<Event> {
  const { signal } = checkOptions(options, WRITER_OPTIONS);
  const batchBytesMax = options.batchBytesMax ?? BATCH_BYTES;
  const queue = createEventQueue<Event>({
    eventsMax: options.bufferEventsMax ?? BUFFER_EVENTS,
    bytesMax: options.bufferBytesMax ?? BUFFER_BYTES,
  });
  const delivery = createEventDelivery({
    queue,
    post: sender.post,
    backoffMs: sender.backoffMs,
    batchEventsMax: options.batchEventsMax ?? BATCH_EVENTS,
    batchBytesMax,
    batchDelayMs: options.batchDelayMs ?? BATCH_DELAY_MS,
    giveUpMs: options.giveUpMs ?? GIVE_UP_MS,
    signal,
    onOutcome: options.onOutcome,
    onState: options.onState,
  });
  let isClosed = false;

  const flush = async (callSignal: AbortSignal | undefined): Promise<EventTotals> => {
    const drained = queue.mark().then(delivery.settledUpTo);
    await (callSignal ? untilAborted(drained, callSignal) : drained);
    return { ...delivery.totals };
  };

  return {
    async write(event, callOptions) {
      const { signal: callSignal } = checkOptions(callOptions, SIGNAL_OPTIONS);
      if (isClosed) throw new EcsError('the writer is closed', { code: 'writer_closed' });
      throwIfAborted([signal]);
      const identified = sender.identify(event);
      const line = toJson(identified);
      const bytes = bytesOf(line) + 1;
      if (bytes > batchBytesMax) {
        throw new EcsArgumentError(`the event has ${bytes} bytes, more than a batch may`, 'event_too_large');
      }
      const { eventId } = identified;
      await queue.add({ eventId, event, line, bytes, writtenAt: performance.now() }, callSignal ?? signal);
      delivery.start();
      return eventId;
    },
    flush: async (callOptions) => flush(checkOptions(callOptions, SIGNAL_OPTIONS).signal),
    async close(callOptions) {
      const { signal: callSignal } = checkOptions(callOptions, SIGNAL_OPTIONS);
      isClosed = true;
      return flush(callSignal);
    },
    get pending() {
      return queue.all().length;
    },
    get totals() {
      return { ...delivery.totals };
    },
  };
}
