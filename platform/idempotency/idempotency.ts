import { createHash, createHmac } from 'node:crypto';
import { emailKey } from '../../sdk/contracts/email.ts';
import { requestIdentity } from '../../sdk/contracts/idempotency.ts';
import { DAY_SECONDS } from '../../sdk/contracts/time.ts';
import { AppError, problem, problemResponse } from '../kernel/errors.ts';
import { deriveKey, seal, unsealBy } from '../kernel/seal.ts';
import type { HandlerResult, Call } from '../http/call.ts';
import type { Database } from '../data/sql.ts';
import { claimKey, type HeldKey, releaseKey, saveResponse } from './idempotency-store.ts';

/**
 * `Idempotency-Key` on a POST:
 *
 *   new --claim--> running --response--> stored (the same response for 24 hours, a token's for a minute)
 *   running --retryable error, or 10 s--> new
 *
 * The stored response is sealed: it may hold an access token. It is compared by a keyed hash: the body
 * may hold a password. With a list of secrets the first seals and hashes, and all are tried, so that a
 * request is repeated across a rotation.
 *
 * A process that stands still for longer than 10 s works on when it wakes up, beside the one that has the key
 * by then. Its changes count once where the state allows them once, or its statement asks `isHeldYet`.
 */
export interface Idempotency {
  /**
   * Runs the work once for a key; `status` is that of a plain response. By body, another body under
   * the key is a request of its own. Throws AppError 409 while the key is another's.
   */
  once(call: Call, status: number, work: Work, options?: { isByBody: boolean }): Promise<HandlerResult>;
}

/** The work of a request, with the key that it is done under; null without one. */
type Work = (held: HeldKey | null) => Promise<HandlerResult>;

type StoredResponse = { status: number; headers: Record<string, string>; body: string };

const KEPT_HEADERS = ['content-type', 'location', 'www-authenticate'];

export function createIdempotency(deps: { database: Database; secretKey: string }): Idempotency {
  const { database } = deps;
  const secrets = deps.secretKey.split(',');
  const sealKeys = secrets.map((secret) => deriveKey(secret, 'idempotency answers'));
  const hashKeys = secrets.map((secret) => deriveKey(secret, 'idempotency fingerprints'));
  const [sealKey] = sealKeys as [Buffer];

  const fingerprintsOf = (call: Call) => {
    const identity = requestIdentity(call);
    return hashKeys.map((key) => createHmac('sha256', key).update(identity).digest('hex')) as [string];
  };

  const runAndSave = async (call: Call, held: HeldKey, status: number, work: Work): Promise<Response> => {
    let response: Response;
    try {
      const result = await work(held);
      response = result instanceof Response ? result : Response.json(result, { status });
    } catch (error) {
      // A failed login or registration is not kept: the next one is judged by itself.
      const isAnonymous = call.principal.kind === 'anonymous';
      if (!(error instanceof AppError) || error.retryable || error.status >= 500 || isAnonymous) {
        await releaseKey(database, held);
        throw error;
      }
      response = problemResponse(error, call.requestId);
    }
    const body = await response.text();
    const headers = Object.fromEntries(
      KEPT_HEADERS.flatMap((name) => {
        const value = response.headers.get(name);
        return value === null ? [] : [[name, value]];
      }),
    );
    const stored: StoredResponse = { status: response.status, headers, body };
    const sealed = seal(sealKey, JSON.stringify(stored));
    // The other's work is the one that counts, and so is its response.
    if (!(await saveResponse(database, held, sealed, keptSecondsOf(body)))) throw inProgress();
    return toResponse(stored, false);
  };

  return {
    async once(call, status, work, options) {
      const { idempotencyKey: key } = call;
      if (key === null) return work(null);
      const fingerprints = fingerprintsOf(call);
      const owner = ownerOf(call);
      const id = { scope: options?.isByBody ? `${owner}:${fingerprints[0]}` : owner, key };
      const claim = await claimKey(database, id, fingerprints);
      if (claim.claimed) return runAndSave(call, claim.held, status, work);
      if (!fingerprints.includes(claim.fingerprint)) {
        throw problem('idempotency_key_reused');
      }
      if (claim.response === null) {
        throw inProgress();
      }
      return toResponse(JSON.parse(unsealBy(sealKeys, claim.response)) as StoredResponse, true);
    },
  };
}

const inProgress = () => problem('request_in_progress', { headers: { 'retry-after': '1' } });

const TOKEN_KEPT_SECONDS = 60;

/** A response with a token or a secret is kept for a retry alone: `expires_in` counts from its first copy. */
function keptSecondsOf(body: string): number {
  const {
    expires_in: seconds,
    client_secret: clientSecret,
    secret,
  } = (body === '' ? {} : JSON.parse(body)) as Record<string, unknown>;
  if (typeof clientSecret === 'string' || typeof secret === 'string') return TOKEN_KEPT_SECONDS;
  return typeof seconds === 'number' ? Math.min(seconds, TOKEN_KEPT_SECONDS) : DAY_SECONDS;
}

/** An operator's name has no space: nobody else's scope is the same text. */
function ownerOf({ principal, body }: Call): string {
  if (principal.kind === 'customer') return principal.userId;
  if (principal.kind === 'operator') return `operator ${principal.name}`;
  if (principal.kind === 'partner') return principal.id;
  return anonymousScope(principal.kind, body);
}

/** Keys of anonymous callers are scoped by e-mail, so that two of them never meet; hashed, without names. */
function anonymousScope(kind: string, body: unknown): string {
  const { email } = (body ?? {}) as { email?: unknown };
  if (typeof email !== 'string') return kind;
  return `${kind}:${createHash('sha256').update(emailKey(email)).digest('base64url')}`;
}

function toResponse({ status, headers, body }: StoredResponse, replayed: boolean): Response {
  return new Response(body, {
    status,
    headers: {
      ...headers,
      'cache-control': 'no-store',
      ...(replayed ? { 'idempotency-replayed': 'true' } : {}),
    },
  });
}
