import type { WebhookEvent } from '../contracts/webhook-events.ts';
import { checkOptions, isAmount, isSeconds } from '../core/check-options.ts';
import { EcsArgumentError, EcsError } from '../core/errors.ts';
import { nameOf } from '../core/json.ts';

/** A webhook that is not authentic, too old, or not readable; `code` says which. Respond with 400. */
export class WebhookVerificationError extends EcsError {
  override name = 'WebhookVerificationError';
  override readonly kind = 'response';
}

export interface VerifyWebhookOptions {
  /** How far its time may be from this clock, against replays; 300 by default. */
  toleranceSeconds?: number | undefined;
  /** Stands for the clock in tests. */
  nowMs?: number | undefined;
}

/** Headers of any framework: `Headers`, or names with values, in any case. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** A tolerance of NaN would take webhooks of any age. */
const VERIFY_OPTIONS = {
  toleranceSeconds: isSeconds,
  nowMs: isAmount,
};
const PREFIX = 'whsec_';
const SCHEME = 'v1,';
const TOLERANCE_SECONDS = 300;

/**
 * Returns the event of a webhook once its signature is proven, by Standard Webhooks. `payload` is the body as
 * it came, byte for byte: parsed JSON that is written again has another signature. Several secrets are for
 * the time of a rotation. Needs WebCrypto alone: Node.js 20, Bun, Deno, browsers and edge runtimes have it.
 *
 * A delivery can come more than once, always with the same `id`: keep the ids that were handled.
 *
 * @throws WebhookVerificationError `webhook_headers_missing`, `webhook_timestamp_invalid`,
 *   `webhook_too_old`, `webhook_too_new`, `webhook_signature_invalid`, `webhook_payload_invalid`
 * @throws EcsArgumentError `webhook_secret_invalid` for a secret not of the form `whsec_…`
 * @example
 * const event = await verifyWebhook(await request.text(), request.headers, secret);
 * if (event.type === 'limit.activated') console.log(event.data.credit_limit);
 */
export async function verifyWebhook(
  payload: string | Uint8Array,
  headers: WebhookHeaders,
  secrets: string | readonly string[],
  options?: VerifyWebhookOptions,
): Promise<WebhookEvent> {
  const checked = checkOptions(options, VERIFY_OPTIONS);
  requirePayload(payload);
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signature = headerOf(headers, 'webhook-signature');
  if (!id || !timestamp || !signature) {
    throw fault(
      'webhook_headers_missing',
      'The headers webhook-id, webhook-timestamp and webhook-signature are needed.',
    );
  }
  requireRecent(timestamp, checked);
  const keys = (Array.isArray(secrets) ? secrets : [secrets]).map(keyOf);
  if (keys.length === 0) throw new EcsArgumentError('There is no webhook secret.', 'webhook_secret_invalid');
  const body = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  const signed = concat(new TextEncoder().encode(`${id}.${timestamp}.`), body);
  const claims = signature.split(' ').flatMap((part) => {
    const bytes = part.startsWith(SCHEME) ? decodeBase64(part.slice(SCHEME.length)) : null;
    return bytes ? [bytes] : [];
  });
  // All are compared, so that the time says nothing of which one fits.
  let isAuthentic = false;
  for (const key of keys) {
    const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, [
      'verify',
    ]);
    for (const claim of claims) {
      // The comparison of WebCrypto takes constant time.
      if (await crypto.subtle.verify('HMAC', imported, claim, signed)) isAuthentic = true;
    }
  }
  if (!isAuthentic) {
    throw fault(
      'webhook_signature_invalid',
      'No signature fits: check the secret, and that the body is the one that came, unparsed.',
    );
  }
  return parseEvent(new TextDecoder().decode(body), id);
}

function headerOf(headers: WebhookHeaders, name: string): string | null {
  if (typeof headers !== 'object' || headers === null) {
    throw new EcsArgumentError(`the headers must be those of the request, not ${nameOf(headers)}`);
  }
  if (typeof headers.get === 'function') return (headers as Headers).get(name);
  const entries = Object.entries(headers as Record<string, string | readonly string[] | undefined>);
  const value = entries.find(([key]) => key.toLowerCase() === name)?.[1];
  // Repeated, as `Headers` joins them; signatures stand apart by spaces, the others can be one alone.
  if (typeof value === 'object') return value.join(name === 'webhook-signature' ? ' ' : ', ') || null;
  return value ?? null;
}

function requireRecent(timestamp: string, options: VerifyWebhookOptions): void {
  const { toleranceSeconds = TOLERANCE_SECONDS, nowMs = Date.now() } = options;
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw fault('webhook_timestamp_invalid', 'The header webhook-timestamp is no time.');
  }
  const ageSeconds = Math.floor(nowMs / 1000) - Number(timestamp);
  if (ageSeconds > toleranceSeconds) {
    throw fault('webhook_too_old', `The webhook is ${ageSeconds} s old: a replay, or this clock is wrong.`);
  }
  if (ageSeconds < -toleranceSeconds) {
    throw fault('webhook_too_new', `The webhook is ${-ageSeconds} s ahead of this clock.`);
  }
}

/** A body that was parsed, or a buffer without its view, would have no bytes to compare. */
function requirePayload(payload: unknown): void {
  if (typeof payload === 'string' || payload instanceof Uint8Array) return;
  throw new EcsArgumentError(
    `the payload must be the body as it came, a text or a Uint8Array, not ${nameOf(payload)}`,
  );
}

function keyOf(secret: unknown): Uint8Array<ArrayBuffer> {
  const isText = typeof secret === 'string';
  const key = isText && secret.startsWith(PREFIX) ? decodeBase64(secret.slice(PREFIX.length)) : null;
  if (key && key.byteLength > 0) return key;
  throw new EcsArgumentError(
    'A webhook secret begins with whsec_ and goes on in base64.',
    'webhook_secret_invalid',
  );
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.byteLength + second.byteLength);
  joined.set(first);
  joined.set(second, first.byteLength);
  return joined;
}

function parseEvent(text: string, id: string): WebhookEvent {
  try {
    const event: unknown = JSON.parse(text);
    if (typeof event === 'object' && event !== null && 'type' in event && 'data' in event) {
      if ('id' in event && event.id === id) return event as WebhookEvent;
    }
  } catch {
    // Told below.
  }
  throw fault('webhook_payload_invalid', 'The signature fits, and the payload is no event of ECS.');
}

function fault(code: string, message: string): WebhookVerificationError {
  return new WebhookVerificationError(message, { code });
}
