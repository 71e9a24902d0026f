import type { OpenStream } from './attempt.ts';
import { EcsArgumentError, EcsConnectionError } from './errors.ts';
import { redactText } from './redact.ts';
import { reasonOf } from './system-code.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPENING, CLOSING] = [0x7b, 0x7d];

/**
 * Returns the bytes of a JSON object as they come. Ends with EcsConnectionError `stream_ended` where the
 * object breaks off, also when the connection seems to end as it should, and with the signal's reason.
 */
export function toDocument({ response: { body }, signal, close }: OpenStream): ReadableStream<Uint8Array> {
  if (!body) {
    close();
    const message = 'a document cannot be read as it comes here: use request("GET", …/export)';
    throw new EcsArgumentError(message, 'unsupported');
  }
  const reader = body.getReader();
  const countBraces = createBraceCount();
  let isWhole = false;
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value } = await reader.read();
        if (value) {
          isWhole = countBraces(value);
          return controller.enqueue(value);
        }
        if (!isWhole) throw new Error('its end is missing');
        close();
        controller.close();
      } catch (error) {
        const reason = signal.aborted ? signal.reason : brokenOff(error);
        close();
        controller.error(reason);
      }
    },
    cancel(reason) {
      // First, since an aborted body rejects it. Not awaited: that of a connection that hangs may hang too.
      reader.cancel(reason).catch(() => {});
      close();
    },
  });
}

function brokenOff(error: unknown): EcsConnectionError {
  const message = `the document broke off: ${redactText(reasonOf(error))}`;
  return new EcsConnectionError(message, { code: 'stream_ended', retryable: true }, error);
}

/** Counts braces outside of texts, piece by piece -> whether the last one has closed the first. */
function createBraceCount(): (piece: Uint8Array) => boolean {
  let depth = 0;
  let isWhole = false;
  let isText = false;
  let isEscaped = false;
  return (piece) => {
    // By places: an iterator takes several times as long.
    for (let at = 0; at < piece.length; at += 1) {
      const byte = piece[at];
      if (isEscaped) isEscaped = false;
      else if (isText && byte === BACKSLASH) isEscaped = true;
      else if (byte === QUOTE) isText = !isText;
      else if (!isText && byte === OPENING) depth += 1;
      else if (!isText && byte === CLOSING) {
        depth -= 1;
        isWhole = depth === 0;
      }
    }
    return isWhole;
  };
}
