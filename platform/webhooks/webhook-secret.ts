import { createHmac, randomBytes } from 'node:crypto';
import { deriveKey, seal, unseal, unsealBy } from '../kernel/seal.ts';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** Returns a new secret of Standard Webhooks. */
export const createWebhookSecret = (): string => PREFIX + randomBytes(SECRET_BYTES).toString('base64');

/** Seals secrets for the database; a rotated SECRET_KEY opens those that an older one has sealed. */
export interface SecretBox {
  seal(secret: string): Buffer;
  /** Throws when none of the keys has sealed it. */
  open(sealed: Uint8Array): string;
  /** Whether it was sealed by another key than the one that seals now. */
  isOutdated(sealed: Uint8Array): boolean;
}

export function createSecretBox(secretKey: string): SecretBox {
  const keys = secretKey.split(',').map((entry) => deriveKey(entry, 'webhook secrets'));
  const [first = deriveKey(secretKey, 'webhook secrets')] = keys;
  const isSealedBy = (key: Buffer, sealed: Uint8Array): boolean => {
    try {
      unseal(key, sealed);
      return true;
    } catch {
      return false;
    }
  };
  return {
    seal: (secret) => seal(first, secret),
    open(sealed) {
      try {
        return unsealBy(keys, sealed);
      } catch {
        throw new Error('the secret was sealed with another SECRET_KEY: rotate it');
      }
    },
    isOutdated: (sealed) => !isSealedBy(first, sealed),
  };
}

/**
 * The headers of a delivery by Standard Webhooks, with a signature of each secret. The time is that of the
 * attempt: receivers reject old ones.
 */
export function signWebhook(
  message: { id: string; payload: string; at: Date },
  secrets: readonly string[],
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const timestamp = String(Math.floor(message.at.getTime() / 1000));
  const signed = `${message.id}.${timestamp}.${message.payload}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  });
  return {
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
