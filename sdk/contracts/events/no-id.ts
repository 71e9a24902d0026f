import type { ProblemDetail } from '../problem.ts';

const NO_ID = /^(?:0{8}-(?:0{4}-){3}0{12}|f{8}-(?:f{4}-){3}f{12})$/i;

/** Whether a UUID names no thing (RFC 9562): a client that never set its ids sends the same for all. */
export const isNoId = (uuid: string): boolean => NO_ID.test(uuid);

/** Returns the fault of an event's own id beyond its form; null for none. */
export function faultOfEventId({ eventId }: { eventId?: string }): ProblemDetail | null {
  if (eventId === undefined || !isNoId(eventId)) return null;
  return { path: '/eventId', message: 'must name an event: the nil and the max UUID name none' };
}
