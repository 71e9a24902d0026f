import type { Bus } from '../messaging/bus.ts';
import type { DeadLetter } from './dead-letter-format.ts';
import { fits } from './dead-letter.ts';
import { ensureDropStream, hasDropStream } from '../messaging/drop-stream.ts';
import type { Place } from './place.ts';
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

interface DropFilter {
  stream?: string | undefined;
  code?: string | undefined;
  limit: number;
  /** Those before this one. */
  before?: Place | undefined;
}

/** Oldest first, the newest `limit` of them. */
export async function listDrops(bus: Bus, filter: DropFilter): Promise<Drop[]> {
  return (await pageDrops(bus, filter)).drops;
}

/** The same, with the place of the oldest of them; null where there are none before it. */
export async function pageDrops(
  bus: Bus,
  filter: DropFilter,
): Promise<{ drops: Drop[]; oldest: Place | null }> {
  const found: { drop: Drop; place: Place }[] = [];
  if (await hasDropStream(bus)) {
    await readStream(bus, DEAD_LETTER_DROPS.stream, {}, ({ sequence, data }) => {
      if (filter.before && sequence >= filter.before.sequence) return false;
      const drop = JSON.parse(new TextDecoder().decode(data)) as Drop;
      if (fits(drop, filter)) found.push({ drop, place: { sequence, position: 0 } });
      return true;
    });
  }
  const newest = found.slice(-filter.limit);
  return {
    drops: newest.map(({ drop }) => drop),
    oldest: (found.length > newest.length && newest[0]?.place) || null,
  };
}
