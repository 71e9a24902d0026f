import {
  HEADER,
  keyOf,
  LINE_BREAK,
  type LinesHeader,
  messageOf,
  type Origin,
  positionOf,
  type Rejection,
  type StoredDeadLetter,
} from './dead-letter-format.ts';
import { deadLetterSubject } from '../messaging/topology.ts';

/** A message for the dead-letter stream, with the rejections it holds. */
export interface PackedDeadLetters {
  subject: string;
  id: string;
  headers: Record<string, string>;
  payload: string | Uint8Array;
  rejections: Rejection[];
}

const REASON_LENGTH_MAX = 500;
const LINES_MAX = 1000;
const BYTES_MAX = 256 * 1024;
/** Roughly the bytes that a line adds to the headers. */
const ENTRY_BYTES = 24;

/** Packs rejections into few messages: those of one stream and code share them. */
export function packDeadLetters(rejections: Rejection[]): PackedDeadLetters[] {
  const groups = Map.groupBy(rejections, ({ origin, code }) => `${origin.stream} ${code}`);
  return [...groups.values()].flatMap((group) => splitGroup(group).map(packGroup));
}

/** A line that is alone keeps the form that every reader knows, and an id that is the same each time. */
function packGroup(rejections: Rejection[]): PackedDeadLetters {
  const [first, ...rest] = rejections;
  if (!first) throw new Error('no rejection');
  const { origin, code, line } = first;
  const headers = {
    [HEADER.subject]: origin.subject,
    [HEADER.sequence]: String(origin.sequence),
    [HEADER.line]: String(line),
    [HEADER.deliveries]: String(origin.deliveries),
    [HEADER.code]: code,
    [HEADER.message]: reasonOf(first),
  };
  const subject = deadLetterSubject(origin.stream, rejections.length);
  const key = keyOf(origin, line);
  if (rest.length === 0) return { subject, id: key, headers, payload: first.payload, rejections };
  const lines = rejections.map((rejection, index) => ({
    ...rejection,
    position: index + 1,
  }));
  return {
    subject,
    id: `${origin.stream}:${hashOf(rejections.map((member) => keyOf(member.origin, member.line)))}`,
    headers: { ...headers, ...linesHeaders(lines) },
    payload: joinPayloads(rejections),
    rejections,
  };
}

/** Packs the rest of a message after some of its lines went; the lines keep their ids. */
export function packRemainder(letters: StoredDeadLetter[]): PackedDeadLetters {
  const [first] = letters;
  if (!first) throw new Error('nothing remains');
  const lines = letters.map(({ letter, data, origin }) => ({
    origin,
    line: letter.line,
    payload: data,
    code: letter.code,
    message: letter.message,
    position: positionOf(letter.id),
  }));
  const { subject, headers } = packGroup(lines);
  return {
    subject,
    id: `rest:${first.letter.parkedAt}:${hashOf(letters.map(({ letter }) => String(letter.id)))}`,
    headers: {
      ...headers,
      ...linesHeaders(lines),
      [HEADER.letter]: messageOf(first.letter.id),
      [HEADER.parkedAt]: first.letter.parkedAt,
    },
    payload: joinPayloads(lines),
    rejections: lines,
  };
}

/** Packs a letter with a message of its own after lines of its payload went. */
export function packAlone({ letter, data, origin }: StoredDeadLetter): PackedDeadLetters {
  const { line, code, message } = letter;
  const packed = packGroup([{ origin, line, payload: data, code, message }]);
  const id = `rest:${letter.parkedAt}:${hashOf([String(letter.id), letter.payload])}`;
  return { ...packed, id, headers: { ...packed.headers, [HEADER.parkedAt]: letter.parkedAt } };
}

const hashOf = (texts: string[]) =>
  new Bun.CryptoHasher('sha256').update(texts.join('\n')).digest('hex').slice(0, 32);

const reasonOf = ({ message }: Pick<Rejection, 'message'>) => message.slice(0, REASON_LENGTH_MAX);

/** Each original stands once, before its lines. */
function linesHeaders(lines: (Rejection & { position: number })[]): Record<string, string> {
  const reasons = new Map<string, number>();
  const header: LinesHeader = [];
  let last: Origin | undefined;
  for (const rejection of lines) {
    const { origin, position, line, payload } = rejection;
    const reason = reasonOf(rejection);
    if (!reasons.has(reason)) reasons.set(reason, reasons.size);
    if (!last || keyOf(last, 0) !== keyOf(origin, 0)) {
      header.push([origin.sequence, origin.timestampNanos, origin.deliveries, []]);
      last = origin;
    }
    header.at(-1)?.[3].push([position, line, Buffer.byteLength(payload), reasons.get(reason) ?? 0]);
  }
  return {
    [HEADER.lines]: JSON.stringify(header),
    [HEADER.reasons]: JSON.stringify([...reasons.keys()]),
  };
}

/** At most so many lines, and so many bytes with their headers; a line that is larger is alone. */
function splitGroup(rejections: Rejection[]): Rejection[][] {
  const groups: Rejection[][] = [];
  let bytes = Infinity;
  let reasons = new Set<string>();
  for (const rejection of rejections) {
    const reason = reasonOf(rejection);
    const added =
      Buffer.byteLength(rejection.payload) + ENTRY_BYTES + (reasons.has(reason) ? 0 : 2 * reason.length);
    if (bytes + added > BYTES_MAX || (groups.at(-1)?.length ?? 0) >= LINES_MAX) {
      groups.push([]);
      reasons = new Set();
      bytes = 0;
    }
    reasons.add(reason);
    bytes += added;
    groups.at(-1)?.push(rejection);
  }
  return groups;
}

function joinPayloads(rejections: Pick<Rejection, 'payload'>[]): string | Uint8Array {
  const payloads = rejections.map(({ payload }) => payload);
  if (payloads.every((payload) => typeof payload === 'string')) return payloads.join('\n');
  return Buffer.concat(
    payloads.flatMap((payload, index) => [
      ...(index === 0 ? [] : [LINE_BREAK]),
      typeof payload === 'string' ? Buffer.from(payload) : payload,
    ]),
  );
}
