import { clientTokenSource } from './client-token.ts';
import { EcsError, type EcsErrorKind } from './errors.ts';
import { nameOf } from './json.ts';
import type { EcsClientOptions } from './options.ts';
import type { RetryBudget } from './retry-budget.ts';
import { reasonOf } from './system-code.ts';
import { untilAborted } from './timing.ts';

/** The client's credentials, read before each attempt, so that a token renewed meanwhile is used. */
export interface ClientCredentials {
  /** `rejected` is the token that the API has just rejected. Throws EcsError, or the signal's reason. */
  token(signal: AbortSignal, rejected?: string): Promise<string | null>;
  headers(token: string | null): Record<string, string>;
  /** Whether a rejected token can be replaced. */
  readonly renewable: boolean;
}

const VISIBLE = /^[\x21-\x7e]+$/;

/** Throws EcsError `invalid_credentials_format` for credentials that could not be a header. */
export function createCredentials(options: EcsClientOptions, budget?: RetryBudget): ClientCredentials {
  const { token: fixedToken, internalKey } = options;
  const tokenProvider = clientTokenSource(options, budget) ?? options.tokenProvider;
  requireVisible('token', fixedToken);
  requireVisible('internalKey', internalKey);

  const requestToken = async (
    provide: NonNullable<typeof tokenProvider>,
    rejected?: string,
  ): Promise<string> => {
    try {
      return await provide({ rejected });
    } catch (error) {
      if (error instanceof EcsError) throw error;
      throw new EcsError(
        `the tokenProvider failed: ${reasonOf(error)}`,
        { code: 'token_unavailable', kind: 'credentials' },
        error,
      );
    }
  };

  return {
    renewable: tokenProvider !== undefined,
    async token(signal, rejected) {
      if (!tokenProvider) return fixedToken ?? null;
      const token: unknown = await untilAborted(requestToken(tokenProvider, rejected), signal);
      requireVisible("the tokenProvider's token", token ?? null, 'credentials');
      return token as string;
    },
    headers: (token) => ({
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(internalKey ? { 'x-internal-key': internalKey } : {}),
    }),
  };
}

/** Never shows the value: it is a secret. */
function requireVisible(name: string, value: unknown, kind: EcsErrorKind = 'argument'): void {
  if (value === undefined || (typeof value === 'string' && VISIBLE.test(value))) return;
  const message =
    typeof value === 'string'
      ? `${name} is empty, or has characters that no header can carry: a line break or a space?`
      : `${name} must be a text, not ${nameOf(value)}`;
  throw new EcsError(message, { code: 'invalid_credentials_format', kind });
}
