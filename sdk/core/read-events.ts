import { EcsConnectionError } from './errors.ts';
import { createEventParser, type ServerSentEvent } from './sse.ts';
import { within } from './timing.ts';

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
      const piece = await within(SILENCE_MS_MAX, [signal], reader.read());
      if (!piece) {
        const fields = { code: STREAM_SILENT, retryable: true };
        throw new EcsConnectionError('the event stream fell silent', fields);
      }
      if (piece.done) return;
      const events = parser.push(decoder.decode(piece.value, { stream: true }));
      onBytes(parser.retryMs());
      yield* events;
    }
  } finally {
    // Not awaited: the cancel of a connection that hangs may hang as well.
    reader.cancel().catch(() => {});
  }
}
