import { DiscardPolicy, NatsError, nanos, RetentionPolicy, StorageType } from 'nats';
import { DAY_MS } from '../../sdk/contracts/time.ts';
import type { Bus } from '../messaging/bus.ts';
import type { DeadLetter } from './dead-letter-format.ts';
import { DEAD_LETTER_DROPS, DEAD_LETTERS } from '../messaging/topology.ts';

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

const READER_IDLE_MS = 10_000;

/** Repeating it changes nothing. */
export async function recordDrop(bus: Bus, letter: DeadLetter, why: DropReason): Promise<void> {
  await ensureDrops(bus);
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
  const { js, jsm } = bus.client();
  const info = await jsm.streams.info(DEAD_LETTER_DROPS.stream).catch(ignoreMissing);
  const drops: Drop[] = [];
  if (!info || info.state.messages === 0) return drops;
  const consumer = await js.consumers.get(DEAD_LETTER_DROPS.stream, {
    inactive_threshold: READER_IDLE_MS,
  });
  for (let unread = (await consumer.info(true)).num_pending; unread > 0; ) {
    const messages = await consumer.fetch({
      max_messages: Math.min(unread, 500),
      expires: 2000,
    });
    let received = 0;
    for await (const message of messages) {
      received += 1;
      const drop = message.json<Drop>();
      const fits =
        (!filter.stream || drop.stream === filter.stream) && (!filter.code || drop.code === filter.code);
      if (fits) drops.push(drop);
    }
    if (received === 0) break;
    unread -= received;
  }
  return drops.slice(-filter.limit);
}

/** With as many replicas as the dead letters have. */
async function ensureDrops(bus: Bus): Promise<void> {
  const { jsm } = bus.client();
  if (await jsm.streams.info(DEAD_LETTER_DROPS.stream).catch(ignoreMissing)) return;
  const { config } = await jsm.streams.info(DEAD_LETTERS.stream);
  await jsm.streams.add({
    name: DEAD_LETTER_DROPS.stream,
    subjects: [DEAD_LETTER_DROPS.subject],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: nanos(DEAD_LETTER_DROPS.ageMaxDays * DAY_MS),
    max_bytes: DEAD_LETTER_DROPS.bytesMax,
    num_replicas: config.num_replicas,
  });
}

function ignoreMissing(error: unknown): null {
  if (error instanceof NatsError && error.code === '404') return null;
  throw error;
}
