import { LRUCache } from 'lru-cache';
import type { Bus } from '../messaging/bus.ts';
import { inspectStream } from '../messaging/inspect.ts';

/** Returns when a stream was created, as the broker writes it. Throws AppError 503. */
export type CreationTimes = (stream: string) => Promise<string>;

const STREAMS_MAX = 100;
const REMEMBERED_MS = 1000;

/**
 * Remembers when each stream was created, for a second and one connection: to ask for it costs as much as a
 * message. A time is never newer than the call: a message that goes to a stream made anew since is marked as
 * of the one before, and at worst sent again.
 */
export function rememberCreationTimes(bus: Bus, rememberedMs = REMEMBERED_MS): CreationTimes {
  const times = new LRUCache<string, string>({ max: STREAMS_MAX, ttl: rememberedMs });
  bus.onReconnect(() => times.clear());
  return async (stream) => {
    const remembered = times.get(stream);
    if (remembered !== undefined) return remembered;
    const { created } = await inspectStream(bus, stream);
    times.set(stream, created);
    return created;
  };
}
