import type { Bus } from '../messaging/bus.ts';
import { scanDeadLetters } from './dead-letter.ts';

/** Dead letters of one stream with one cause. */
interface DeadLetterGroup {
  stream: string;
  code: string;
  count: number;
  bytes: number;
  oldestAt: string;
  newestAt: string;
  /** The most frequent messages, with the number of each. */
  messages: { message: string; count: number }[];
}

/** Reading more would take longer than a response may. */
const LETTERS_MAX = 50_000;
const MESSAGES_SHOWN = 3;
/** Messages may name places of the payload, so there may be as many as dead letters. */
const MESSAGES_COUNTED_MAX = 1000;

/** Groups dead letters by stream and cause, the largest group first; the oldest alone where they are many. */
export async function groupDeadLetters(
  bus: Bus,
): Promise<{ groups: DeadLetterGroup[]; isComplete: boolean }> {
  const groups = new Map<string, DeadLetterGroup & { counts: Map<string, number> }>();
  let read = 0;
  let isComplete = true;
  await scanDeadLetters(bus, ({ letter: { stream, code, bytes, parkedAt, message } }) => {
    isComplete = read < LETTERS_MAX;
    if (!isComplete) return false;
    read += 1;
    const key = `${stream} ${code}`;
    const group = groups.get(key) ?? {
      stream,
      code,
      count: 0,
      bytes: 0,
      oldestAt: parkedAt,
      newestAt: parkedAt,
      messages: [],
      counts: new Map<string, number>(),
    };
    groups.set(key, group);
    group.count += 1;
    group.bytes += bytes;
    // A replay that failed again has a new place, but keeps no time: both ends are compared.
    if (parkedAt < group.oldestAt) group.oldestAt = parkedAt;
    if (parkedAt > group.newestAt) group.newestAt = parkedAt;
    if (group.counts.size < MESSAGES_COUNTED_MAX || group.counts.has(message)) {
      group.counts.set(message, (group.counts.get(message) ?? 0) + 1);
    }
    return true;
  });
  const found = [...groups.values()].map(({ counts, ...group }) => ({
    ...group,
    messages: [...counts]
      .map(([message, count]) => ({ message, count }))
      .toSorted((a, b) => b.count - a.count)
      .slice(0, MESSAGES_SHOWN),
  }));
  return { groups: found.toSorted((a, b) => b.count - a.count), isComplete };
}
