import { DAY_MS } from '../contracts/time.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { FakeState } from './state.ts';

/** The content sent under an event's id or an idempotency key, remembered for a day as the API does. */
export interface KeyClaim {
  place: string;
  content: string;
}

interface First {
  atMs: number;
  traceId: string;
}

export const KEY_REUSED = 'idempotency_key_reused';

/** When the same content came first; or that the place is new, or was used for other content. */
export function claimEventKey(
  { eventKeys }: Pick<FakeState, 'eventKeys'>,
  { place, content }: KeyClaim,
  now: First,
): First | 'new' | 'other' {
  const previous = eventKeys.get(place);
  if (previous && now.atMs - previous.atMs < DAY_MS) return previous.content === content ? previous : 'other';
  eventKeys.set(place, { content, ...now });
  return 'new';
}

export function keyReused(): Refusal {
  return refuse(KEY_REUSED, { detail: 'This Idempotency-Key or eventId came with another body before.' });
}
