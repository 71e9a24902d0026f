import { JWT_ASSERTION, type TokenRequest } from '../../../sdk/contracts/partner.ts';
import { type AppError, invalid, problem } from '../../../platform/kernel/errors.ts';

/** The credentials of a token request, not verified yet. */
export type ClientCredentials =
  | { id: string; secret: string; isBasic: boolean }
  | { id: string; assertion: string };

const CREDENTIAL_LENGTH_MAX = 200;

/**
 * Reads client_secret_basic, client_secret_post or private_key_jwt; a request has one of them. Throws
 * AppError 401 without any, and 422, which the wire calls `invalid_request`, for two.
 */
export function readClientCredentials(
  request: TokenRequest,
  authorization: string | null,
): ClientCredentials {
  const { client_id: id, client_secret: secret, client_assertion: assertion } = request;
  const basic = authorization === null ? null : readBasic(authorization);
  if ([basic, secret, assertion].filter((value) => value !== undefined && value !== null).length > 1) {
    throw invalid([{ path: '/body', message: 'must have one way of authentication' }]);
  }
  if (basic) {
    if (id !== undefined && id !== basic.id) {
      throw invalid([{ path: '/body/client_id', message: 'must be that of the Authorization header' }]);
    }
    return { ...basic, isBasic: true };
  }
  if (assertion !== undefined) return readAssertion({ ...request, client_assertion: assertion });
  if (id !== undefined && secret !== undefined) return { id, secret, isBasic: false };
  throw invalidClient(authorization !== null);
}

/** RFC 6749, 5.2: the scheme is named where the client tried it. */
export function invalidClient(isBasic: boolean): AppError {
  const challenge = isBasic ? 'Basic realm="ecs", charset="UTF-8"' : 'Bearer';
  return problem('invalid_client', { headers: { 'www-authenticate': challenge } });
}

/** Reads the client of an assertion from its unverified issuer; the verification compares both. */
function readAssertion(request: TokenRequest & { client_assertion: string }): ClientCredentials {
  const { client_assertion: assertion, client_assertion_type: type, client_id: id } = request;
  if (type !== JWT_ASSERTION) {
    throw invalid([{ path: '/body/client_assertion_type', message: `must be ${JWT_ASSERTION}` }]);
  }
  const issuer = issuerOf(assertion);
  if (issuer === null || (id !== undefined && id !== issuer)) throw invalidClient(false);
  return { id: issuer, assertion };
}

function issuerOf(assertion: string): string | null {
  try {
    const payload = Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { iss } = JSON.parse(payload) as { iss?: unknown };
    return typeof iss === 'string' ? iss : null;
  } catch {
    return null;
  }
}

/** RFC 6749, 2.3.1: both are encoded as in a form, then in base64. */
function readBasic(authorization: string): { id: string; secret: string } {
  const encoded = /^basic +([\w+/=-]+)$/i.exec(authorization)?.[1];
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? [];
  if (!id || !secret || secret.length > CREDENTIAL_LENGTH_MAX) throw invalidClient(true);
  try {
    return { id: decodeForm(id), secret: decodeForm(secret) };
  } catch {
    throw invalidClient(true);
  }
}

const decodeForm = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));
