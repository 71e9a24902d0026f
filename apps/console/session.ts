import { decodeJwt } from 'jose';
import { createCookieWriter, readCookie } from './cookies.ts';
import * as OPERATOR_PATHS from '../../sdk/contracts/operator-paths.ts';
import { problem } from '../../platform/kernel/errors.ts';
import { type Forwarder, forwardedFor, toBrowser } from './forward.ts';
import { PAGE_HEADER } from './page-header.ts';

/**
 * Keeps the operator's token out of reach of scripts: the cookie goes to the console's paths alone, with
 * requests of its own pages alone, and ends with the token.
 */
const COOKIE = 'ecs_console';
const PATH = '/console';

export function tokenOf(request: Request): string | null {
  const token = readCookie(request, COOKIE);
  return token !== undefined && /^[\w.-]{1,4096}$/.test(token) ? token : null;
}

/**
 * Requires the session of the page's own operator: tabs share one cookie, and another operator may have
 * signed in beside it. Throws AppError 409 `session_replaced`.
 */
export function requireOperatorOfPage(request: Request, token: string): void {
  const mark = request.headers.get(PAGE_HEADER);
  if (mark !== null && mark !== 'page' && mark !== markOf(token)) throw problem('session_replaced');
}

/** Returns a hash of the operator's name in a token: the same for each of their tokens. */
function markOf(token: string): string {
  return new Bun.CryptoHasher('sha256').update(nameIn(token)).digest('base64url');
}

/** Not verified: the gateway does that. Returns an unreadable token itself. */
function nameIn(token: string): string {
  try {
    const { iss, sub } = decodeJwt(token);
    return JSON.stringify([iss, sub ?? token]);
  } catch {
    return token;
  }
}

/** Signs in by name and password (POST), returns the operator (GET), signs out (DELETE). */
export function createSession(parts: {
  forwarder: Forwarder;
  isSecured: () => boolean;
  addressOf: (request: Request) => string | null;
  readBody: (request: Request) => Promise<Uint8Array<ArrayBuffer>>;
}) {
  const { forwarder, isSecured, addressOf, readBody } = parts;
  const writeCookie = createCookieWriter({ name: COOKIE, path: PATH, sameSite: 'strict', isSecured });

  const signIn = async (request: Request): Promise<Response> => {
    const headers = forwardedFor(addressOf(request));
    headers.set('content-type', 'application/json');
    const response = await forwarder.send(OPERATOR_PATHS.logInOperator, {
      method: 'POST',
      headers,
      body: await readBody(request),
    });
    if (!response.ok) return toBrowser(response);
    const { access_token: token, expires_in: seconds } = (await response.json()) as {
      access_token: string;
      expires_in: number;
    };
    return readOperator(token, { 'set-cookie': writeCookie(token, seconds) });
  };

  const readOperator = async (token: string, headers: Record<string, string> = {}): Promise<Response> => {
    const response = await forwarder.send(OPERATOR_PATHS.getOperator, {
      method: 'GET',
      headers: new Headers({ authorization: `Bearer ${token}` }),
    });
    // The cookie of a session that is over stays: by now the browser may have that of a newer one.
    return toBrowser(response, response.status === 401 ? {} : { ...headers, [PAGE_HEADER]: markOf(token) });
  };

  const respond = async (request: Request): Promise<Response> => {
    if (request.method === 'POST') return signIn(request);
    const token = tokenOf(request);
    if (request.method === 'DELETE') {
      if (token !== null) requireOperatorOfPage(request, token);
      return new Response(null, { status: 204, headers: { 'set-cookie': writeCookie('', 0) } });
    }
    if (request.method !== 'GET') throw problem('method_not_allowed');
    // Nobody is signed in: no error, so that a browser's console stays clean.
    return token === null
      ? Response.json(null, { headers: { 'cache-control': 'no-store' } })
      : readOperator(token);
  };

  return {
    respond,
    /** Returns the cookie of a session with a token; null when the token is not an operator's. */
    async open(token: string, seconds: number): Promise<string | null> {
      const response = await readOperator(token);
      await response.body?.cancel();
      return response.ok ? writeCookie(token, seconds) : null;
    },
  };
}
