import { emailKey } from '../contracts/email.ts';
import { type FakeCall, userIdOf } from './door.ts';
import { Refusal, refusalResponse, refuse } from './refusal.ts';
import type { FakeState } from './state.ts';

/**
 * The same key and request again give the first response back; with another request the key is refused or, by
 * body, it is a request of its own.
 */
export function once(
  state: FakeState,
  call: FakeCall,
  status: number,
  work: () => Response | object,
  options?: { isByBody: boolean },
): Response | object {
  if (call.idempotencyKey === null) return work();
  const fingerprint = JSON.stringify([call.path, call.text]);
  const place = `${scopeOf(call)}:${options?.isByBody ? fingerprint : ''}:${call.idempotencyKey}`;
  const record = state.keys.get(place);
  if (!record) {
    const answer = runToAnswer(work, status, call.requestId);
    if (call.caller === null && !answer.ok) return answer;
    state.keys.set(place, { fingerprint, answer });
    return answer.clone();
  }
  if (record.fingerprint !== fingerprint) {
    throw refuse('idempotency_key_reused');
  }
  const replay = record.answer.clone();
  replay.headers.set('idempotency-replayed', 'true');
  return replay;
}

/** Keys of strangers are by e-mail: two of them never meet. */
function scopeOf({ caller, body }: FakeCall): string {
  const { email } = (body ?? {}) as { email?: unknown };
  return caller === null && typeof email === 'string' ? emailKey(email) : userIdOf(caller);
}

/** A refusal is an answer too. */
function runToAnswer(work: () => Response | object, status: number, requestId: string): Response {
  try {
    const answer = work();
    return answer instanceof Response ? answer : Response.json(answer, { status });
  } catch (error) {
    if (error instanceof Refusal) return refusalResponse(error, requestId);
    throw error;
  }
}
