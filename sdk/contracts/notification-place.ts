import type { NotificationsQuery } from './notification.ts';
import type { ProblemDetail } from './problem.ts';

/** The position after which a page or a stream begins; or the faults: inputs that only the other obeys. */
type NotificationPlace =
  | { after: number; faults?: undefined }
  | { after?: undefined; faults: ProblemDetail[] };

/**
 * Reads the place from the query and `Last-Event-ID`, which wins: `EventSource` reconnects with the address
 * that it was opened with.
 */
export function placeOf(
  isStream: boolean,
  { cursor = 0, page_size }: NotificationsQuery,
  lastEventId: string | null,
): NotificationPlace {
  const refuse = (path: string, message: string) => ({ faults: [{ path, message }] });
  if (isStream && page_size !== undefined)
    return refuse('/query/page_size', 'is of a page alone: an event stream sends all');
  if (lastEventId === null || lastEventId === '') return { after: cursor };
  if (!isStream)
    return refuse('/header/Last-Event-ID', 'is of an event stream alone: the place of a page is its cursor');
  if (/^\d{1,15}$/.test(lastEventId)) return { after: Number(lastEventId) };
  return refuse('/header/Last-Event-ID', 'must be the id of an event of this stream');
}
