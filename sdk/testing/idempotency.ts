import { emailKey } from '../contracts/email.ts';
import { requestIdentity } from '../contracts/idempotency.ts';
import { userIdOf } from './principal.ts';
import { ApiProblem, problem, problemResponse } from './problems.ts';
import type { FakeCall } from './request-handler.ts';
import type { FakeState } from './state.ts';

/**
 * The same key and request again give the first response back; with another request the key is rejected or,
 * by body, it is a request of its own.
 */
export async function once(
  state: FakeState,
  call: FakeCall,
  status: number,
  work: () => Response | object | Promise<Response | object>,
  options?: { isByBody: boolean },
): Promise<Response | object> {
  if (call.idempotencyKey === null) return work();
  const fingerprint = requestIdentity(call);
  const place = `${scopeOf(call)}:${options?.isByBody ? fingerprint : ''}:${call.idempotencyKey}`;
  const record = state.keys.get(place);
  if (!record) {
    const pending = respond(work, status, call.requestId);
    state.keys.set(place, { fingerprint, response: pending });
    const response = await pending;
    if (call.principal === null && !response.ok) state.keys.delete(place);
    return response.clone();
  }
  if (record.fingerprint !== fingerprint) throw problem('idempotency_key_reused');
  const replay = (await record.response).clone();
  replay.headers.set('idempotency-replayed', 'true');
  return replay;
}

/** Keys of anonymous requests are by e-mail: two of them never meet. */
function scopeOf({ principal, body }: FakeCall): string {
  const { email } = (body ?? {}) as { email?: unknown };
  return principal === null && typeof email === 'string' ? emailKey(email) : userIdOf(principal);
}

/** Returns the response of the work; a problem is a response too. */
async function respond(
  work: () => Response | object | Promise<Response | object>,
  status: number,
  requestId: string,
): Promise<Response> {
  try {
    const result = await work();
    return result instanceof Response ? result : Response.json(result, { status });
  } catch (error) {
    if (error instanceof ApiProblem) return problemResponse(error, requestId);
    throw error;
  }
}
