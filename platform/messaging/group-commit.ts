import { problem } from '../kernel/errors.ts';
import type { SpanContext } from '../tracing/tracer.ts';

/**
 * Group commit: all events that arrive while a message is in flight leave in the next one, NDJSON, and each
 * waits for its own message's PubAck. An idle system sends an event at once, alone; no timer ever delays
 * one. After a PubAck the turn of the event loop is ended first: events of the same moment go along, and a
 * busy process sends a third fewer messages.
 *
 * When more waits than fits a message, customers share it: each has a queue of its own, and in each round as
 * many bytes as every other (deficit round robin). A single event leaves with the next message, however many
 * batches of another customer wait.
 */
export interface GroupCommit {
  /**
   * Resolves when the messages that carry the lines are acknowledged; a failed message fails exactly the
   * calls that have lines in it.
   */
  add(lines: CustomerLine[]): Promise<void>;
  /** Lines that wait or are on their way. */
  pending(): number;
}

export interface CustomerLine {
  userId: string;
  line: string;
  /** Of the request that it is of, in a sampled trace. */
  span?: SpanContext | null;
}

/** The lines of a message, one below the other. */
export interface GroupMessage {
  text: string;
  lines: number;
  /** Of the sampled requests with lines in it. */
  spans: SpanContext[];
}

interface GroupCommitLimits {
  linesPerMessage: number;
  bytesPerMessage: number;
  linesPending: number;
  linesPendingPerCustomer: number;
  /** A call that has waited for so long is rejected rather than sent: its client is about to leave. */
  waitMsMax: number;
}

/** A call of `add`: settled when its last line is. */
interface Call {
  sinceMs: number;
  linesLeft: number;
  isFailed: boolean;
  resolve: () => void;
  reject: (error: unknown) => void;
}

type Waiting = { line: string; bytes: number; call: Call; span: SpanContext | null };

interface CustomerQueue {
  waiting: Waiting[];
  /** Taken already of those at the front. */
  taken: number;
  /** Bytes that it may still take in this round. */
  credit: number;
}

/** A customer's bytes in a round, of a message: about as much as ten events. */
const ROUND_SHARE = 1 / 64;
const COMPACTED_FROM = 1000;

export function createGroupCommit(
  send: (message: GroupMessage) => Promise<unknown>,
  limits: GroupCommitLimits,
): GroupCommit {
  const queues = new Map<string, CustomerQueue>();
  let waitingLines = 0;
  let onTheWay = 0;
  let sending = false;

  const sendAll = async (): Promise<void> => {
    sending = true;
    while (waitingLines > 0) {
      const message = takeMessage(queues, limits);
      waitingLines -= message.length;
      for (const { call } of message) if (isOverdue(call, limits.waitMsMax)) fail(call, behind());
      const lines = message.filter(({ call }) => !call.isFailed);
      if (lines.length === 0) continue;
      onTheWay = lines.length;
      try {
        const text = lines.map(({ line }) => line).join('\n');
        await send({ text, lines: lines.length, spans: spansOf(lines) });
        for (const { call } of lines) {
          call.linesLeft -= 1;
          if (call.linesLeft === 0) call.resolve();
        }
      } catch (error) {
        for (const { call } of lines) fail(call, error);
      }
      onTheWay = 0;
      await new Promise(setImmediate);
    }
    sending = false;
  };

  const requireRoom = (lines: CustomerLine[]): void => {
    const isFull = waitingLines + onTheWay + lines.length > limits.linesPending;
    const waitingOf = (queue: CustomerQueue | undefined) => (queue ? queue.waiting.length - queue.taken : 0);
    const isGreedy = ({ userId }: CustomerLine) =>
      waitingOf(queues.get(userId)) >= limits.linesPendingPerCustomer;
    if (isFull || lines.some(isGreedy))
      throw problem('overloaded', { detail: 'Too many events wait for the broker.' });
  };

  return {
    add: (lines) =>
      new Promise((resolve, reject) => {
        requireRoom(lines);
        const call = {
          sinceMs: performance.now(),
          linesLeft: lines.length,
          isFailed: false,
          resolve,
          reject,
        };
        for (const { userId, line, span = null } of lines) {
          const entry = { line, bytes: Buffer.byteLength(line) + 1, call, span };
          const queue = queues.get(userId);
          if (queue) queue.waiting.push(entry);
          else queues.set(userId, { waiting: [entry], taken: 0, credit: 0 });
        }
        waitingLines += lines.length;
        if (!sending) void sendAll();
      }),
    pending: () => waitingLines + onTheWay,
  };
}

const NO_SPANS: SpanContext[] = [];

/** Each once; there are hardly ever any. */
function spansOf(message: Waiting[]): SpanContext[] {
  if (message.every(({ span }) => span === null)) return NO_SPANS;
  return [...new Set(message.flatMap(({ span }) => span ?? []))];
}

function isOverdue({ isFailed, sinceMs }: Call, waitMsMax: number): boolean {
  return !isFailed && performance.now() - sinceMs > waitMsMax;
}

const behind = () => problem('broker_unavailable', { detail: 'The message broker is behind.' });

function fail(call: Call, error: unknown): void {
  call.isFailed = true;
  call.reject(error);
}

/**
 * Takes the next message from the queues, round by round; a queue that was served is the last of the next
 * message's first round. At least one line is taken, of any size.
 */
function takeMessage(queues: Map<string, CustomerQueue>, limits: GroupCommitLimits): Waiting[] {
  const message: Waiting[] = [];
  let bytes = 0;
  // A message is full by its lines as well: the shortest costs its part of them.
  const costOf = (next: Waiting) => Math.max(next.bytes, limits.bytesPerMessage / limits.linesPerMessage);
  // An entry put back at the end of the map comes again in the same iteration.
  for (const [userId, queue] of queues) {
    queues.delete(userId);
    queue.credit += limits.bytesPerMessage * ROUND_SHARE;
    let next = queue.waiting[queue.taken];
    while (next && (costOf(next) <= queue.credit || message.length === 0)) {
      const isFull = message.length === limits.linesPerMessage || bytes + next.bytes > limits.bytesPerMessage;
      if (isFull && message.length > 0) {
        queues.set(userId, compact(queue));
        return message;
      }
      message.push(next);
      bytes += next.bytes;
      queue.credit -= costOf(next);
      queue.taken += 1;
      next = queue.waiting[queue.taken];
    }
    if (next) queues.set(userId, compact(queue));
  }
  return message;
}

/** A queue that never runs empty would keep all that it ever held. */
function compact(queue: CustomerQueue): CustomerQueue {
  if (queue.taken < COMPACTED_FROM) return queue;
  queue.waiting.splice(0, queue.taken);
  queue.taken = 0;
  return queue;
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
  publish: (to: Destination, message: GroupMessage) => Promise<unknown>,
  limits: GroupCommitLimits,
): (to: Destination) => GroupCommit {
  const groups = new Map<string, GroupCommit>();
  return (to) => {
    const { subject } = to;
    const existing = groups.get(subject);
    if (existing) return existing;
    const group = createGroupCommit((message) => publish(to, message), limits);
    groups.set(subject, group);
    return group;
  };
}
