/**
 * The wire format of dead letters. A message of the dead-letter stream holds one rejected line, or many of
 * one stream with one code:
 *
 *   payload   the original bytes, a line break between two lines
 *   headers   original subject, sequence, line, deliveries, code and message, of the first line
 *             Ecs-Lines: for many, every line with its origin and its length; Ecs-Reasons: their messages
 *   subject   dead-letters.<stream>, for many dead-letters.<stream>.<lines>: so the broker can count lines
 */
export interface DeadLetter {
  id: DeadLetterId;
  stream: string;
  subject: string;
  /** Sequence of the original, and the line in it, from 1; line 0 is the whole message. */
  sequence: number;
  line: number;
  deliveries: number;
  code: string;
  message: string;
  parkedAt: string;
  bytes: number;
  payload: string;
}

/** A message's sequence in the dead-letter stream; `SEQUENCE.POSITION` for a line that shares its message. */
export type DeadLetterId = number | string;

/** A line, or a whole message as line 0, that is to be dead-lettered. */
export interface Rejection {
  origin: Origin;
  line: number;
  payload: string | Uint8Array;
  code: string;
  message: string;
}

export interface Origin {
  stream: string;
  subject: string;
  sequence: number;
  deliveries: number;
  /** Keeps the sequences of a re-created stream apart from the old ones. */
  timestampNanos: number;
}

/** A dead letter with everything that is needed to send it again. */
export interface StoredDeadLetter {
  letter: DeadLetter;
  data: Uint8Array;
  /** The same for every copy that a crash has left of it. */
  key: string;
  /** Sequence of the message that holds it. */
  heldIn: number;
  origin: Origin;
}

export const HEADER = {
  subject: 'Ecs-Subject',
  sequence: 'Ecs-Sequence',
  line: 'Ecs-Line',
  deliveries: 'Ecs-Deliveries',
  code: 'Ecs-Code',
  message: 'Ecs-Message',
  lines: 'Ecs-Lines',
  reasons: 'Ecs-Reasons',
  /** Headers of the rest of a message: the id and the time that its lines keep. */
  letter: 'Ecs-Letter',
  parkedAt: 'Ecs-Parked-At',
  id: 'Nats-Msg-Id',
} as const;

/** `Ecs-Lines`: the originals, each with its lines; `reason` is a place in `Ecs-Reasons`. */
export type LinesHeader = [
  sequence: number,
  timestampNanos: number,
  deliveries: number,
  lines: LineEntry[],
][];
type LineEntry = [position: number, line: number, bytes: number, reason: number];

/** The number of the message that a letter came in. */
export const messageOf = (id: DeadLetterId): string => String(id).split('.')[0] ?? '';

/** From 1 in a message of many lines; 0 for a letter with a message of its own. */
export function positionOf(id: DeadLetterId): number {
  return Number(String(id).split('.')[1] ?? 0);
}

/** The same for every copy of a line. */
export const keyOf = ({ stream, timestampNanos, sequence }: Origin, line: number) =>
  `${stream}:${timestampNanos}:${sequence}:${line}`;

/** Between two lines of a message. */
export const LINE_BREAK = new TextEncoder().encode('\n');
