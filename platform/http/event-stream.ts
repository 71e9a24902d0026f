import { notAcceptable, preferredType } from '../../sdk/contracts/media-type.ts';
import { problem } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import type { Incoming } from './request.ts';

const GRACE_MS = 5000;
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * Sends texts as a `text/event-stream` while its client listens. Ends when `events` ends, with the client, or
 * at `signal`; a client that stopped reading is cut off a moment after `untilMs`, when its token has ended.
 */
export function eventStream(options: {
  /** Makes the events; ends at the signal. */
  events(signal: AbortSignal): AsyncGenerator<string>;
  untilMs: number;
  /** Of the process and of the request. */
  signals: AbortSignal[];
  /** Ends the stream at once, also of a client that stopped reading. */
  cut?: AbortSignal;
  /** Called once, however the stream ends. */
  onClose(): void;
  log: Logger;
}): Response {
  const { events, untilMs, signals, cut, onClose, log } = options;
  const departure = new AbortController();
  const signal = AbortSignal.any([...signals, departure.signal]);
  const source = events(signal);
  const close = () => {
    if (!departure.signal.aborted) onClose();
    departure.abort();
    clearTimeout(overdue);
  };
  let end = () => {};
  // A client that stopped reading hears no end, and must not keep its place for it.
  const overdue = setTimeout(() => end(), Math.min(untilMs - Date.now() + GRACE_MS, TIMER_MS_MAX));
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      end = () => {
        close();
        controller.error(new Error('the token or the slot has ended'));
      };
      cut?.addEventListener('abort', () => end(), { once: true });
    },
    async pull(controller) {
      try {
        const { value, done } = await source.next();
        if (!done) {
          controller.enqueue(new TextEncoder().encode(value));
          return;
        }
      } catch (error) {
        // The client reconnects and resumes.
        if (!signal.aborted) log.warn({ error: String(error) }, 'an event stream broke off');
      }
      const clientLeft = departure.signal.aborted;
      close();
      if (!clientLeft) controller.close();
    },
    cancel: close,
  });
  return new Response(stream, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  });
}

/** The last event of a stream, with the reason for its end. */
export const endEvent = (reason: 'token_expired' | 'account_erased' | 'access_lost'): string =>
  `event: end\ndata: ${JSON.stringify({ reason })}\n\n`;

/** Whether the client prefers a stream of events to JSON. Throws AppError 406 when it takes neither. */
export function prefersEvents(request: Incoming, types: readonly string[]): boolean {
  const preferred = preferredType(request.headers.get('accept'), types);
  if (preferred !== undefined) return preferred === 'text/event-stream';
  throw problem('not_acceptable', { detail: notAcceptable(types) });
}
