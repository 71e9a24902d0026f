import { forEachBounded } from '../kernel/concurrency.ts';
import type { MessageRejection } from '../dead-letters/dead-letter-queue.ts';
import type { EventRejection } from './event-rejection.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import { isRetryable } from '../data/sql.ts';
import type { Message } from '../messaging/message.ts';

/** An event with the line it was read from. */
export type Item<Event> = { original: Message; line: number; text: string; event: Event };

/** A rejected line; dropped, it becomes no dead letter. */
export type RejectedLine = MessageRejection & { isDropped?: boolean };

export interface SplitOptions<Event> {
  /** The durable consumer's name, for logs and metrics. */
  durable: string;
  /**
   * Commits the events, exactly once each, and returns those it rejects. Throws when nothing was committed.
   */
  handle(events: Event[]): Promise<EventRejection[]>;
  log: Logger;
}

/** A rejected group is split into so many groups, and so many statements search it for bad events at once. */
const GROUPS_PER_SPLIT = 16;
const STATEMENTS_AT_ONCE = 4;

/**
 * Handles a group of events in one statement. A group that is rejected as a whole is split into smaller ones,
 * handled concurrently, until each bad event is alone and is rejected.
 */
export async function handleSplitting<Event>(
  options: SplitOptions<Event>,
  items: Item<Event>[],
): Promise<RejectedLine[]> {
  const rejections: RejectedLine[] = [];
  let groups = [items];
  let unexpected: unknown;
  while (groups.length > 0) {
    const smallerGroups: Item<Event>[][] = [];
    await forEachBounded(groups, STATEMENTS_AT_ONCE, async (group) => {
      try {
        const rejected = await options.handle(group.map(({ event }) => event));
        rejections.push(...rejected.flatMap((rejection) => rejectionOf(group[rejection.index], rejection)));
      } catch (error) {
        if (isRetryable(error)) throw error;
        if (group.length > 1) smallerGroups.push(...split(group));
        else {
          unexpected ??= error;
          rejections.push(
            ...rejectionOf(group[0], {
              code: 'refused',
              message: reasonOf(error),
            }),
          );
        }
      }
    });
    groups = smallerGroups;
  }
  if (unexpected) {
    const count = rejections.filter(({ code }) => code === 'refused').length;
    options.log.error(
      { durable: options.durable, count, ...errorFields(unexpected) },
      'events cannot be stored',
    );
  }
  return rejections;
}

function rejectionOf<Event>(
  item: Item<Event> | undefined,
  { code, message, isDropped = false }: Omit<EventRejection, 'index'>,
): RejectedLine[] {
  if (!item) return [];
  const { original, line, text } = item;
  return [{ original, line, payload: text, code, message, isDropped }];
}

function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return `the database refused it${typeof code === 'string' ? ` (${code})` : ''}`;
}

function split<Item>(group: Item[]): Item[][] {
  const size = Math.ceil(group.length / GROUPS_PER_SPLIT);
  const count = Math.ceil(group.length / size);
  return Array.from({ length: count }, (_, index) => group.slice(index * size, (index + 1) * size));
}
