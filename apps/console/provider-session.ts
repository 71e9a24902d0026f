import { createCookieWriter, readCookie } from './cookies.ts';
import { notFound } from '../../platform/http/http.ts';
import { problem } from '../../platform/kernel/errors.ts';
import { errorFields, type Logger } from '../../platform/kernel/log.ts';
import type { Attempt, IdentityProvider } from './provider.ts';

export const PROVIDER_PATH = '/console/session/provider';
export const CALLBACK_PATH = `${PROVIDER_PATH}/callback`;
const ATTEMPT_COOKIE = 'ecs_console_attempt';
const ATTEMPT_SECONDS = 600;
/** The sign-in page, which then says that the sign-in has failed. */
const FAILED = '/console/?sign-in=failed';

/**
 * Sends a browser to the provider, and takes it back. The attempt's cookie is `Lax`, since a browser sends no
 * `Strict` one when it comes from the provider's page. It is good for one attempt, and is no session.
 */
export function createProviderSession(parts: {
  provider: IdentityProvider | null;
  isSecured: () => boolean;
  /** Makes a session of a token; null when it is not an operator's. */
  openSession: (token: string, seconds: number) => Promise<string | null>;
  log: Logger;
}): (request: Request) => Promise<Response> {
  const { provider, isSecured, openSession, log } = parts;
  const cookie = { name: ATTEMPT_COOKIE, path: PROVIDER_PATH };
  const writeCookie = createCookieWriter({ ...cookie, sameSite: 'lax', isSecured });

  const begin = async (from: IdentityProvider): Promise<Response> => {
    try {
      const { url, attempt } = await from.begin();
      const { state, nonce, verifier } = attempt;
      return redirect(url, [writeCookie([state, nonce, verifier].join('.'), ATTEMPT_SECONDS)]);
    } catch (error) {
      log.warn(errorFields(error), 'the identity provider does not respond');
      return redirect(FAILED, []);
    }
  };

  const finish = async (from: IdentityProvider, request: Request): Promise<Response> => {
    const removal = writeCookie('', 0);
    const attempt = attemptOf(request);
    if (!attempt) return redirect(FAILED, [removal]);
    try {
      const { token, seconds } = await from.finish(new URL(request.url).search, attempt);
      const session = await openSession(token, seconds);
      return session === null ? redirect(FAILED, [removal]) : redirect('/console/', [removal, session]);
    } catch (error) {
      // Its message may hold the address with the code.
      log.warn(
        { error: (error as Error).name, errorCode: (error as { code?: unknown }).code },
        'a sign-in failed',
      );
      return redirect(FAILED, [removal]);
    }
  };

  return async (request) => {
    if (request.method !== 'GET') throw problem('method_not_allowed');
    const { pathname } = new URL(request.url);
    if (pathname === `${PROVIDER_PATH}/offered`) {
      return Response.json({ is_offered: provider !== null }, { headers: { 'cache-control': 'no-store' } });
    }
    if (!provider) throw notFound();
    if (pathname === PROVIDER_PATH) return begin(provider);
    if (pathname === CALLBACK_PATH) return finish(provider, request);
    throw notFound();
  };
}

function attemptOf(request: Request): Attempt | null {
  const text = readCookie(request, ATTEMPT_COOKIE) ?? '';
  const [, state, nonce, verifier] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(text) ?? [];
  return state && nonce && verifier ? { state, nonce, verifier } : null;
}

function redirect(location: string, cookies: string[]): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store' });
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return new Response(null, { status: 303, headers });
}
