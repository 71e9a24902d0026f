import { EcsResponseError } from './errors.ts';

/** One event of a `text/event-stream` (WHATWG HTML, section 9.2). */
export interface ServerSentEvent {
  /** The last `id` seen so far, '' when none was. */
  id: string;
  event: string;
  data: string;
}

/** Longer than any event of the API; without a limit a server could fill the memory. */
const EVENT_LENGTH_MAX = 1024 * 1024;

/** Another connection would bring the same: it ends the stream. */
const tooLong = (part: string) =>
  new EcsResponseError(`${part} has more than ${EVENT_LENGTH_MAX.toLocaleString('en')} characters`, {
    code: 'response_too_large',
  });

/** Takes the text as it arrives, cut anywhere, and returns the events that are complete. */
export function createEventParser(): { push(text: string): ServerSentEvent[]; retryMs(): number | null } {
  let rest = '';
  let isStart = true;
  let endsWithCr = false;
  let id = '';
  let event = '';
  let data: string[] = [];
  let dataLength = 0;
  let retryMs: number | null = null;

  const addData = (line: string): void => {
    data.push(line);
    dataLength += line.length + 1;
    if (dataLength > EVENT_LENGTH_MAX) throw tooLong('an event of the stream');
  };

  const readField = (line: string): void => {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') addData(value);
    else if (name === 'event') event = value;
    else if (name === 'id' && !value.includes('\0')) id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) retryMs = Number(value);
  };

  const endEvent = (): ServerSentEvent | null => {
    const completed = data.length > 0 ? { id, event: event || 'message', data: data.join('\n') } : null;
    event = '';
    data = [];
    dataLength = 0;
    return completed;
  };

  /** Takes the complete lines; a CR at the very end may be the first half of CRLF, and waits. */
  const takeLines = (): string[] => {
    endsWithCr = rest.endsWith('\r');
    const complete = endsWithCr ? rest.slice(0, -1) : rest;
    const lines = complete.split(/\r\n|\r|\n/);
    rest = (lines.pop() ?? '') + rest.slice(complete.length);
    return lines;
  };

  return {
    push(text) {
      rest += isStart ? text.replace(/^\uFEFF/, '') : text;
      isStart &&= text === '';
      // A line in many pieces is looked through at its end: at each of them it would take time by the square.
      const hasEnd = endsWithCr || /[\r\n]/.test(text);
      const lines = hasEnd ? takeLines() : [];
      if (rest.length > EVENT_LENGTH_MAX) throw tooLong('a line of the event stream');
      const events: ServerSentEvent[] = [];
      for (const line of lines) {
        if (line !== '') readField(line);
        else {
          const event = endEvent();
          if (event) events.push(event);
        }
      }
      return events;
    },
    retryMs: () => retryMs,
  };
}
