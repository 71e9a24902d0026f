import { isUuid } from '../../sdk/contracts/common.ts';

/**
 * Set by a load balancer, or else by a gateway, for an event that came without a key: `<uuid>@<unix
 * seconds>.<milliseconds>`, its id and the time of its arrival. Sent again when a process died with it, it is
 * stored once: it has the same id, and falls into the same month.
 */
export const EVENT_STAMP_HEADER = 'x-ecs-event-stamp';

interface EventStamp {
  eventId: string;
  atMs: number;
}

/** Attempts at a request end long before. Another clock, or a client's own header, is not believed. */
const ATTEMPTS_MS = 60_000;

export const newStamp = (): string => `${Bun.randomUUIDv7()}@${(Date.now() / 1000).toFixed(3)}`;

/** Returns the id and the time of a stamp; null without one, and for one that is malformed or not of now. */
export function readStamp(
  { headers }: { headers: { get(name: string): string | null } },
  nowMs: number,
): EventStamp | null {
  const stamp = headers.get(EVENT_STAMP_HEADER);
  if (stamp === null) return null;
  const [eventId = '', seconds = ''] = stamp.split('@');
  const atMs = /^\d+\.\d{3}$/.test(seconds) ? Math.round(1000 * Number(seconds)) : Number.NaN;
  if (!isUuid(eventId) || !(Math.abs(nowMs - atMs) < ATTEMPTS_MS)) return null;
  return { eventId: eventId.toLowerCase(), atMs };
}
