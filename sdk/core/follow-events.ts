import { EcsConnectionError, EcsError, EcsTimeoutError } from './errors.ts';
import { readEvents } from './read-events.ts';
import { redactText } from './redact.ts';
import { canStreamBodies } from './runtime.ts';
import type { ServerSentEvent } from './sse.ts';
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
  serverRetryMs: number;
}

/**
 * connecting --response--> connected --end, error or silence--> waiting --backoff--> connecting
 *
 * Polls instead where the runtime gives no body to read, as React Native does. Ends at the signal; throws
 * errors that no retry would change.
 */
export async function* followEvents<Item>(
  transport: Transport,
  options: FollowOptions<Item>,
): AsyncGenerator<Item, void, void> {
  const { signal, abort, end } = linkSignals([options.signal, transport.options.signal]);
  // A `fetch` of the caller's may be able to do what the global one is not.
  const isPolling = transport.options.fetch === undefined && !canStreamBodies();
  const nothingYet = { isConnected: false, isAnnounced: false, failures: 0, serverRetryMs: 0 };
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
        // React Native's `fetch`, wrapped by the caller, waits for the end of the stream.
        if (cause instanceof EcsTimeoutError && !canStreamBodies()) state.isPolling = true;
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
  const connection = linkSignals([state.signal]);
  try {
    const { path, params } = options;
    const spec = { path, params, headers: options.headers(), signal: connection.signal };
    const response = await transport.open(spec);
    state.isPolling = typeof response.body?.getReader !== 'function';
    if (state.isPolling) return;
    state.isConnected = true;
    options.onState?.('connected');
    const onBytes = (retryMs: number | null) => {
      state.failures = 0;
      state.serverRetryMs = retryMs ?? 0;
    };
    for await (const event of readEvents(response, state.signal, onBytes)) yield* options.read(event);
  } finally {
    connection.end();
    connection.abort();
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

function toEcsError(error: unknown): EcsError {
  if (error instanceof EcsError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const fields = { code: 'connection_failed', retryable: true };
  return new EcsConnectionError(`the event stream broke off: ${redactText(reason)}`, fields, error);
}
