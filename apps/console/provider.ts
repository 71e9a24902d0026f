import { decodeJwt } from 'jose';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  discovery,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { requireSafe } from '../../platform/http/oidc-variables.ts';

interface ProviderOptions {
  issuer: string;
  /** That its tokens must name: this API's. */
  audience: string;
  clientId: string;
  scope: string;
  /** Where the provider sends a browser back to; its client knows it. */
  redirectUri: string;
}

/** The secrets of a sign-in under way; the browser keeps them until it comes back. */
export interface Attempt {
  state: string;
  nonce: string;
  verifier: string;
}

/** Sign-in at a provider of OpenID Connect: a public client, authorization code with PKCE. */
export interface IdentityProvider {
  /** Returns the address to send a browser to. Throws when the provider does not respond. */
  begin(): Promise<{ url: string; attempt: Attempt }>;
  /** Exchanges the code that a browser brings back in the query. Throws for one of another attempt. */
  finish(search: string, attempt: Attempt): Promise<{ token: string; seconds: number }>;
}

/** An operator's own tokens last as long. */
const SECONDS_MAX = 3600;

export function createProvider(options: ProviderOptions): IdentityProvider {
  const { issuer, audience, clientId, scope, redirectUri } = options;
  // Providers name the audience by one or the other, and pass over what they do not know.
  const resource: Record<string, string> = URL.canParse(audience) ? { resource: audience } : {};
  let discovered: Promise<Configuration> | null = null;
  const discover = () => {
    const url = requireSafe(new URL(issuer));
    const execute = url.protocol === 'http:' ? [allowInsecureRequests] : [];
    discovered ??= discovery(url, clientId, undefined, None(), { execute }).catch((error: unknown) => {
      discovered = null;
      throw error;
    });
    return discovered;
  };
  return {
    async begin() {
      const attempt = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
      const url = buildAuthorizationUrl(await discover(), {
        redirect_uri: redirectUri,
        scope,
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: 'S256',
        audience,
        ...resource,
      });
      return { url: url.href, attempt };
    },
    async finish(search, { state, nonce, verifier }) {
      const tokens = await authorizationCodeGrant(
        await discover(),
        // As the provider knows it, whatever a proxy made of it.
        new URL(`${redirectUri}${search}`),
        { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
        resource,
      );
      const token = [tokens.access_token, tokens.id_token].find((text) => isFor(audience, text));
      if (token === undefined) throw new Error(`the provider gave no token for the audience ${audience}`);
      const seconds = Math.floor((decodeJwt(token).exp ?? 0) - Date.now() / 1000);
      return { token, seconds: Math.min(SECONDS_MAX, Math.max(0, seconds)) };
    },
  };
}

/** Some providers' access tokens are no JWTs, and the audience is that of the id token. */
function isFor(audience: string, token: string | undefined): boolean {
  try {
    return token !== undefined && [decodeJwt(token).aud ?? []].flat().includes(audience);
  } catch {
    return false;
  }
}
