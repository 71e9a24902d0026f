import { unavailable } from './errors.ts';

/**
 * Group commit: all events that arrive while a message is on its way leave in the next one, NDJSON, and each
 * waits for its own message's PubAck. An idle system sends an event at once, alone; no timer ever delays one.
 * After a PubAck the turn of the event loop is ended first: what came in the same moment goes along, and a
 * busy process sends a third fewer messages.
 */
export interface GroupCommit {
  /**
   * Resolves when the message that carries the line is acknowledged; a failed message fails exactly its
   * lines.
   */
  add(line: string): Promise<void>;
  /** Lines that wait or are on their way. */
  pending(): number;
}

export interface GroupCommitLimits {
  linesPerMessage: number;
  bytesPerMessage: number;
  linesPending: number;
}

type Waiting = { line: string; bytes: number; resolve: () => void; reject: (error: unknown) => void };

export function createGroupCommit(
  send: (message: string, lines: number) => Promise<unknown>,
  limits: GroupCommitLimits,
): GroupCommit {
  let queue: Waiting[] = [];
  let onTheWay = 0;
  let sending = false;

  const takeMessage = (): Waiting[] => {
    let bytes = 0;
    let count = 0;
    for (const waiting of queue) {
      bytes += waiting.bytes + 1;
      if (count > 0 && (count === limits.linesPerMessage || bytes > limits.bytesPerMessage)) break;
      count += 1;
    }
    const message = queue.slice(0, count);
    queue = queue.slice(count);
    return message;
  };

  const sendAll = async (): Promise<void> => {
    sending = true;
    while (queue.length > 0) {
      const message = takeMessage();
      onTheWay = message.length;
      try {
        await send(message.map((waiting) => waiting.line).join('\n'), message.length);
        for (const waiting of message) waiting.resolve();
      } catch (error) {
        for (const waiting of message) waiting.reject(error);
      }
      onTheWay = 0;
      await new Promise(setImmediate);
    }
    sending = false;
  };

  return {
    add: (line) =>
      new Promise((resolve, reject) => {
        if (queue.length + onTheWay >= limits.linesPending) {
          reject(unavailable('overloaded', 'Too many events wait for the broker.'));
          return;
        }
        queue.push({ line, bytes: Buffer.byteLength(line), resolve, reject });
        if (!sending) void sendAll();
      }),
    pending: () => queue.length + onTheWay,
  };
}

/** Joins lines to messages of at most `bytesMax`. */
export function packLines(lines: string[], bytesMax: number): { message: string; lines: number }[] {
  const messages: { message: string; lines: number }[] = [];
  let current: string[] = [];
  let bytes = 0;
  const close = () => messages.push({ message: current.join('\n'), lines: current.length });
  for (const line of lines) {
    const size = Buffer.byteLength(line) + 1;
    if (current.length > 0 && bytes + size > bytesMax) {
      close();
      current = [];
      bytes = 0;
    }
    current.push(line);
    bytes += size;
  }
  if (current.length > 0) close();
  return messages;
}

/** A group commit for each subject, made when it is first needed. */
export function createGroupCommits<Destination extends { subject: string }>(
  publish: (to: Destination, message: string, lines: number) => Promise<unknown>,
  limits: GroupCommitLimits,
): (to: Destination) => GroupCommit {
  const groups = new Map<string, GroupCommit>();
  return (to) => {
    const { subject } = to;
    const existing = groups.get(subject);
    if (existing) return existing;
    const group = createGroupCommit((message, lines) => publish(to, message, lines), limits);
    groups.set(subject, group);
    return group;
  };
}
