import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { isOperatorRole, type OperatorRole } from '../../sdk/contracts/operator-roles.ts';
import { problem } from '../kernel/errors.ts';
import { type OidcConfig, requireSafe } from './oidc-variables.ts';
import type { ForeignTokens } from './operator-token.ts';

/** A signature that nobody but the provider can make: no shared secret, and never `none`. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');
const CLOCK_SKEW_SECONDS = 5;
/** An operator who left the provider is out when the token ends: one that lasts longer is not taken. */
const TOKEN_AGE_MAX = '1 day';
const FETCH_MS = 5000;
/** Keys are fetched again for one that is not known, but not more often than this. */
const KEYS_COOLDOWN_MS = 5000;
const KEYS_AGE_MAX_MS = 10 * 60_000;
const DISCOVERY_BYTES_MAX = 256 * 1024;

/**
 * Tokens of the provider, where there is one: issuer, audience and algorithms are pinned, its keys are found
 * by discovery, kept, and fetched again when one signs that is not known. Names are `subject@issuer`.
 */
export function createOidcTokens(config: Partial<OidcConfig>): ForeignTokens | undefined {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_NAME_CLAIM: nameClaim = 'sub' } = config;
  if (!issuer || !audience) return undefined;
  const rolesOf = createRoleReader(config);
  const findKey = createKeyFinder(issuer);

  return {
    isOf: ({ iss }) => iss === issuer,

    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, findKey, {
          algorithms: ALGORITHMS,
          issuer,
          audience,
          requiredClaims: ['sub', 'exp', 'iat', nameClaim],
          clockTolerance: CLOCK_SKEW_SECONDS,
          maxTokenAge: TOKEN_AGE_MAX,
        });
        const { [nameClaim]: subject, exp = 0 } = payload;
        if (typeof subject !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(subject)) return null;
        const name = `${subject}@${issuer}`;
        return { name, roles: rolesOf(payload), expiresAtMs: exp * 1000, tokenVersion: null };
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
  };
}

/** Discovers the address of the keys at their first use, again until it succeeds. */
function createKeyFinder(issuer: string): JWTVerifyGetKey {
  let keys: Promise<JWTVerifyGetKey> | null = null;
  return async (header, token) => {
    keys ??= discoverKeys(issuer).catch((error: unknown) => {
      keys = null;
      throw error;
    });
    try {
      return await (await keys)(header, token);
    } catch (error) {
      // What is wrong with the keys themselves says nothing about the token.
      if (NO_KEY.some((kind) => error instanceof kind)) throw error;
      throw problem('identity_provider_unavailable', { cause: error });
    }
  };
}

const NO_KEY = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

async function discoverKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    redirect: 'error',
    signal: AbortSignal.timeout(FETCH_MS),
  });
  if (!response.ok) throw new Error(`the discovery of ${issuer} returns ${response.status}`);
  const text = await response.text();
  if (text.length > DISCOVERY_BYTES_MAX) throw new Error(`the discovery of ${issuer} is too large`);
  const document = JSON.parse(text) as { issuer?: unknown; jwks_uri?: unknown };
  if (document.issuer !== issuer) throw new Error(`the discovery of ${issuer} is of another issuer`);
  const url = requireSafe(new URL(String(document.jwks_uri)));
  return createRemoteJWKSet(url, {
    timeoutDuration: FETCH_MS,
    cooldownDuration: KEYS_COOLDOWN_MS,
    cacheMaxAge: KEYS_AGE_MAX_MS,
  });
}

/** Returns a function from the claims to our roles; words that name no role of ours are ignored. */
function createRoleReader(config: Partial<OidcConfig>): (claims: JWTPayload) => OperatorRole[] {
  const { OIDC_ROLES_CLAIM: claim = 'roles', OIDC_ROLES_MAP: map } = config;
  const toRole = (word: unknown) => {
    const role = map ? map.get(String(word)) : word;
    return isOperatorRole(role) ? [role] : [];
  };
  return (claims) => {
    // Names of claims may have dots themselves, as `https://example.com/roles` has.
    const value = Object.hasOwn(claims, claim) ? claims[claim] : valueAt(claims, claim.split('.'));
    const words = typeof value === 'string' ? value.split(/\s+/) : Array.isArray(value) ? value : [];
    return [...new Set(words.flatMap(toRole))];
  };
}

function valueAt(value: unknown, path: string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? (inner as Record<string, unknown>)[name]
        : undefined,
    value,
  );
}
