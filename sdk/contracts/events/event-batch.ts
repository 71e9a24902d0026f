import type { RejectedLine } from '../common.ts';
import { faultsOfStructure } from '../duplicate-keys.ts';
import { LIMITS } from '../limits.ts';
import type { ProblemDetail } from '../problem.ts';
import { parseWellFormed } from '../text.ts';
import type { Checked } from '../validation.ts';
import { createLineNames, eventIdOf, type EventIds } from './event-id.ts';
import { type Arrival, type EventKind, isFault } from './event-kind.ts';

/** A good line of a batch, under its id. */
export interface ReadLine<Event, Message> {
  event: Event;
  message: Message;
}

/** The reason for a line that is not taken. */
type Rejection = Omit<RejectedLine, 'line'>;

/** Returns a reader of one batch, which takes its lines in order. */
export function createLineReader<
  Event extends { userId: string; eventId?: string },
  Message extends { eventId: string; userId: string },
>(options: {
  kind: Pick<EventKind<Event, Message>, 'toMessage' | 'contentOf'>;
  check(value: unknown): Checked<unknown>;
  mayWriteFor(userId: string): boolean;
  /** Null for a customer with the consent to these events. */
  consentRejectionOf?(userId: string): Rejection | null;
  arrival: Omit<Arrival, 'eventId'>;
  idempotencyKey: string | null;
  ids: EventIds;
}): (text: string) => ReadLine<Event, Message> | Rejection {
  const judgeEvent = createEventJudge(options);
  return (text) => {
    const value = parseLine(text);
    if (value === undefined) return { code: 'malformed_line', message: 'not valid JSON' };
    const faults = faultsOfStructure(text, value);
    const checked: Checked<unknown> =
      faults.length > 0 ? { ok: false, errors: faults } : options.check(value);
    if (!checked.ok) return { code: 'invalid_event', message: toSentence(checked.errors) };
    return judgeEvent(checked.value as Event);
  };
}

/** Returns the judge of one batch for events that fit their schema, which takes them in order. */
export function createEventJudge<
  Event extends { userId: string; eventId?: string },
  Message extends { eventId: string; userId: string },
>(
  options: Omit<Parameters<typeof createLineReader<Event, Message>>[0], 'check'>,
): (event: Event) => ReadLine<Event, Message> | Rejection {
  const { kind, arrival, idempotencyKey, ids } = options;
  const nameLine = idempotencyKey === null ? null : createLineNames(kind, idempotencyKey, ids);
  return (event) => {
    if (!options.mayWriteFor(event.userId)) {
      return { code: 'not_your_user', message: 'The token belongs to another user.' };
    }
    const withoutConsent = options.consentRejectionOf?.(event.userId);
    if (withoutConsent) return withoutConsent;
    const message = kind.toMessage(event, { ...arrival, eventId: eventIdOf(event, null, ids) });
    if (isFault(message)) return { code: 'invalid_event', message: toSentence([message]) };
    if (event.eventId !== undefined || nameLine === null) return { event, message };
    return { event, message: { ...message, eventId: nameLine(message) } };
  };
}

/** The rejection of a line with an id that was used for other content. */
export const REUSED_ID: Rejection = {
  code: 'idempotency_key_reused',
  message: 'its eventId came with other content before',
};

/** Returns the lines of a batch that are not blank, numbered from 1, or the fault of their number. */
export function linesOf(body: string): { line: number; text: string }[] | ProblemDetail {
  const lines = body
    .split('\n')
    .map((text, index) => ({ line: index + 1, text: text.trim() }))
    .filter(({ text }) => text !== '');
  if (lines.length === 0) return { path: '/body', message: 'the batch has no events' };
  return faultOfCount(lines.length) ?? lines;
}

function faultOfCount(count: number): ProblemDetail | null {
  if (count <= LIMITS.batchLinesMax) return null;
  const message = `the batch has ${count} events; at most ${LIMITS.batchLinesMax} are taken`;
  return { path: '/body', message };
}

/**
 * Returns the lines of a batch that came as a JSON array, one for each of its events, or the fault of another
 * value. Throws SyntaxError for no JSON.
 */
export function linesOfArray(text: string): string | ProblemDetail {
  const events: unknown = JSON.parse(text);
  if (!Array.isArray(events)) return { path: '/body', message: 'must be an array of events' };
  if (events.length === 0) return { path: '/body', message: 'the batch has no events' };
  const tooMany = faultOfCount(events.length);
  if (tooMany) return tooMany;
  const [fault] = faultsOfStructure(text, events);
  if (fault) return { path: `/body${fault.path}`, message: fault.message };
  return events.map((event) => JSON.stringify(event)).join('\n');
}

/** Returns the problem of a batch without a good line. */
export function problemOfBatch(
  rejected: RejectedLine[],
): { code: (typeof WHOLE_BATCH)[number] } | { code: 'invalid_request'; errors: ProblemDetail[] } {
  for (const code of WHOLE_BATCH) {
    if (rejected.every((rejection) => rejection.code === code)) return { code };
  }
  const errors = rejected
    .slice(0, ERRORS_MAX)
    .map(({ line, message }) => ({ path: `/body/${line}`, message }));
  return { code: 'invalid_request', errors };
}

/** A batch that has no other rejection is refused as a single event is. */
const WHOLE_BATCH = [
  'not_your_user',
  'consent_missing',
  'consent_withdrawn',
  'idempotency_key_reused',
] as const;
const ERRORS_MAX = 20;

function parseLine(text: string): unknown {
  try {
    return parseWellFormed(text);
  } catch {
    return undefined;
  }
}

function toSentence(errors: ProblemDetail[]): string {
  return errors.map(({ path, message }) => `${path} ${message}`).join('; ');
}
