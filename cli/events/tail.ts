import type { Bus } from '../../platform/messaging/bus.ts';
import { partitionsThere } from '../../platform/messaging/inspect.ts';
import type { KeptMessage } from '../../platform/messaging/message.ts';
import { followStream } from '../../platform/messaging/read-stream.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import type { Topic } from '../../platform/messaging/topic.ts';
import { DEAD_LETTERS, partitionNumber } from '../../platform/messaging/topology.ts';

/** One event of a stream, as it flows. */
export interface Flowing {
  at: string;
  stream: string;
  sequence: number;
  /** From 1; a message has one or many. */
  line: number;
  userId: string | null;
  /** Of the event, the offer or the notification. */
  id: string | null;
  traceId: string | null;
  /** Of a dead letter. */
  code?: string;
  /** The personal data of an event. */
  payload?: unknown;
}

interface TailFilter {
  streams: string[];
  userId?: string | undefined;
  traceId?: string | undefined;
  /** Null: only events from now on. */
  sinceMs: number | null;
  payload: boolean;
}

export const STREAMS = [
  ...new Set(Object.values(TOPICS).map(({ stream }) => stream as string)),
  DEAD_LETTERS.stream,
];

/** Whether it is one of these, or a partition of one. */
export function isStream(name: string): boolean {
  const isPartition = Object.values<Topic>(TOPICS).some((topic) => partitionNumber(name, topic) !== null);
  return STREAMS.includes(name) || isPartition;
}

/** Follows the streams until aborted, each in its own order; `onFlow` returns false to end it. */
export async function tailEvents(
  bus: Bus,
  filter: TailFilter,
  signal: AbortSignal,
  onFlow: (event: Flowing) => boolean,
): Promise<void> {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const follow = (stream: string) =>
    followStream(bus, stream, filter.sinceMs, either, (message) => {
      for (const event of readFlowing(stream, message, filter.payload)) {
        if (either.aborted || !fits(event, filter)) continue;
        if (!onFlow(event)) ended.abort();
      }
    });
  await Promise.all((await streamsThere(bus, filter.streams)).map(follow));
}

/** A topic's name stands for all of its partitions. */
async function streamsThere(bus: Bus, names: string[]): Promise<string[]> {
  const streams = await Promise.all(
    names.map(async (name) => {
      const topic = Object.values<Topic>(TOPICS).find(({ stream }) => stream === name);
      const partitions = topic ? await partitionsThere(bus, topic) : [];
      return partitions.length > 0 ? partitions.map(({ stream }) => stream) : [name];
    }),
  );
  return [...new Set(streams.flat())];
}

function fits(event: Flowing, { userId, traceId }: TailFilter): boolean {
  return (!userId || event.userId === userId) && (!traceId || event.traceId === traceId);
}

function readFlowing(stream: string, message: KeptMessage, showPayload: boolean): Flowing[] {
  const at = new Date(message.time).toISOString();
  const code = message.header('Ecs-Code');
  return new TextDecoder()
    .decode(message.data)
    .split('\n')
    .flatMap((text, index): Flowing[] => {
      if (text.trim() === '') return [];
      const place = { at, stream, sequence: message.sequence, line: index + 1, ...(code ? { code } : {}) };
      const value = parse(text);
      const { userId, eventId, notificationId, offerId, traceId, ...payload } = value ?? {};
      const id = textOf(eventId) ?? textOf(notificationId) ?? textOf(offerId);
      const shown = showPayload ? { payload: value === null ? text : payload } : {};
      return [{ ...place, userId: textOf(userId), id, traceId: textOf(traceId), ...shown }];
    });
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : null);

function parse(text: string): Record<string, unknown> | null {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
