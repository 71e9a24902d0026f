import { notFound } from '../../platform/http/http.ts';
import { problem } from '../../platform/kernel/errors.ts';
import { type Forwarder, forwardedFor, toBrowser } from './forward.ts';
import { requireOperatorOfPage, tokenOf } from './session.ts';

const PREFIX = '/console/api/v1/operators/';
const METHODS = new Set(['GET', 'POST', 'PUT', 'DELETE']);
const TO_GATEWAY = ['accept', 'accept-language', 'content-type', 'idempotency-key', 'last-event-id'];

/** Forwards a page's request to the operators' endpoint of the same path, with the session's token. */
export function createApi(parts: {
  forwarder: Forwarder;
  addressOf: (request: Request) => string | null;
  readBody: (request: Request) => Promise<Uint8Array<ArrayBuffer>>;
}) {
  const { forwarder, addressOf, readBody } = parts;
  return async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    if (!pathname.startsWith(PREFIX)) throw notFound();
    const path = pathname.slice(PREFIX.length);
    // Only letters, digits and a few marks, as the gateway's paths have: none leads out of the prefix.
    if (!/^[\w-]+(\/[\w.@:-]+)*$/.test(path) || /(^|\/)\.\.?(\/|$)/.test(path)) throw notFound();
    // Its response has the token: signing in is the session's.
    if (path === 'login') throw notFound();
    if (!METHODS.has(request.method)) throw problem('method_not_allowed');
    const token = tokenOf(request);
    if (token === null) throw problem('missing_token');
    requireOperatorOfPage(request, token);
    const headers = forwardedFor(addressOf(request));
    for (const name of TO_GATEWAY) {
      const value = request.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    headers.set('authorization', `Bearer ${token}`);
    const { method, signal } = request;
    const response = await forwarder.send(`/v1/operators/${path}${search}`, {
      method,
      headers,
      signal,
      ...(method === 'GET' ? {} : { body: await readBody(request) }),
    });
    return toBrowser(response);
  };
}
