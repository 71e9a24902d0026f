import { type EventClaim, KEY_REUSED_DETAIL } from '../contracts/events/event-id.ts';
import type { Arrival } from '../contracts/events/event-kind.ts';
import { DAY_MS } from '../contracts/time.ts';
import { type ApiProblem, problem } from './problems.ts';
import type { FakeState } from './state.ts';

type First = Pick<Arrival, 'atMs' | 'traceId'>;

/**
 * Returns when the same content came first under an id or a key; or that the place is new, or was used for
 * other content. Remembered for a day, as the API does.
 */
export function claimEventKey(
  { eventKeys }: Pick<FakeState, 'eventKeys'>,
  topic: string,
  { place, content }: EventClaim,
  { atMs, traceId }: First,
): First | 'new' | 'other' {
  const key = [topic, ...place].join('\n');
  const previous = eventKeys.get(key);
  if (previous && atMs - previous.atMs < DAY_MS) return previous.content === content ? previous : 'other';
  eventKeys.set(key, { content, atMs, traceId });
  return 'new';
}

export function keyReused(): ApiProblem {
  return problem('idempotency_key_reused', { detail: KEY_REUSED_DETAIL });
}
