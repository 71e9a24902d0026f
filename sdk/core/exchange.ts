import { EcsError } from './errors.ts';
import type { EcsClientOptions, RequestEvent } from './options.ts';
import { readText } from './read-text.ts';
import { type AttemptTime, missingResponse } from './response.ts';
import { untilAborted } from './timing.ts';

/** A redirect is never followed and no cookie sent: the credentials are for this address alone. */
const FETCH = { redirect: 'manual', credentials: 'omit' } as const;

interface Exchange {
  options: EcsClientOptions;
  event: RequestEvent;
  init: RequestInit;
  signal: AbortSignal;
  /** The limit that is over; null while there is time. */
  expired(): AttemptTime | null;
  /** Whether a response is read by the caller as it comes. */
  isStream?: (response: Response) => boolean;
}

/**
 * Sends one request -> its response, with its text unless it is a stream. Throws the EcsError of a response
 * that does not come, breaks off or is too long.
 */
export async function exchange({
  options,
  event,
  init,
  signal,
  expired,
  isStream = () => false,
}: Exchange): Promise<{ response: Response; text: string | undefined }> {
  let hasBegun = false;
  try {
    const send = options.fetch ?? fetch;
    const { method, url } = event;
    const response = await untilAborted(send(url, { ...FETCH, method, ...init, signal }), signal);
    hasBegun = true;
    if (isStream(response)) return { response, text: undefined };
    return { response, text: await readText(response, event, options.responseBytesMax, signal) };
  } catch (error) {
    throw error instanceof EcsError ? error : missingResponse(error, event, expired(), hasBegun);
  }
}
