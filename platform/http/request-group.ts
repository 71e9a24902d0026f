import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { CLIENT_ADDRESS_HEADER, UNKNOWN_ADDRESS } from './client-address.ts';
import { problem } from '../kernel/errors.ts';
import { type ForwardedRequest } from './request.ts';
import { sentRequestId, sentTrace } from './trace.ts';
import { createLineDecoder } from '../kernel/validation.ts';

/**
 * Many requests to a service in one: between processes, most of the cost of a small request is that it is
 * one. The body is a line of JSON, an array of heads, and then their bodies, byte for byte, one after the
 * other; the response has the same form and order. A service handles each by itself, its token included, and
 * gives it a response of its own.
 */
export const GROUP = { path: '/requests', requestsMax: 64, bytesMax: 1024 * 1024 } as const;

/** A POST to a path of the contract that has no parameters. */
export interface GroupedRequest {
  path: string;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer> | null;
}

const head = { headers: Type.Record(Type.String(), Type.String()), bytes: Type.Integer({ minimum: 0 }) };
const readRequests = createReader(Type.Object({ ...head, path: Type.String() }));
const readResponses = createReader(
  Type.Object({ ...head, status: Type.Integer({ minimum: 200, maximum: 599 }) }),
);

export function packRequests(requests: GroupedRequest[]): Uint8Array<ArrayBuffer> {
  const heads = requests.map(({ path, headers, body }) => ({ path, headers, bytes: body?.byteLength ?? 0 }));
  return pack(
    heads,
    requests.map(({ body }) => body),
  );
}

/** Throws AppError 400 for a body that is not a group. */
export function unpackRequests(
  group: Uint8Array<ArrayBuffer>,
): { path: string; request: ForwardedRequest }[] {
  const requests = readRequests(group);
  if (!requests) throw problem('malformed_body', { detail: 'The body is not a group of requests.' });
  return requests.map(({ head, body }) => ({ path: head.path, request: forwardedRequest(head, body) }));
}

export async function packResponses(responses: Response[]): Promise<Uint8Array<ArrayBuffer>> {
  const bodies = await Promise.all(responses.map((response) => response.bytes()));
  const heads = responses.map(({ status, headers }, at) => ({
    status,
    headers: Object.fromEntries(headers),
    bytes: bodies[at]?.byteLength ?? 0,
  }));
  return pack(heads, bodies);
}

/** Throws for a body that is not the response to so many requests. */
export function unpackResponses(group: Uint8Array<ArrayBuffer>, count: number): Response[] {
  const responses = readResponses(group);
  if (responses?.length !== count) throw new Error('the response to a group of requests cannot be read');
  return responses.map(({ head: { status, headers }, body }) => new Response(body, { status, headers }));
}

function forwardedRequest(
  head: { path: string; headers: Record<string, string> },
  body: ForwardedRequest['body'],
): ForwardedRequest {
  const headers = new Map(Object.entries(head.headers));
  const get = (name: string) => headers.get(name) ?? null;
  const requestId = sentRequestId(get('x-request-id'));
  return {
    method: 'POST',
    url: `http://localhost${head.path}`,
    headers: { get, has: (name) => headers.has(name) },
    body,
    signal: NEVER,
    requestId,
    trace: sentTrace(get('traceparent'), requestId),
    clientAddress: () => get(CLIENT_ADDRESS_HEADER) ?? UNKNOWN_ADDRESS,
  };
}

/** A write is finished even after its client has left. */
const NEVER = new AbortController().signal;

const LINE_FEED = 0x0a;

function pack(heads: unknown[], bodies: (Uint8Array | null)[]): Uint8Array<ArrayBuffer> {
  const line = Buffer.from(`${JSON.stringify(heads)}\n`);
  return Buffer.concat([line, ...bodies.filter((body) => body !== null)]);
}

/** Null for bytes that `pack` did not make. */
function createReader<Schema extends TSchema>(schema: Schema) {
  type Head = Static<Schema> & { bytes: number };
  const readHeads = createLineDecoder(Type.Array(schema));
  return (group: Uint8Array<ArrayBuffer>): { head: Head; body: ForwardedRequest['body'] }[] | null => {
    const end = group.indexOf(LINE_FEED);
    const heads = readHeads(Buffer.from(group.buffer, group.byteOffset, Math.max(0, end)).toString());
    if (!heads.ok) return null;
    let at = end + 1;
    const parsed = (heads.value as Head[]).map((head) => {
      const body = head.bytes > 0 ? group.subarray(at, at + head.bytes) : null;
      at += head.bytes;
      return { head, body };
    });
    return at === group.byteLength ? parsed : null;
  };
}
