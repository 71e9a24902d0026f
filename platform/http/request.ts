import { LIMITS } from '../../sdk/contracts/common.ts';
import { conditionsHold, faultsOfHeaders, isUtf8 } from '../../sdk/contracts/request-headers.ts';
import { parseWellFormed } from '../../sdk/contracts/text.ts';
import { allowOf, type EndpointMethod } from '../../sdk/contracts/endpoint.ts';
import { type ClientAddress, clientAddressOf, CLIENT_ADDRESS_HEADER, type Peers } from './client-address.ts';
import { type AppError, invalid, problem } from '../kernel/errors.ts';
import { sentRequestId, sentTrace, type Trace } from './trace.ts';

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
  /** The body as the gateway has parsed it, to learn its owner. */
  json?: ParsedJson | null;
  signal: AbortSignal;
  requestId: string;
  trace: Trace;
  clientAddress(): ClientAddress;
}

/** A JSON text and its value. */
export interface ParsedJson {
  text: string;
  value: unknown;
}

/** A request to a service: at its own listener, or from the gateway of its process. */
export type Incoming = Request | ForwardedRequest;

/** HEAD goes wherever GET does. */
export function hasMethod(request: Incoming, method: EndpointMethod): boolean {
  return request.method === method || (method === 'GET' && request.method === 'HEAD');
}

export function methodNotAllowed(methodsOfPath: readonly EndpointMethod[]): AppError {
  const allow = allowOf(methodsOfPath);
  return problem('method_not_allowed', { detail: `This path takes ${allow}.`, headers: { allow } });
}

/** The declared type of a body, without its parameters. */
export function mediaTypeOf(request: Incoming): string | undefined {
  return request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
}

/** Rejects a type that is not the endpoint's, also none of a body, and a charset other than UTF-8. */
export function requireContentType(request: Incoming, contentType: string): void {
  const mediaType = mediaTypeOf(request);
  if (mediaType === contentType) {
    if (isUtf8(request.headers.get('content-type'))) return;
    throw problem('unsupported_media_type', { detail: 'The body must be UTF-8.' });
  }
  if (!mediaType && request.headers.get('content-length') === '0') return;
  if (!mediaType && request.body === null) return;
  throw problem('unsupported_media_type', { detail: `The body must be ${contentType}.` });
}

/** Rejects a condition that does not hold, and inputs that nothing would obey. */
export function requireObeyed({ method, headers }: Pick<Incoming, 'method' | 'headers'>): void {
  if (!conditionsHold(method, headers)) throw problem('precondition_failed');
  const faults = faultsOfHeaders(method, headers);
  if (faults.length > 0) throw invalid(faults);
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

/** The client's own request id when it is a sane one, else a new one. */
export function requestIdOf(request: Incoming): string {
  if (!(request instanceof Request)) return request.requestId;
  return sentRequestId(request.headers.get('x-request-id'));
}

/** The address that a service counts by: as its gateway says, else that of the connection. */
export function forwardedAddressOf(request: Incoming, peers: Peers): ClientAddress {
  if (!(request instanceof Request)) return request.clientAddress();
  return request.headers.get(CLIENT_ADDRESS_HEADER) ?? clientAddressOf(peers.of(request), null, null);
}

/** The W3C trace of a request: the caller's, or its request id's. */
export function traceOf(request: Incoming, requestId: string): Trace {
  if (!(request instanceof Request)) return request.trace;
  return sentTrace(request.headers.get('traceparent'), requestId);
}

/** The `Idempotency-Key` header, or null. Throws 422 for one that is empty, too long or not plain ASCII. */
export function idempotencyKeyOf(request: Incoming): string | null {
  const key = request.headers.get('idempotency-key');
  if (key === null) return null;
  if (key.length >= 1 && key.length <= LIMITS.idempotencyKeyLengthMax && /^[\x21-\x7e]+$/.test(key))
    return key;
  throw problem('invalid_idempotency_key');
}
