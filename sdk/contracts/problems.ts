import type { Problem, ProblemDetail } from './problem.ts';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/**
 * THE catalogue of problems: the status of each code, and the detail that people read unless the place that
 * throws it knows more. The services, the OpenAPI document and the fake of the SDK are made of it.
 */
export const PROBLEMS = {
  malformed_request: { status: 400, detail: 'The request cannot be read.' },
  malformed_body: { status: 400, detail: 'The body cannot be read.' },
  invalid_host: { status: 400, detail: 'The Host header is not one valid host.' },
  invalid_target: { status: 400, detail: 'The request target has a fragment.' },
  missing_token: { status: 401, detail: 'A bearer token is needed.' },
  invalid_token: { status: 401, detail: 'The token is not valid or has expired: log in again.' },
  invalid_internal_key: { status: 401, detail: 'The internal key is not valid.' },
  repeated_header: { status: 401, detail: 'A header with credentials came more than once.' },
  several_credentials: { status: 401, detail: 'The request has a token and a ticket: send one of them.' },
  ticket_used: { status: 401, detail: 'The ticket was used before: get another.' },
  invalid_credentials: { status: 401, detail: 'The e-mail or the password is wrong.' },
  invalid_client: { status: 401, detail: 'The client is not known, or its credentials are not valid.' },
  unsupported_grant_type: { status: 400, detail: 'The grant_type must be client_credentials.' },
  invalid_scope: { status: 400, detail: 'The partner does not have this scope.' },
  insufficient_scope: { status: 403, detail: 'The token does not have the scope that this needs.' },
  not_your_user: { status: 403, detail: 'The token belongs to another user.' },
  role_missing: { status: 403, detail: 'The operator has none of the roles that this needs.' },
  four_eyes: {
    status: 403,
    detail: 'The operator who proposed this cannot approve it: another operator must.',
  },
  consent_missing: { status: 403, detail: 'The customer has not given the consent that this needs.' },
  consent_withdrawn: { status: 403, detail: 'The customer has withdrawn the consent that this needs.' },
  cross_site_request: { status: 403, detail: 'The console accepts requests from its own pages only.' },
  not_found: { status: 404, detail: 'There is nothing at this path.' },
  user_not_found: { status: 404, detail: 'There is no such user.' },
  purpose_not_found: { status: 404, detail: 'There is no such purpose of a consent.' },
  offer_not_found: { status: 404, detail: 'There is no such offer.' },
  analysis_not_found: { status: 404, detail: 'There is no such credit analysis.' },
  act_not_found: { status: 404, detail: 'There is no such act on record.' },
  evidence_not_found: { status: 404, detail: 'There is no such analysis, offer or act.' },
  review_not_found: { status: 404, detail: 'There is no such review.' },
  policy_not_found: { status: 404, detail: 'There is no such policy.' },
  webhook_not_found: { status: 404, detail: 'There is no such webhook endpoint.' },
  delivery_not_found: { status: 404, detail: 'There is no such delivery.' },
  partner_not_found: { status: 404, detail: 'There is no such partner.' },
  dead_letter_not_found: { status: 404, detail: 'There is no such dead letter.' },
  method_not_allowed: { status: 405, detail: 'This path does not take this method.' },
  not_acceptable: { status: 406, detail: 'This path sends no type that the request accepts.' },
  request_timeout: { status: 408, detail: 'The request did not come in time.' },
  body_too_slow: { status: 408, detail: 'The body did not come in time.' },
  email_taken: { status: 409, detail: 'This e-mail is already registered.' },
  partner_name_taken: { status: 409, detail: 'There is a partner of this name already.' },
  partner_removed: { status: 409, detail: 'The partner was removed.' },
  request_in_progress: { status: 409, detail: 'The first request with this key still runs.' },
  webhook_limit_reached: { status: 409, detail: 'The highest number of webhook endpoints is reached.' },
  dead_letter_shared: {
    status: 409,
    detail: 'This message holds several dead letters: name one with its line, like 7.12.',
  },
  dead_letter_taken: {
    status: 409,
    detail: 'Another operator has replayed or dropped one of these dead letters meanwhile.',
  },
  exposure_limit_reached: {
    status: 409,
    detail: 'The offer would raise the sum of your credit limits above the highest sum that is granted.',
  },
  not_a_denial: { status: 409, detail: 'Only a denial can be reviewed.' },
  session_replaced: {
    status: 409,
    detail: 'Another operator has signed in in this browser since: nothing was done.',
  },
  review_requested: { status: 409, detail: 'A review of this decision was requested before.' },
  review_decided: { status: 409, detail: 'The review is decided already.' },
  review_proposed: {
    status: 409,
    detail: 'An override is proposed already: approve it, or uphold the denial.',
  },
  review_not_proposed: { status: 409, detail: 'No override is proposed.' },
  decision_not_recorded: { status: 409, detail: 'The denial has no record that an override could rest on.' },
  decision_not_replayable: {
    status: 409,
    detail: 'The decision has no record from which it could be replayed.',
  },
  policy_changed: { status: 409, detail: 'This version exists already, with another document.' },
  wrong_policy_state: { status: 409, detail: 'The policy is in another state.' },
  no_policy_before: { status: 409, detail: 'No policy was active before.' },
  offer_not_open: { status: 409, detail: 'The offer is not an active limit, so it cannot be closed.' },
  withdrawal_period_over: {
    status: 409,
    detail: 'The withdrawal period of this limit is over.',
  },
  offer_expired: { status: 410, detail: 'The offer has expired.' },
  precondition_failed: {
    status: 412,
    detail: 'A condition does not hold: tags are for If-None-Match of a GET alone.',
  },
  content_too_large: { status: 413, detail: 'The body is too large.' },
  uri_too_long: { status: 414, detail: 'The address is too long.' },
  unsupported_media_type: { status: 415, detail: 'The body must be of the type of this path.' },
  unsupported_content_encoding: { status: 415, detail: 'A body may be encoded with gzip, once.' },
  invalid_request: { status: 422, detail: 'The request is well-formed but not valid.' },
  invalid_idempotency_key: {
    status: 422,
    detail: 'The Idempotency-Key must be 1 to 255 visible ASCII characters.',
  },
  idempotency_key_reused: { status: 422, detail: 'This Idempotency-Key came with another request before.' },
  quota_exceeded: { status: 429, detail: 'Too many requests or events.' },
  too_many_attempts: { status: 429, detail: 'Too many failed logins.' },
  too_many_streams: { status: 429, detail: 'The customer has too many event streams or exports open.' },
  internal_error: {
    status: 500,
    detail: 'Something went wrong on our side. The request id finds it in the logs.',
  },
  overloaded: { status: 503, detail: 'Too many requests at once.' },
  upstream_unavailable: { status: 503, detail: 'A service behind the gateway cannot be reached.' },
  broker_unavailable: { status: 503, detail: 'The message broker cannot be reached.' },
  stream_full: { status: 503, detail: 'The message broker has no room left.' },
  identity_provider_unavailable: {
    status: 503,
    detail: "The identity provider's keys cannot be read, so its tokens cannot be checked.",
  },
  database_unavailable: { status: 503, detail: 'The database cannot be reached.' },
  policy_unavailable: { status: 503, detail: 'No policy is active for this customer.' },
  model_unavailable: { status: 503, detail: 'The risk model does not respond now.' },
  model_busy: { status: 503, detail: 'Too many analyses are waiting for the risk model.' },
  model_failure: { status: 503, detail: 'The drill makes it fail.' },
  analysis_superseded: {
    status: 503,
    detail: 'The facts change faster than they are analyzed: try again.',
  },
} as const satisfies Record<string, { status: number; detail: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

interface ProblemFacts {
  code: string;
  status: number;
  detail: string;
  requestId: string;
  errors?: ProblemDetail[] | undefined;
}

/** Returns the problem document (RFC 9457) of these facts. */
export function toProblem({ code, status, detail, requestId, errors }: ProblemFacts): Problem {
  return {
    type: `urn:ecs:problem:${code}`,
    title: TITLES[status] ?? 'Error',
    status,
    detail,
    code,
    requestId,
    ...(errors ? { errors } : {}),
  };
}
