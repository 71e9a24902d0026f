import type { OpenStream } from './attempt.ts';
import { EcsConnectionError, EcsError, EcsTimeoutError } from './errors.ts';
import { readEvents, STREAM_SILENT } from './read-events.ts';
import { redactText } from './redact.ts';
import { canStreamBodies } from './runtime.ts';
import type { ServerSentEvent } from './sse.ts';
import { reasonOf } from './system-code.ts';
import { jitter, linkSignals, pause } from './timing.ts';
import type { Transport } from './transport.ts';

interface FollowOptions<Item> {
  path: string;
  params: Record<string, string>;
  /** Of each connection. */
  headers(): Record<string, string>;
  /** The items of an event; throws EcsError for one that is not the API's. */
  read(event: ServerSentEvent): Item[];
  /** The items since the last ones, page by page, where responses cannot be read as they come. */
  poll(signal: AbortSignal): AsyncIterable<Item[]>;
  pollMs: number;
  signal: AbortSignal | undefined;
  onState?: ((state: 'connected' | 'reconnecting', cause?: EcsError) => void) | undefined;
}

/** A subscription while it lasts. */
interface Following {
  signal: AbortSignal;
  isPolling: boolean;
  isConnected: boolean;
  isAnnounced: boolean;
  failures: number;
  /** The connections in turn of which nothing more came. */
  silences: number;
  serverRetryMs: number;
}

/**
 * connecting --response--> connected --end, error or silence--> waiting --backoff--> connecting
 *
 * Polls instead where the runtime gives no body to read, as React Native does, and once nothing has come of
 * two connections in turn, as behind a proxy that waits for the end of a response; after a poll that fails it
 * tries the stream again. Ends at the signal; throws errors that no retry would change.
 */
export async function* followEvents<Item>(
  transport: Transport,
  options: FollowOptions<Item>,
): AsyncGenerator<Item, void, void> {
  const { signal, abort, end } = linkSignals([options.signal, transport.options.signal]);
  // A `fetch` of the caller's may be able to do what the global one is not.
  const isPolling = transport.options.fetch === undefined && !canStreamBodies();
  const nothingYet = { isConnected: false, isAnnounced: false, failures: 0, silences: 0, serverRetryMs: 0 };
  const state: Following = { signal, isPolling, ...nothingYet };
  try {
    while (!signal.aborted) {
      let cause: EcsError | undefined;
      try {
        if (!state.isPolling) yield* streamItems(transport, options, state);
        if (state.isPolling) yield* pollItems(transport, options, state);
      } catch (error) {
        if (signal.aborted) return;
        cause = toEcsError(error);
        if (!cause.retryable) throw cause;
        // React Native's `fetch`, wrapped by the caller, waits for the end of the stream at once.
        const mayStream = canStreamBodies();
        state.silences = isSilent(cause) ? state.silences + 1 : 0;
        state.isPolling = state.isPolling ? !mayStream : state.silences > (mayStream ? 1 : 0);
      }
      if (signal.aborted) return;
      state.failures += 1;
      state.isConnected = false;
      options.onState?.('reconnecting', cause);
      const backoffMs = jitter(transport.backoffMs, state.failures);
      const waitMs = Math.max(cause?.retryAfterMs ?? 0, state.serverRetryMs, backoffMs);
      await pause(waitMs, [signal]).catch(() => {});
    }
  } finally {
    end();
    abort();
  }
}

/** Reads one connection until it ends, or finds that there is no body to read. */
async function* streamItems<Item>(
  transport: Transport,
  options: FollowOptions<Item>,
  state: Following,
): AsyncGenerator<Item, void, void> {
  const { path, params } = options;
  const { response, signal, close } = await transport.request<OpenStream>({
    method: 'GET',
    path,
    params,
    stream: 'text/event-stream',
    // The next connection is made here, and goes on from another place.
    options: { headers: options.headers(), signal: state.signal, maxRetries: 0 },
  });
  try {
    state.isPolling = typeof response.body?.getReader !== 'function';
    if (state.isPolling) return;
    state.isConnected = true;
    options.onState?.('connected');
    const onBytes = (retryMs: number | null) => {
      state.failures = 0;
      state.silences = 0;
      state.serverRetryMs = retryMs ?? 0;
    };
    for await (const event of readEvents(response, signal, onBytes)) yield* options.read(event);
  } finally {
    close();
  }
}

/** Asks again and again, until it fails. */
async function* pollItems<Item>(
  { log }: Transport,
  { poll, pollMs, onState }: FollowOptions<Item>,
  state: Following,
): AsyncGenerator<Item, void, void> {
  if (!state.isAnnounced) {
    log('warn', `responses cannot be read as they come here: asking every ${pollMs} ms instead`);
  }
  state.isAnnounced = true;
  for (;;) {
    for await (const items of poll(state.signal)) {
      if (!state.isConnected) onState?.('connected');
      state.isConnected = true;
      state.failures = 0;
      yield* items;
    }
    await pause(pollMs, [state.signal]);
  }
}

/** Whether nothing came for too long. */
const isSilent = (cause: EcsError) => cause instanceof EcsTimeoutError || cause.code === STREAM_SILENT;

function toEcsError(error: unknown): EcsError {
  if (error instanceof EcsError) return error;
  const fields = { code: 'connection_failed', retryable: true };
  return new EcsConnectionError(`the event stream broke off: ${redactText(reasonOf(error))}`, fields, error);
}
