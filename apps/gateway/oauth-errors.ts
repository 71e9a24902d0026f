import { type OauthError, oauthStatusOf, oauthWordOf } from '../../sdk/contracts/oauth-error.ts';
import type { Problem } from '../../sdk/contracts/problem.ts';
import { PROBLEM_CONTENT_TYPE } from '../../sdk/contracts/problem.ts';

/** Characters that RFC 6749 has no place for in a description. */
const NOT_DESCRIPTIVE = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g;

/** Returns a problem in the form of RFC 6749, 5.2; any other response as it is. */
export async function toOauthError(response: Response): Promise<Response> {
  if (response.headers.get('content-type') !== PROBLEM_CONTENT_TYPE) return response;
  const { code, status, detail, requestId, errors = [] } = (await response.json()) as Problem;
  const faults = errors.map(({ path, message }) => `${path.replace('/body/', '')} ${message}`);
  const error: OauthError = {
    error: oauthWordOf(code, status),
    error_description: [detail, ...faults].join(' ').replace(NOT_DESCRIPTIVE, "'"),
    code,
    requestId,
  };
  const headers = new Headers(response.headers);
  headers.set('content-type', 'application/json');
  return new Response(JSON.stringify(error), { status: oauthStatusOf(status), headers });
}
