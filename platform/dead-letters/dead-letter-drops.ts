import type { Bus } from '../messaging/bus.ts';
import type { DeadLetter } from './dead-letter-format.ts';
import { fits } from './dead-letter.ts';
import { ensureDropStream, hasDropStream } from '../messaging/drop-stream.ts';
import { readStream } from '../messaging/read-stream.ts';
import { DEAD_LETTER_DROPS } from '../messaging/topology.ts';

/**
 * The record of dropped dead letters with operator and reason: kept for a year, without the payload, which
 * is personal data. The stream is made with the first drop.
 */
export interface DropReason {
  reason: string;
  /** The operator as far as the machine knows: user@host. */
  by: string;
}

export interface Drop extends Omit<DeadLetter, 'payload'>, DropReason {
  droppedAt: string;
}

/** Repeating it changes nothing. */
export async function recordDrop(bus: Bus, letter: DeadLetter, why: DropReason): Promise<void> {
  await ensureDropStream(bus);
  const { payload: _, ...record } = letter;
  const drop: Drop = { ...record, ...why, droppedAt: new Date().toISOString() };
  const id = `drop:${letter.parkedAt}:${letter.id}`;
  await bus.publish(DEAD_LETTER_DROPS.subject, JSON.stringify(drop), { id });
}

/** Oldest first, the newest `limit` of them. */
export async function listDrops(
  bus: Bus,
  filter: {
    stream?: string | undefined;
    code?: string | undefined;
    limit: number;
  },
): Promise<Drop[]> {
  const drops: Drop[] = [];
  if (!(await hasDropStream(bus))) return drops;
  await readStream(bus, DEAD_LETTER_DROPS.stream, {}, ({ data }) => {
    const drop = JSON.parse(new TextDecoder().decode(data)) as Drop;
    if (fits(drop, filter)) drops.push(drop);
    return true;
  });
  return drops.slice(-filter.limit);
}
