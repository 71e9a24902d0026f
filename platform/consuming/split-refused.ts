import type { JsMsg } from 'nats';
import { forEachBounded } from '../kernel/concurrency.ts';
import type { MessageRejection } from '../dead-letters/dead-letter-queue.ts';
import type { BatchOptions, Refusal } from './handle-batch.ts';
import { errorFields } from '../kernel/log.ts';
import { isRetryable } from '../data/sql.ts';

/** An event with the line it was read from. */
export type Item<Event> = { original: JsMsg; line: number; text: string; event: Event };

/** Into so many parts a refused group is split, and so many statements run at once to find its bad events. */
const SPLIT_PARTS = 16;
const STATEMENTS_AT_ONCE = 4;

/**
 * Handles the events at once; a group that is refused as a whole is split, and its parts are handled side by
 * side, until each event that is at fault is alone.
 */
export async function handleSplitting<Event>(
  options: Pick<BatchOptions<Event>, 'durable' | 'handle' | 'log'>,
  items: Item<Event>[],
): Promise<MessageRejection[]> {
  const rejections: MessageRejection[] = [];
  let groups = items.length === 0 ? [] : [items];
  let unexpected: unknown;
  while (groups.length > 0) {
    const parts: Item<Event>[][] = [];
    await forEachBounded(groups, STATEMENTS_AT_ONCE, async (group) => {
      try {
        const refusals = await options.handle(group.map(({ event }) => event));
        rejections.push(...refusals.flatMap((refusal) => rejectionOf(group[refusal.index], refusal)));
      } catch (error) {
        if (isRetryable(error)) throw error;
        if (group.length > 1) parts.push(...split(group));
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
    groups = parts;
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
  { code, message }: Pick<Refusal, 'code' | 'message'>,
): MessageRejection[] {
  if (!item) return [];
  const { original, line, text } = item;
  return [{ original, line, payload: text, code, message }];
}

function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return `the database refused it${typeof code === 'string' ? ` (${code})` : ''}`;
}

function split<Item>(group: Item[]): Item[][] {
  const size = Math.ceil(group.length / SPLIT_PARTS);
  const count = Math.ceil(group.length / size);
  return Array.from({ length: count }, (_, index) => group.slice(index * size, (index + 1) * size));
}
