import { linesOfArray } from '../../sdk/contracts/events/event-batch.ts';
import { invalid, problem } from '../../platform/kernel/errors.ts';
import { decodeText } from '../../platform/http/request.ts';

const encoder = new TextEncoder();

/**
 * Returns a batch that came as a JSON array as lines, which is what the services take: generated clients
 * send arrays. Throws AppError 400 or 422.
 */
export function toLines(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const lines = readArray(decodeText(body));
  if (typeof lines !== 'string') throw invalid([lines]);
  return encoder.encode(lines);
}

function readArray(text: string): ReturnType<typeof linesOfArray> {
  try {
    return linesOfArray(text);
  } catch {
    throw problem('malformed_body', { detail: 'The body is not valid JSON.' });
  }
}
