import { errorResponse, notFound } from '../../platform/http/http.ts';
import { requestIdOf } from '../../platform/http/request.ts';
import { problem } from '../../platform/kernel/errors.ts';
import type { Logger } from '../../platform/kernel/log.ts';
import { createApi } from './api.ts';
import type { Asset } from './build-pages.ts';
import type { Bundle } from './bundle.ts';
import type { Forwarder } from './forward.ts';
import { PAGE_HEADER } from './page-header.ts';
import type { IdentityProvider } from './provider.ts';
import { createProviderSession, PROVIDER_PATH } from './provider-session.ts';
import { createSession } from './session.ts';

interface ConsoleParts {
  forwarder: Forwarder;
  bundle: Bundle;
  /** Signs operators in beside their accounts; null without one. */
  provider: IdentityProvider | null;
  /** Whether browsers reach it over TLS. */
  isSecured: () => boolean;
  /** Returns the browser's address, for the limits on guessed passwords; null on this machine. */
  addressOf: (request: Request) => string | null;
  readBody: (request: Request) => Promise<Uint8Array<ArrayBuffer>>;
  log: Logger;
}

const ROOT = '/console/';

/** Pages load nothing from other servers, run no script but ours, and cannot be framed. */
const PROTECTION = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

/** Serves the pages, their files, the session, and the gateway to the pages. */
export function createConsole(parts: ConsoleParts): (request: Request) => Promise<Response> {
  const { bundle, isSecured, log } = parts;
  const session = createSession(parts);
  const atProvider = createProviderSession({ ...parts, openSession: session.open });
  const api = createApi(parts);

  const route = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead) requireOwnPage(request, isSecured() ? 'https' : 'http');
    if (pathname === '/console/session') {
      requirePage(request);
      return session.respond(request);
    }
    if (pathname === PROVIDER_PATH || pathname.startsWith(`${PROVIDER_PATH}/`)) return atProvider(request);
    if (pathname.startsWith('/console/api/')) {
      requirePage(request);
      return api(request);
    }
    if (!isRead) throw problem('method_not_allowed');
    if (pathname.startsWith('/console/assets/')) {
      const asset = await bundle.asset(pathname.slice('/console/assets/'.length));
      if (!asset) throw notFound();
      return assetResponse(asset, request);
    }
    if (pathname === '/' || pathname === '/console') return redirect(ROOT);
    if (!pathname.startsWith(ROOT)) throw notFound();
    return new Response(await bundle.page(), {
      headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' },
    });
  };

  return async (request) => {
    const requestId = requestIdOf(request);
    const response = await route(request).catch((error: unknown) =>
      errorResponse(error, request, log, requestId),
    );
    for (const [name, value] of Object.entries(PROTECTION)) response.headers.set(name, value);
    if (isSecured()) response.headers.set('strict-transport-security', 'max-age=31536000');
    return response;
  };
}

/**
 * Throws AppError 403 unless the request comes from a page of ours, by `Sec-Fetch-Site`, or by `Origin` where
 * a browser does not send that.
 */
function requireOwnPage(request: Request, scheme: 'http' | 'https'): void {
  const site = request.headers.get('sec-fetch-site');
  const origin = request.headers.get('origin');
  const isOwn = site === null ? origin === `${scheme}://${hostNameOf(request)}` : site === 'same-origin';
  if (isOwn) return;
  throw problem('cross_site_request');
}

/**
 * Another port of the host is the same site: its pages could make reads in the operator's name, each of them
 * an act. Our own header is what no other page can send without leave, where browsers name no site.
 */
function requirePage(request: Request): void {
  const site = request.headers.get('sec-fetch-site');
  if (request.headers.has(PAGE_HEADER) && (site === null || site === 'same-origin')) return;
  throw problem('cross_site_request');
}

const hostNameOf = (request: Request) => request.headers.get('host') ?? '';

function assetResponse({ contentType, body, gzipped }: Asset, request: Request): Response {
  const isGzipped = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '');
  return new Response(isGzipped ? gzipped : body, {
    headers: {
      'content-type': contentType,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
      ...(isGzipped ? { 'content-encoding': 'gzip' } : {}),
    },
  });
}

const redirect = (location: string) => new Response(null, { status: 302, headers: { location } });
