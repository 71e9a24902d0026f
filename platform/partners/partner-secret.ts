import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const PREFIX = 'ecs_secret_';
const SECRET_BYTES = 32;
const ID_LETTERS = 20;

/** A secret of 256 random bits; the prefix is for scanners of leaked secrets. */
export const newSecret = (): string => PREFIX + randomBytes(SECRET_BYTES).toString('base64url');

/** A partner's client id, 100 random bits: no order, and none can be guessed from another. */
export function newPartnerId(): string {
  return `ptn_${Array.from(randomBytes(ID_LETTERS), (byte) => (byte & 31).toString(32)).join('')}`;
}

/**
 * A fast hash is right: nobody can guess 256 random bits, however fast a guess is, while a slow hash would
 * make each request for a token cost what a login costs.
 */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const DECOY = hashSecret(newSecret());

/** Compares with each hash in the same time, and with a decoy where there is none. */
export function isSecretOf(hashes: readonly string[], secret: string): boolean {
  const candidate = Buffer.from(hashSecret(secret), 'hex');
  let matches = false;
  for (const hash of [DECOY, ...hashes]) {
    if (timingSafeEqual(candidate, Buffer.from(hash, 'hex'))) matches = true;
  }
  return matches;
}
