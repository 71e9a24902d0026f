import type { EcsError } from './errors.ts';
import { measureUtf8 } from './json.ts';
import type { RequestEvent } from './options.ts';
import { badResponse } from './response.ts';
import { untilAborted } from './timing.ts';

/** Larger than any response of the API that is read as a whole. */
const RESPONSE_BYTES_MAX = 32 * 1024 * 1024;
/** Larger than any problem document; of a longer body the beginning says enough. */
const PROBLEM_BYTES_MAX = 1024 * 1024;

/**
 * Reads a body up to a limit, so that no server fills the memory: bytes count as they are after compression
 * is undone. Throws EcsResponseError `response_too_large` for a longer body of a success; of another response
 * that is longer, breaks off, or is not there in time, returns the beginning, since its status is the error.
 */
export async function readText(
  response: Response,
  event: RequestEvent,
  bytesMax = RESPONSE_BYTES_MAX,
  signal = new AbortController().signal,
): Promise<string> {
  const limit = response.ok ? bytesMax : Math.min(bytesMax, PROBLEM_BYTES_MAX);
  const reader = response.body?.getReader?.();
  if (!reader) {
    // Without a stream, as in React Native, the body is there already.
    const text = await untilAborted(response.text(), signal);
    const { length } = measureUtf8(text, limit);
    if (length < text.length && response.ok) throw tooLarge(response, event, limit);
    return text.slice(0, length);
  }
  // Not awaited: the cancel of a connection that hangs may hang as well.
  const cancel = () => void reader.cancel().catch(() => {});
  const decoder = new TextDecoder();
  let text = '';
  for (let bytes = 0; ; ) {
    const { done, value } = await untilAborted(reader.read(), signal).catch((error: unknown) => {
      cancel();
      if (response.ok) throw error;
      return { done: true, value: undefined } as const;
    });
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > limit) {
      cancel();
      if (response.ok) throw tooLarge(response, event, limit);
      return text + decoder.decode(value.subarray(0, value.length - (bytes - limit)));
    }
    text += decoder.decode(value, { stream: true });
  }
}

function tooLarge(response: Response, event: RequestEvent, limit: number): EcsError {
  const size = `a body of more than ${limit.toLocaleString('en')} bytes (responseBytesMax)`;
  return badResponse(response, event, size, 'response_too_large');
}
