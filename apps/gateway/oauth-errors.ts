import { oauthStatusOf, toOauthError } from '../../sdk/contracts/oauth-error.ts';
import type { Problem } from '../../sdk/contracts/problem.ts';
import { PROBLEM_CONTENT_TYPE } from '../../sdk/contracts/problems.ts';

/** Returns a problem in the form of RFC 6749, 5.2; any other response as it is. */
export async function toOauthResponse(response: Response): Promise<Response> {
  if (response.headers.get('content-type') !== PROBLEM_CONTENT_TYPE) return response;
  const error = toOauthError((await response.json()) as Problem);
  const headers = new Headers(response.headers);
  headers.set('content-type', 'application/json');
  return new Response(JSON.stringify(error), { status: oauthStatusOf(response.status), headers });
}
