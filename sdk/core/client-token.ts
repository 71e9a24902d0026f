import * as PATHS from '../contracts/paths.ts';
import { readBaseUrl, TIMEOUT_MS } from './call.ts';
import { EcsArgumentError, EcsResponseError } from './errors.ts';
import { errorOfResponse } from './error-of-response.ts';
import { exchange } from './exchange.ts';
import type { EcsClientOptions, TokenContext } from './options.ts';
import type { RetryBudget } from './retry-budget.ts';
import { clientHeaders } from './runtime.ts';
import { signAssertion } from './sign-assertion.ts';
import { limitTime } from './timing.ts';
import { uuidv7 } from './uuid.ts';

type TokenSource = (context: TokenContext) => Promise<string>;

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** A token is renewed so long before its end, or at nine tenths of its time where that is later. */
const RENEWAL_MS = 60_000;
const RENEWAL_SHARE = 0.9;

/** Those of clients that `withOptions` made share one: a token is fetched once for all of them. */
const sources = new WeakMap<RetryBudget, { options: EcsClientOptions; source: TokenSource }>();

/**
 * Returns the source of a partner's tokens; undefined without a `clientId`. A token is fetched when it is
 * needed, once for all that wait for it, kept, and renewed before its end and when the API rejects it. Throws
 * EcsArgumentError for credentials that do not fit together.
 */
export function clientTokenSource(
  options: EcsClientOptions,
  budget: RetryBudget | undefined,
): TokenSource | undefined {
  if (!checkCredentials(options)) return undefined;
  const shared = budget && sources.get(budget);
  if (shared && IDENTITY.every((name) => shared.options[name] === options[name])) return shared.source;
  const source = createTokenSource(options);
  if (budget) sources.set(budget, { options, source });
  return source;
}

const IDENTITY = ['baseUrl', 'clientId', 'clientSecret', 'privateKey', 'scope', 'fetch'] as const;

function checkCredentials({
  clientId,
  clientSecret,
  privateKey,
  token,
  tokenProvider,
  scope,
}: EcsClientOptions) {
  if (clientId === undefined) {
    if (clientSecret === undefined && privateKey === undefined && scope === undefined) return false;
    throw new EcsArgumentError('clientSecret, privateKey and scope need a clientId');
  }
  if ((clientSecret === undefined) === (privateKey === undefined)) {
    throw new EcsArgumentError('clientId needs a clientSecret or a privateKey, one of them');
  }
  if (token !== undefined || tokenProvider !== undefined) {
    throw new EcsArgumentError('clientId fetches the token: it takes no token or tokenProvider beside it');
  }
  return true;
}

function createTokenSource(options: EcsClientOptions): TokenSource {
  let kept: { token: string; renewAtMs: number } | null = null;
  let inFlight: Promise<string> | null = null;

  const renew = async () => {
    const { access_token: token, expires_in: seconds } = await fetchToken(options);
    const lifeMs = seconds * 1000;
    kept = { token, renewAtMs: Date.now() + Math.max(lifeMs - RENEWAL_MS, lifeMs * RENEWAL_SHARE) };
    return token;
  };
  return ({ rejected }) => {
    if (kept && kept.token !== rejected && Date.now() < kept.renewAtMs) return Promise.resolve(kept.token);
    inFlight ??= renew().finally(() => {
      inFlight = null;
    });
    return inFlight;
  };
}

interface TokenResponse {
  access_token: string;
  expires_in: number;
}

/** Throws EcsError; one that may heal is retried by the call that needs the token. */
async function fetchToken(options: EcsClientOptions): Promise<TokenResponse> {
  const url = readBaseUrl(options.baseUrl) + PATHS.createPartnerToken;
  const event = { method: 'POST', url, requestId: uuidv7(), attempt: 1 };
  const limitMs = options.timeoutMs ?? TIMEOUT_MS;
  const init = {
    headers: {
      ...clientHeaders(),
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      'x-request-id': event.requestId,
    },
    body: (await formOf(options, url)).toString(),
  };
  const limit = limitTime(limitMs, []);
  const { signal } = limit;
  const expired = () => (limit.expired() ? ({ timeout: 'attempt', limitMs } as const) : null);
  try {
    const { response, text = '' } = await exchange({ options, event, init, signal, expired });
    const { status, headers } = response;
    if (status === 200) return readToken(text, event.requestId);
    throw errorOfResponse({ ...event, status, headers, text });
  } finally {
    limit.end();
  }
}

async function formOf(options: EcsClientOptions, audience: string): Promise<URLSearchParams> {
  const { clientId = '', clientSecret, privateKey, scope } = options;
  const credentials: Record<string, string> = privateKey
    ? {
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await signAssertion({ clientId, privateKey, audience }),
      }
    : { client_id: clientId, client_secret: clientSecret ?? '' };
  return new URLSearchParams({
    grant_type: 'client_credentials',
    ...credentials,
    ...(scope === undefined ? {} : { scope }),
  });
}

function readToken(text: string, requestId: string): TokenResponse {
  try {
    const { access_token, expires_in } = JSON.parse(text) as Partial<TokenResponse>;
    if (typeof access_token === 'string' && typeof expires_in === 'number')
      return { access_token, expires_in };
  } catch {}
  // Never shows the text: it may hold a token.
  throw new EcsResponseError('the token endpoint returned 200 without a token', {
    code: 'bad_response',
    requestId,
  });
}
