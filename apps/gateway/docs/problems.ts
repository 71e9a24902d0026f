import type { Endpoint } from '../../../sdk/contracts/endpoint.ts';
import { oauthStatusOf } from '../../../sdk/contracts/oauth-error.ts';
import { PROBLEMS, type ProblemCode } from '../../../sdk/contracts/problems.ts';

/** Every problem code that an endpoint may return, by status: its own, and those of its checks. */
export function problemsOf(endpoint: Endpoint): Record<number, ProblemCode[]> {
  const problems = byStatus([...codesOfChecks(endpoint), ...endpoint.problems]);
  if (endpoint.errors !== 'oauth') return problems;
  const ofOauth: typeof problems = {};
  for (const [status, codes] of Object.entries(problems))
    (ofOauth[oauthStatusOf(+status)] ??= []).push(...codes);
  return ofOauth;
}

export function byStatus(codes: readonly ProblemCode[]): Record<number, ProblemCode[]> {
  const problems: Record<number, ProblemCode[]> = {};
  for (const code of new Set(codes)) (problems[PROBLEMS[code].status] ??= []).push(code);
  return problems;
}

function codesOfChecks({ method, auth, scope, params = {}, body, service }: Endpoint): ProblemCode[] {
  const isWrite = method !== 'GET';
  const takesKey = method === 'POST';
  const isIngestion = service === 'emotion-ingestion' || service === 'transaction-ingestion';
  return [
    'method_not_allowed',
    'precondition_failed',
    'internal_error',
    'overloaded',
    'upstream_unavailable',
    ...codesOfAuth(auth),
    ...(scope ? (['insufficient_scope'] as const) : []),
    ...Object.values(params).map(({ absent }) => absent),
    // An endpoint without a body checks that there is none.
    ...(body || isWrite ? CODES_OF_BODIES : []),
    'invalid_host',
    'invalid_target',
    // Every path refuses a query parameter that it does not know.
    'invalid_request',
    ...(takesKey ? (['invalid_idempotency_key', 'idempotency_key_reused'] as const) : []),
    ...(isIngestion ? (['broker_unavailable', 'stream_full'] as const) : (['database_unavailable'] as const)),
    ...(takesKey && !isIngestion ? (['request_in_progress'] as const) : []),
  ];
}

function codesOfAuth(auth: Endpoint['auth']): ProblemCode[] {
  if (auth === 'none') return [];
  const codes: ProblemCode[] = ['missing_token', 'invalid_token', 'repeated_header', 'quota_exceeded'];
  if (auth === 'bearer-or-ticket') codes.push('ticket_used', 'several_credentials');
  if (auth === 'operator') codes.push('role_missing', 'identity_provider_unavailable');
  if (auth === 'internal-or-bearer') codes.push('invalid_internal_key');
  return codes;
}

const CODES_OF_BODIES = [
  'malformed_body',
  'body_too_slow',
  'content_too_large',
  'unsupported_media_type',
  'unsupported_content_encoding',
] as const;
