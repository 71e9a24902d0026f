import { EcsConnectionError } from './errors.ts';
import { createEventParser, type ServerSentEvent } from './sse.ts';
import { limitTime, untilAborted } from './timing.ts';

/** The server sends at least a heartbeat every 10 s: after three that did not come the connection is dead. */
const SILENCE_MS_MAX = 30_000;
export const STREAM_SILENT = 'stream_silent';

/** The events of one connection, until it ends; throws when it breaks or falls silent. */
export async function* readEvents(
  response: Response,
  signal: AbortSignal,
  onBytes: (retryMs: number | null) => void,
): AsyncGenerator<ServerSentEvent, void, void> {
  const parser = createEventParser();
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await within(SILENCE_MS_MAX, signal, reader.read());
      if (done) return;
      const events = parser.push(decoder.decode(value, { stream: true }));
      onBytes(parser.retryMs());
      yield* events;
    }
  } finally {
    // Not awaited: the cancel of a connection that hangs may hang as well.
    reader.cancel().catch(() => {});
  }
}

async function within<T>(ms: number, signal: AbortSignal, work: Promise<T>): Promise<T> {
  const limit = limitTime(ms, [signal]);
  try {
    return await untilAborted(work, limit.signal);
  } catch (error) {
    if (!limit.expired()) throw error;
    throw new EcsConnectionError('the event stream fell silent', { code: STREAM_SILENT, retryable: true });
  } finally {
    limit.end();
  }
}
