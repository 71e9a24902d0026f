import { isPartnerScope, type PartnerScope } from '../../../sdk/contracts/partner-scopes.ts';
import { PARTNER_ID, type PartnerToken, type TokenRequest } from '../../../sdk/contracts/partner.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { ClientAddress } from '../../../platform/http/client-address.ts';
import type { PartnerTokens } from '../../../platform/http/partner-token.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { type PartnerAccount, selectPartnerAccount } from '../../../platform/partners/partner-reads.ts';
import { isSecretOf } from '../../../platform/partners/partner-secret.ts';
import type { LoginLimits } from '../../../platform/sign-in/login-limits.ts';
import { type ClientCredentials, invalidClient, readClientCredentials } from './client-credentials.ts';
import { createAssertionCheck, type IsAudience } from './verify-assertion.ts';

/** The rest of a request for a token, beside its form. */
interface TokenCaller {
  authorization: string | null;
  /** Hash of the whole request and its idempotency key; null without a key. */
  requestHash: string | null;
  from: ClientAddress;
}

/**
 * Client credentials of OAuth 2.0 (RFC 6749, 4.4). The response does not tell an unknown client from a wrong
 * secret or a disabled partner. Guesses are bounded by client and address, as those of logins are.
 */
export function createTokenIssuer(deps: {
  database: Database;
  tokens: PartnerTokens;
  limits: LoginLimits;
  isAudience: IsAudience;
  onAttempt?: (outcome: 'issued' | 'refused') => void;
}) {
  const { database, tokens, limits, onAttempt } = deps;
  const checkAssertion = createAssertionCheck(deps);

  const authenticate = async (
    client: ClientCredentials,
    requestHash: string | null,
  ): Promise<PartnerAccount> => {
    const account = isPartnerId.test(client.id) ? await selectPartnerAccount(database, client.id) : null;
    const isValid =
      'secret' in client
        ? isSecretOf(account?.secretHashes ?? [], client.secret)
        : account !== null && (await checkAssertion(client.assertion, account, requestHash));
    onAttempt?.(account && isValid ? 'issued' : 'refused');
    if (account && isValid) return account;
    throw invalidClient('isBasic' in client && client.isBasic);
  };

  return async (
    request: TokenRequest,
    { authorization, requestHash, from }: TokenCaller,
  ): Promise<PartnerToken> => {
    const client = readClientCredentials(request, authorization);
    const account = await limits.attempt(client.id, from, () => authenticate(client, requestHash));
    if (request.grant_type !== 'client_credentials') throw problem('unsupported_grant_type');
    const scopes = scopesFor(request.scope, account.scopes);
    const { token, expiresInSeconds } = await tokens.sign({ ...account, scopes });
    return {
      access_token: token,
      token_type: 'bearer',
      expires_in: expiresInSeconds,
      scope: scopes.join(' '),
    };
  };
}

/** Checked before the database is asked, which rejects some texts, as one with a NUL. */
const isPartnerId = new RegExp(PARTNER_ID);

export type IssueToken = ReturnType<typeof createTokenIssuer>;

/** The scopes that were asked for, in the order of the partner's own. Throws AppError 400. */
function scopesFor(text: string | undefined, ofPartner: readonly PartnerScope[]): PartnerScope[] {
  if (text === undefined) return ofPartner.filter(isPartnerScope);
  const scopes = text.split(' ').filter((scope) => scope !== '');
  const isGranted = (scope: string) => isPartnerScope(scope) && ofPartner.includes(scope);
  if (scopes.length === 0 || !scopes.every(isGranted)) throw problem('invalid_scope');
  return ofPartner.filter((scope) => scopes.includes(scope));
}
