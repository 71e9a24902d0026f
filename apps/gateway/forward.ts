import type { ClientAddress } from '../../platform/http/client-address.ts';
import { EVENT_STAMP_HEADER, isStamp, newStamp } from '../../platform/http/event-stamp.ts';
import type { BodyReader } from '../../platform/http/request-body.ts';
import { type Endpoint, hasOwnerInBody, NDJSON_TYPE, NO_BODY } from '../../sdk/contracts/endpoint.ts';
import { type Principal, requireOwnBody } from '../../platform/http/principal.ts';
import {
  decodeText,
  type ForwardedRequest,
  idempotencyKeyOf,
  mediaTypeOf,
  parseJson,
  type ParsedJson,
  requireObeyed,
  requireContentType,
  traceOf,
} from '../../platform/http/request.ts';
import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { toLines } from './batch-array.ts';
import { traceWithin } from '../../platform/http/trace.ts';
import type { Span } from '../../platform/tracing/tracer.ts';

/** The client's headers that are forwarded; the upstream never sees another. */
const FORWARDED = new Set<string>([
  'authorization',
  'x-internal-key',
  'content-type',
  'accept',
  'idempotency-key',
  'if-none-match',
  'last-event-id',
  EVENT_STAMP_HEADER,
]);

/** Their requests are small, take equally long, and may be stamped. */
export const SINGLE_EVENTS: ReadonlySet<Endpoint> = new Set([
  ENDPOINTS.sendEmotion,
  ENDPOINTS.sendTransaction,
]);

/** A client disconnect aborts reads, never writes. */
const NEVER = new AbortController().signal;

/** The gateway's findings about a request, and its body reader. */
export interface Arrival {
  principal: Principal;
  requestId: string;
  /** Of the gateway's part in a sampled trace. */
  span: Span | null;
  clientAddress: () => ClientAddress;
  bodies: BodyReader;
}

/**
 * Reads a request as its upstream gets it: only known headers, a bounded body, the ids that follow it.
 * Throws AppError 400, 403, 408, 412, 413, 415 or 422.
 */
export async function readForwarded(
  request: Request,
  endpoint: Endpoint,
  { principal, bodies, ...arrival }: Arrival,
): Promise<ForwardedRequest> {
  requireObeyed(request);
  if (endpoint.method === 'POST') idempotencyKeyOf(request);
  if (!endpoint.body && !request.body) return toForwarded(request, endpoint, { ...arrival, body: null });
  const { bytes, json } = await readOwnBody(request, endpoint, principal, bodies);
  return toForwarded(request, endpoint, { ...arrival, body: bytes.byteLength > 0 ? bytes : null, json });
}

/**
 * The same of an operator without the role, for the service's record: the token alone goes on, as nothing
 * else is checked.
 */
export function withoutBody(
  request: Request,
  endpoint: Endpoint,
  arrival: Omit<Arrival, 'principal' | 'bodies'>,
): ForwardedRequest {
  const forwarded = toForwarded(request, endpoint, { ...arrival, body: null });
  const get = (name: string) => (name === 'authorization' ? forwarded.headers.get(name) : null);
  return { ...forwarded, headers: { get, has: (name) => get(name) !== null } };
}

function toForwarded(
  request: Request,
  endpoint: Endpoint,
  {
    body,
    json = null,
    requestId,
    span,
    clientAddress,
  }: Omit<Arrival, 'principal' | 'bodies'> & Pick<ForwardedRequest, 'body' | 'json'>,
): ForwardedRequest {
  const isBatch = endpoint.body?.contentType === NDJSON_TYPE;
  const get = (name: string): string | null => {
    if (!FORWARDED.has(name) || (body === null && name === 'content-type')) return null;
    // A batch goes on as lines, however it came.
    if (name === 'content-type' && isBatch) return NDJSON_TYPE;
    const value = request.headers.get(name);
    if (name !== EVENT_STAMP_HEADER || value === null) return value;
    return SINGLE_EVENTS.has(endpoint) && isStamp(value) ? value : null;
  };
  return {
    // The response to a HEAD is made of that to a GET.
    method: request.method === 'HEAD' ? 'GET' : request.method,
    url: request.url,
    headers: { get, has: (name) => get(name) !== null },
    body,
    json,
    signal: endpoint.method === 'GET' ? request.signal : NEVER,
    requestId,
    trace: traceWithin(traceOf(request, requestId), span),
    clientAddress,
  };
}

/** Its headers for the way to another process, with its ids among them. */
export function headersOf(request: ForwardedRequest): Record<string, string> {
  const headers: Record<string, string> = {
    'x-request-id': request.requestId,
    traceparent: request.trace.traceparent(),
  };
  for (const name of FORWARDED) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  return headers;
}

/** The same event with a stamp, unless its client or a load balancer has named it. */
export function withStamp(request: ForwardedRequest): ForwardedRequest {
  const { headers } = request;
  if (isNamed(headers)) return request;
  const stamp = newStamp();
  const get = (name: string) => (name === EVENT_STAMP_HEADER ? stamp : headers.get(name));
  return { ...request, headers: { get, has: (name) => get(name) !== null } };
}

/** Whether a request has a name under which a second attempt does nothing twice. */
export const isNamed = (headers: Pick<Headers, 'has'>): boolean =>
  headers.has('idempotency-key') || headers.has(EVENT_STAMP_HEADER);

async function readOwnBody(
  request: Request,
  endpoint: Endpoint,
  principal: Principal,
  bodies: BodyReader,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; json: ParsedJson | null }> {
  const { contentType, bytesMax, optional } = endpoint.body ?? NO_BODY;
  const declared = request.headers.get('content-length');
  const isArray = contentType === NDJSON_TYPE && mediaTypeOf(request) === 'application/json';
  const mayBeAbsent = optional && (request.body === null || declared === '0');
  if (!mayBeAbsent) requireContentType(request, isArray ? 'application/json' : contentType);
  const bytes = await bodies.read(request, bytesMax);
  if (isArray) return { bytes: toLines(bytes), json: null };
  // A batch has an owner a line: the ingestion checks each.
  const hasOwner =
    principal.kind === 'customer' && contentType === 'application/json' && hasOwnerInBody(endpoint);
  const json = hasOwner ? parsedOrNull(bytes) : null;
  if (json) requireOwnBody(principal, ownerOf(json.value));
  return { bytes, json };
}

/** Null for a body that the upstream refuses. */
function parsedOrNull(bytes: Uint8Array): ParsedJson | null {
  try {
    const text = decodeText(bytes);
    return { text, value: parseJson(text) };
  } catch {
    return null;
  }
}

/** Returns the `userId` of a JSON body; the upstream refuses an invalid one. */
function ownerOf(value: unknown): string | undefined {
  const userId = (value as { userId?: unknown } | null)?.userId;
  return typeof userId === 'string' ? userId : undefined;
}
