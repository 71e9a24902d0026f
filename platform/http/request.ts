import { createHash } from 'node:crypto';
import { isUuid, LIMITS } from '../../sdk/contracts/common.ts';
import { parseWellFormed } from '../../sdk/contracts/text.ts';
import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import { type ClientAddress, clientAddressOf, CLIENT_ADDRESS_HEADER, type Peers } from './client-address.ts';
import { problem } from '../kernel/errors.ts';
import { createSecretCheck, createTokens, type Holder, type TicketHolder, type Tokens } from './token.ts';

/** The principal of a request: a customer by token, the platform itself by its key, or anybody. */
export type Principal =
  | { kind: 'customer'; userId: string; tokenExpiresAtMs: number; ticket?: TicketHolder['ticket'] }
  | { kind: 'internal' }
  | { kind: 'anonymous' };

/**
 * A request that a gateway has read and forwards to a service of its own process: the fields of a `Request`
 * that a service reads, without the cost of making one.
 */
export interface ForwardedRequest {
  method: string;
  url: string;
  /** Those that go on, by their names in lower case. */
  headers: Pick<Headers, 'get' | 'has'>;
  body: Uint8Array<ArrayBuffer> | null;
  signal: AbortSignal;
  requestId: string;
  trace: Trace;
  clientAddress(): ClientAddress;
}

/** Of W3C: the id that everything a request causes has in common, and the header that forwards it. */
interface Trace {
  traceId: string;
  /** Made on demand: only a request to another process needs it. */
  traceparent(): string;
}

/** A request to a service: at its own listener, or from the gateway of its process. */
export type Incoming = Request | ForwardedRequest;

export interface Keys {
  tokens: Tokens;
  isInternalKey(secretText: string): boolean;
}

/** Each may be a list with commas, which rotates it: any of them will do. */
export function createKeys(secrets: { SECRET_KEY: string; INTERNAL_SERVICE_API_KEY: string }): Keys {
  return {
    tokens: createTokens({ secretKey: secrets.SECRET_KEY }),
    isInternalKey: createSecretCheck(secrets.INTERNAL_SERVICE_API_KEY),
  };
}

const INTERNAL_KEY_HEADER = 'x-internal-key';

/**
 * Checks a request before its body is read, in this order: principal, method, type, size. Throws an
 * AppError.
 */
export async function authenticate(
  request: Incoming,
  auth: Endpoint['auth'],
  keys: Keys,
): Promise<Principal> {
  if (auth === 'none') return { kind: 'anonymous' };
  const internalKey = request.headers.get(INTERNAL_KEY_HEADER);
  const authorization = request.headers.get('authorization');
  requireOnce(INTERNAL_KEY_HEADER, internalKey);
  requireOnce('authorization', authorization);
  if (auth === 'internal-or-bearer' && internalKey !== null) {
    if (keys.isInternalKey(internalKey)) return { kind: 'internal' };
    throw problem('invalid_internal_key');
  }
  const ticket = auth === 'bearer-or-ticket' && authorization === null ? ticketOf(request.url) : null;
  if (ticket !== null) return customerOf(await keys.tokens.verifyTicket(ticket));
  const token = /^bearer +([\w.~+/=-]+)$/i.exec(authorization ?? '')?.[1];
  if (!token) throw problem('missing_token');
  return customerOf(await keys.tokens.verify(token));
}

/** Throws AppError 401 without a holder. */
function customerOf(holder: (Holder & Partial<TicketHolder>) | null): Principal {
  if (!holder) {
    throw problem('invalid_token', { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });
  }
  const { userId, expiresAtMs: tokenExpiresAtMs, ticket } = holder;
  return { kind: 'customer', userId: userId.toLowerCase(), tokenExpiresAtMs, ...(ticket ? { ticket } : {}) };
}

function ticketOf(url: string): string | null {
  return url.includes('?') ? new URL(url).searchParams.get('ticket') : null;
}

/**
 * The runtime joins the values of a repeated header: two proofs of identity are none. Neither a token nor a
 * key has a comma.
 */
function requireOnce(name: string, value: string | null): void {
  if (value?.includes(','))
    throw problem('repeated_header', { detail: `The ${name} header came more than once.` });
}

/** Returns the customer that the token names. Throws AppError 401 for anybody else. */
export function requireCustomer(principal: Principal): Extract<Principal, { kind: 'customer' }> {
  if (principal.kind === 'customer') return principal;
  throw problem('missing_token');
}

/** Only the platform itself may write on behalf of another. */
export function requireOwnBody(principal: Principal, userId: string | undefined): void {
  if (userId === undefined || principal.kind === 'internal') return;
  if (principal.kind === 'customer' && principal.userId === userId.toLowerCase()) return;
  throw problem('not_your_user');
}

export function requireMethod(request: Incoming, method: Endpoint['method']): void {
  if (request.method === method || (method === 'GET' && request.method === 'HEAD')) return;
  throw problem('method_not_allowed', {
    detail: `This path takes ${allowOf(method)}.`,
    headers: { allow: allowOf(method) },
  });
}

/** The `Allow` header of a path with this method. */
export function allowOf(method: Endpoint['method']): string {
  return method === 'GET' ? 'GET, HEAD, OPTIONS' : `${method}, OPTIONS`;
}

/**
 * Rejects a declared type that is not the endpoint's. A body without a type is taken as the endpoint's type.
 */
export function requireContentType(request: Incoming, contentType: string): void {
  const mediaType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (mediaType === contentType) return;
  if (!mediaType && request.headers.get('content-length') === '0') return;
  if (!mediaType && request.body === null) return;
  throw problem('unsupported_media_type', { detail: `The body must be ${contentType}.` });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw problem('malformed_body', { detail: 'The body is not valid UTF-8.' });
  }
}

export function parseJson(text: string): unknown {
  try {
    return parseWellFormed(text);
  } catch {
    throw problem('malformed_body', { detail: 'The body is not valid JSON of well-formed texts.' });
  }
}

const SANE_ID = new RegExp(`^[\\w.:/+=@-]{1,${LIMITS.requestIdLengthMax}}$`);

/** The client's own request id when it is a sane one, else a new one. */
export function requestIdOf(request: Incoming): string {
  if (!(request instanceof Request)) return request.requestId;
  return sentRequestId(request.headers.get('x-request-id'));
}

export function sentRequestId(header: string | null): string {
  return header !== null && SANE_ID.test(header) ? header : Bun.randomUUIDv7();
}

/** The address that a service counts by: as its gateway says, else that of the connection. */
export function forwardedAddressOf(request: Incoming, peers: Peers): ClientAddress {
  if (!(request instanceof Request)) return request.clientAddress();
  return request.headers.get(CLIENT_ADDRESS_HEADER) ?? clientAddressOf(peers.of(request), null, null);
}

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
const NO_TRACE = '0'.repeat(32);

/**
 * The trace of a request that brings none: its request id when that is a UUID, else a hash of it. The
 * request id therefore leads to everything stored under the trace, and nothing has to keep the two together.
 */
export function traceIdOfRequest(requestId: string): string {
  const ownTraceId = isUuid(requestId) ? requestId.replaceAll('-', '').toLowerCase() : NO_TRACE;
  return ownTraceId === NO_TRACE
    ? createHash('sha256').update(requestId).digest('hex').slice(0, 32)
    : ownTraceId;
}

/** The W3C trace of a request: the caller's, or its request id's. */
export function traceOf(request: Incoming, requestId: string): Trace {
  if (!(request instanceof Request)) return request.trace;
  return sentTrace(request.headers.get('traceparent'), requestId);
}

export function sentTrace(header: string | null, requestId: string): Trace {
  const traceId = header ? TRACEPARENT.exec(header)?.[1] : undefined;
  if (header && traceId && traceId !== NO_TRACE) return { traceId, traceparent: () => header };
  const fresh = traceIdOfRequest(requestId);
  return { traceId: fresh, traceparent: () => `00-${fresh}-${randomHex(8)}-01` };
}

function randomHex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex');
}

/** The `Idempotency-Key` header, or null. Throws 422 for one that is empty, too long or not plain ASCII. */
export function idempotencyKeyOf(request: Incoming): string | null {
  const key = request.headers.get('idempotency-key');
  if (key === null) return null;
  if (key.length >= 1 && key.length <= LIMITS.idempotencyKeyLengthMax && /^[\x21-\x7e]+$/.test(key))
    return key;
  throw problem('invalid_idempotency_key');
}
