import { isUuid } from '../../sdk/contracts/common.ts';

/**
 * Set by a load balancer, or else by a gateway, for an event that came without a key: `<uuid>@<unix
 * seconds>.<milliseconds>`, new for each, and the time of its arrival. Sent again when a process died with
 * it, it is stored once: its id is made of stamp and content, and it falls into the same month.
 */
export const EVENT_STAMP_HEADER = 'x-ecs-event-stamp';

export interface EventStamp {
  id: string;
  /** By the clock of whoever made it. */
  stampedAtMs: number;
  /** The time of the event's arrival. */
  atMs: number;
}

/** Attempts at a request end long before. The time of another clock, or of a slow body, is not believed. */
const ATTEMPTS_MS = 60_000;

export const newStamp = (): string => `${Bun.randomUUIDv7()}@${(Date.now() / 1000).toFixed(3)}`;

/** Whether a text names an event: one that is not a stamp names none. */
export const isStamp = (text: string): boolean => parseStamp(text) !== null;

/**
 * Returns the id and the time of a stamp; null without one, and for one that is malformed. A stamp of another
 * time counts as one of now with the same id: its request may be sent again under it.
 */
export function readStamp(
  { headers }: { headers: { get(name: string): string | null } },
  nowMs: number,
): EventStamp | null {
  const text = headers.get(EVENT_STAMP_HEADER);
  // Most events of a single process have none.
  const stamp = text === null ? null : parseStamp(text);
  if (stamp === null || Math.abs(nowMs - stamp.atMs) < ATTEMPTS_MS) return stamp;
  return { ...stamp, atMs: nowMs };
}

function parseStamp(text: string): EventStamp | null {
  const [id = '', seconds = ''] = text.split('@');
  if (!isUuid(id) || !/^\d+\.\d{3}$/.test(seconds)) return null;
  const stampedAtMs = Math.round(1000 * Number(seconds));
  return { id: id.toLowerCase(), stampedAtMs, atMs: stampedAtMs };
}
