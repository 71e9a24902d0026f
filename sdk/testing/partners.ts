import { JWT_ASSERTION, PARTNER_ID, type PartnerToken, type TokenRequest } from '../contracts/partner.ts';
import { isPartnerScope, PARTNER_SCOPES, type PartnerScope } from '../contracts/partner-scopes.ts';
import { EcsArgumentError } from '../core/errors.ts';
import { uuidv7 } from '../core/uuid.ts';
import { type ApiProblem, invalid, problem } from './problems.ts';
import type { Handlers } from './request-handler.ts';
import type { FakeState } from './state.ts';

const TOKEN_SECONDS = 15 * 60;

/** Adds a partner with these scopes. Throws EcsArgumentError for a scope that there is not. */
export function addPartner(state: FakeState, scopes: readonly PartnerScope[] = PARTNER_SCOPES) {
  if (!Array.isArray(scopes) || scopes.length === 0 || !scopes.every(isPartnerScope)) {
    throw new EcsArgumentError(`scopes must be some of ${PARTNER_SCOPES.join(', ')}`);
  }
  const clientId = `ptn_${uuidv7().replaceAll('-', '')}`;
  const clientSecret = `ecs_secret_${uuidv7()}`;
  state.partners.set(clientId, {
    clientSecret,
    scopes: PARTNER_SCOPES.filter((scope) => scopes.includes(scope)),
  });
  return { clientId, clientSecret };
}

/** Tokens of partners, for their secret or an assertion; the signature of an assertion is not checked. */
export function createPartners(state: FakeState): Pick<Handlers, 'createPartnerToken'> {
  return {
    createPartnerToken({ body, headers }): PartnerToken {
      const request = body as TokenRequest;
      const { id, secret, isBasic } = readCredentials(request, headers.get('authorization'));
      const partner = state.partners.get(id);
      const isValid = secret === undefined ? partner : partner?.clientSecret === secret;
      if (!partner || !isValid) throw invalidClient(isBasic);
      if (request.grant_type !== 'client_credentials') throw problem('unsupported_grant_type');
      const scopes = scopesFor(request.scope, partner.scopes);
      const token = `partner.${uuidv7()}.${uuidv7()}`;
      const expiresAt = state.now() + TOKEN_SECONDS * 1000;
      state.partnerTokens.set(token, { clientId: id, scopes, expiresAt });
      return {
        access_token: token,
        token_type: 'bearer',
        expires_in: TOKEN_SECONDS,
        scope: scopes.join(' '),
      };
    },
  };
}

interface Credentials {
  id: string;
  /** None beside an assertion. */
  secret?: string;
  isBasic: boolean;
}

/** A request has one way of authentication. */
function readCredentials(request: TokenRequest, authorization: string | null): Credentials {
  const { client_id: id, client_secret: secret, client_assertion: assertion } = request;
  const basic = authorization === null ? undefined : readBasic(authorization);
  if ([basic, secret, assertion].filter((value) => value !== undefined).length > 1) {
    throw invalid([{ path: '/body', message: 'must have one way of authentication' }]);
  }
  if (basic) {
    if (id === undefined || id === basic.id) return basic;
    throw invalid([{ path: '/body/client_id', message: 'must be that of the Authorization header' }]);
  }
  if (assertion !== undefined) {
    if (request.client_assertion_type !== JWT_ASSERTION) {
      throw invalid([{ path: '/body/client_assertion_type', message: `must be ${JWT_ASSERTION}` }]);
    }
    const issuer = issuerOf(assertion);
    if (issuer === null || (id !== undefined && id !== issuer)) throw invalidClient(false);
    return { id: issuer, isBasic: false };
  }
  if (id === undefined || secret === undefined) throw invalidClient(false);
  return { id, secret, isBasic: false };
}

function readBasic(authorization: string): Credentials {
  try {
    const encoded = /^basic +([\w+/=-]+)$/i.exec(authorization)?.[1] ?? '';
    const [, id, secret] = /^([^:]+):(.+)$/s.exec(decodeBase64(encoded)) ?? [];
    const [name, word] = [id, secret].map((text = '%') => decodeURIComponent(text.replaceAll('+', ' ')));
    return { id: name ?? '', secret: word ?? '', isBasic: true };
  } catch {
    throw invalidClient(true);
  }
}

function issuerOf(assertion: string): string | null {
  try {
    const { iss } = JSON.parse(decodeBase64(assertion.split('.')[1] ?? '')) as { iss?: unknown };
    return typeof iss === 'string' && new RegExp(PARTNER_ID).test(iss) ? iss : null;
  } catch {
    return null;
  }
}

const decodeBase64 = (text: string): string => atob(text.replaceAll('-', '+').replaceAll('_', '/'));

function invalidClient(isBasic: boolean): ApiProblem {
  const challenge = isBasic ? 'Basic realm="ecs", charset="UTF-8"' : 'Bearer';
  return problem('invalid_client', { headers: { 'www-authenticate': challenge } });
}

/** The scopes that were asked for, in the order of the partner's. */
function scopesFor(text: string | undefined, ofPartner: readonly PartnerScope[]): readonly PartnerScope[] {
  if (text === undefined) return ofPartner;
  const names = text.split(' ').filter((name) => name !== '');
  const isGranted = (name: string) => isPartnerScope(name) && ofPartner.includes(name);
  if (names.length === 0 || !names.every(isGranted)) throw problem('invalid_scope');
  return ofPartner.filter((scope) => names.includes(scope));
}
