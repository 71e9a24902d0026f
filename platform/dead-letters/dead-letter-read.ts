import {
  type DeadLetterId,
  HEADER,
  keyOf,
  LINE_BREAK,
  type LinesHeader,
  type Origin,
  type StoredDeadLetter,
} from './dead-letter-format.ts';
import type { KeptMessage } from '../messaging/message.ts';
import { streamOf } from '../messaging/topology.ts';

/** Every dead letter in a message of the stream. */
export function readDeadLetters(message: KeptMessage): StoredDeadLetter[] {
  const { sequence, data, header } = message;
  const lines = header(HEADER.lines);
  if (lines) return readShared(message, JSON.parse(lines) as LinesHeader);
  const origin = {
    ...sourceOf(message),
    sequence: Number(header(HEADER.sequence) || 0),
    deliveries: Number(header(HEADER.deliveries) || 0),
    timestampNanos: 0,
  };
  const place = {
    id: sequence,
    key: header(HEADER.id) || `sequence:${sequence}`,
    line: Number(header(HEADER.line) || 0),
    reason: header(HEADER.message) ?? '',
  };
  return [toStored(message, origin, data, place)];
}

function readShared(message: KeptMessage, originals: LinesHeader): StoredDeadLetter[] {
  const { sequence, data, header } = message;
  const source = sourceOf(message);
  const reasons = JSON.parse(header(HEADER.reasons) || '[]') as string[];
  const base = header(HEADER.letter) || String(sequence);
  let from = 0;
  return originals.flatMap(([originalSequence, timestampNanos, deliveries, entries]) => {
    const origin = { ...source, sequence: originalSequence, timestampNanos, deliveries };
    return entries.map(([position, line, bytes, reason]) => {
      const part = data.subarray(from, from + bytes);
      from += bytes + LINE_BREAK.byteLength;
      const id = `${base}.${position}`;
      return toStored(message, origin, part, {
        id,
        key: keyOf(origin, line),
        line,
        reason: reasons[reason] ?? '',
      });
    });
  });
}

function sourceOf({ header }: KeptMessage): Pick<Origin, 'stream' | 'subject'> {
  const subject = header(HEADER.subject) ?? '';
  return { stream: streamOf(subject), subject };
}

function toStored(
  { sequence, header, time }: KeptMessage,
  origin: Origin,
  data: Uint8Array,
  { id, key, line, reason }: { id: DeadLetterId; key: string; line: number; reason: string },
): StoredDeadLetter {
  const letter = {
    id,
    stream: origin.stream,
    subject: origin.subject,
    sequence: origin.sequence,
    line,
    deliveries: origin.deliveries,
    code: header(HEADER.code) || 'unknown',
    message: reason,
    parkedAt: header(HEADER.parkedAt) || new Date(time).toISOString(),
    bytes: data.byteLength,
    payload: new TextDecoder().decode(data),
  };
  return { letter, data, key, heldIn: sequence, origin };
}
