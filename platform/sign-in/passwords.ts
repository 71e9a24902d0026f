import { randomBytes } from 'node:crypto';
import type { ClientAddress } from '../http/client-address.ts';
import { createFairQueue, type FairQueueLimits } from '../resilience/fair-queue.ts';
import { createRecentKeys } from '../resilience/recent-keys.ts';

/**
 * argon2id takes tens of milliseconds of a core: a few run at once, so that signing in cannot take the
 * machine away from everything else. Registrations and logins wait in queues of their own, and addresses
 * take turns in each: many connections from one address neither close the other queue nor this one to
 * another address. Places are reserved for addresses from which a right password came before: many new
 * addresses do not close a queue to them.
 */
export interface Passwords {
  hash(password: string, from: ClientAddress): Promise<string>;
  /** Takes the same time when there is no hash to compare with. */
  verify(password: string, hash: string | null, from: ClientAddress): Promise<boolean>;
}

const ADDRESSES_MAX = 10_000;
const ARGON = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const;
/** Costs a check as much as any hash, and is of no password. Random bytes, so that no start computes one. */
const DECOY = [
  '$argon2id$v=19',
  `m=${ARGON.memoryCost},t=${ARGON.timeCost},p=1`,
  ...[randomBytes(32), randomBytes(32)].map((bytes) => bytes.toString('base64').replace(/=+$/, '')),
].join('$');

export function createPasswords(limits: {
  logins: FairQueueLimits;
  registrations: FairQueueLimits;
}): Passwords {
  const addresses = createRecentKeys(ADDRESSES_MAX);
  const registrations = createFairQueue(
    limits.registrations,
    'Too many people register at once.',
    addresses.has,
  );
  return {
    hash: (password, from) => registrations.run(from, () => hashPassword(password)),
    verify: createPasswordCheck(limits.logins, addresses),
  };
}

/** The check alone, for accounts that nobody registers over HTTP. */
export function createPasswordCheck(
  limits: FairQueueLimits,
  addresses = createRecentKeys(ADDRESSES_MAX),
): Passwords['verify'] {
  const logins = createFairQueue(limits, 'Too many people log in at once.', addresses.has);
  return (password, hash, from) =>
    logins.run(from, async () => {
      const matches = await fits(password, hash ?? DECOY);
      if (hash === null || !matches) return false;
      addresses.add(from);
      return true;
    });
}

export function hashPassword(password: string): Promise<string> {
  return Bun.password.hash(normalize(password), ARGON);
}

/** One text for all ways in which keyboards and systems write it, as NIST SP 800-63B asks for. */
const normalize = (password: string) => password.normalize('NFKC');

/** Compares with a hash of before as well, which has the password as it came. */
async function fits(password: string, hash: string): Promise<boolean> {
  const text = normalize(password);
  if (await Bun.password.verify(text, hash)) return true;
  return text !== password && (await Bun.password.verify(password, hash));
}
