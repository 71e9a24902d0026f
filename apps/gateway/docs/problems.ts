import type { Endpoint } from '../../../sdk/contracts/endpoints.ts';

/** Every problem code that an endpoint may answer, by status. */
export function problemsOf(endpoint: Endpoint): Record<number, string[]> {
  const { method, auth, body, path } = endpoint;
  const problems: Record<number, string[]> = {};
  const add = (status: number, ...codes: string[]) => {
    problems[status] = [...new Set([...(problems[status] ?? []), ...codes])];
  };
  add(405, 'method_not_allowed');
  add(500, 'internal_error');
  add(503, 'overloaded', 'upstream_unavailable');
  if (auth !== 'none') {
    add(401, 'missing_token', 'invalid_token', 'repeated_header');
    add(429, 'quota_exceeded');
  }
  if (auth === 'bearer-or-ticket') add(401, 'ticket_used');
  if (auth === 'internal-or-bearer') add(401, 'invalid_internal_key');
  if (body) {
    add(400, 'malformed_body');
    add(408, 'body_too_slow');
    add(413, 'content_too_large');
    add(415, 'unsupported_media_type', 'unsupported_content_encoding');
  }
  add(400, 'invalid_host', 'invalid_target');
  if (path.endsWith('/notifications')) add(406, 'not_acceptable');
  // Every path refuses a query parameter that it does not know.
  add(422, 'invalid_request');
  if (method === 'POST') add(422, 'invalid_idempotency_key', 'idempotency_key_reused');
  const isIngestion = /^\/v1\/(emotions|transactions)/.test(path);
  if (isIngestion) add(503, 'broker_unavailable', 'stream_full');
  else add(503, 'database_unavailable');
  if (method === 'POST' && !isIngestion) add(409, 'request_in_progress');
  for (const [status, codes] of Object.entries(endpoint.problems)) add(Number(status), ...codes);
  return problems;
}
