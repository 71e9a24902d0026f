import { invalid } from '../kernel/errors.ts';
import { TOPICS } from '../messaging/topics.ts';
import type { Topic } from '../messaging/topic.ts';
import { partitionNumber } from '../messaging/topology.ts';

/** The causes of dead letters, by their codes in docs/failure-modes.md. */
export const DEAD_LETTER_CODES = [
  'unknown_user',
  'conflict',
  'invalid',
  'malformed',
  'refused',
  'delivered_too_often',
  'offer_not_accepted',
  'unknown_decision',
  'model_rejected',
] as const;
export type DeadLetterCode = (typeof DEAD_LETTER_CODES)[number];

/** Of a message that names no cause, as none of ours is. */
export const NO_CODE = 'unknown';

const sources = Object.values<Topic>(TOPICS).filter(({ durables }) => durables.length > 0);
/** The streams that dead letters come from; each name stands for all partitions of its topic. */
export const SOURCE_STREAMS = sources.map(({ stream }) => stream);

/** Whether it is one of these, or a partition of one. */
export const isSourceStream = (name: string): boolean =>
  sources.some((topic) => partitionNumber(name, topic) !== null);

/**
 * Throws AppError 422 for a stream or a code that no dead letter can have: its list would be empty for a
 * typing error as for a system without faults.
 */
export function requireKnownFilter(
  { stream, code }: { stream?: string | undefined; code?: string | undefined },
  place: 'query' | 'body',
): void {
  if (stream !== undefined && !isSourceStream(stream)) {
    throw invalid([{ path: `/${place}/stream`, message: `Expected one of ${SOURCE_STREAMS.join(', ')}` }]);
  }
  const codes: string[] = [...DEAD_LETTER_CODES, NO_CODE];
  if (code !== undefined && !codes.includes(code))
    throw invalid([{ path: `/${place}/code`, message: `Expected one of ${codes.join(', ')}` }]);
}
