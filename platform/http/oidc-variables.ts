import { TRANSPORTS } from '../addresses/protection.ts';
import { isOperatorRole, OPERATOR_ROLES, type OperatorRole } from '../../sdk/contracts/operator-roles.ts';
import { addressOf, type ConfigOf, label, oneOf, optional, text } from '../kernel/config.ts';

/** A provider of OpenID Connect whose tokens are operators', beside those of accounts. */
export const OIDC_VARIABLES = {
  /** As in its tokens' `iss`; https, but on this machine. Without it there is no provider. */
  OIDC_ISSUER: optional(addressOf(TRANSPORTS.http, issuer)),
  /** The `aud` that its tokens must name: this API's. */
  OIDC_AUDIENCE: audience,
  /** The claim with roles: its name, or a path like `realm_access.roles`. */
  OIDC_ROLES_CLAIM: text('roles'),
  /** The provider's words for roles, `credit-risk=risk,credit-ops=operator`; without it they are our own. */
  OIDC_ROLES_MAP: rolesMap,
  /** The claim that names the operator: one that the provider never gives to another person. */
  OIDC_NAME_CLAIM: oneOf('sub', 'sub', 'preferred_username'),
};

/** Of the service that tells people how to log in at the provider. */
export const OIDC_LOGIN_VARIABLES = {
  /** A public client of the provider that may use the device flow; without it nobody is sent there. */
  OIDC_CLIENT_ID: label(200),
  OIDC_SCOPE: text('openid'),
};

export type OidcConfig = ConfigOf<typeof OIDC_VARIABLES>;

/** Throws for an address for which others on the way could respond. */
export function requireSafe(url: URL): URL {
  const { protocol } = url;
  if (/^https?:$/.test(protocol) && TRANSPORTS.http.protectionOf(url.href, {}) !== 'plain text') return url;
  throw new Error('must be https; http is for this machine alone');
}

function issuer(value: string | undefined): string {
  const address = value ?? '';
  if (!URL.canParse(address)) throw new Error('must be a URL like https://login.example.com');
  const url = requireSafe(new URL(address));
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new Error('must be a URL without credentials, query or fragment');
  }
  return address;
}

function audience(value: string | undefined, env: Record<string, string | undefined> = {}): string | null {
  if (value === undefined && env.OIDC_ISSUER?.trim()) {
    throw new Error('is missing; OIDC_ISSUER needs the audience of its tokens');
  }
  return value ?? null;
}

/** `null`: a word is the role of that name. */
function rolesMap(value: string | undefined): Map<string, OperatorRole> | null {
  if (value === undefined) return null;
  return new Map(
    value.split(',').map((pair) => {
      const [, word = '', role = ''] = /^\s*(.+?)\s*=\s*(\w+)\s*$/.exec(pair) ?? [];
      if (word !== '' && isOperatorRole(role)) return [word, role];
      throw new Error(`must be pairs like credit-risk=risk, with the roles ${OPERATOR_ROLES.join(', ')}`);
    }),
  );
}
