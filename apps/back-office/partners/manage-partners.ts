import type {
  NewPartner,
  Partner,
  PartnerRotation,
  PartnerSecret,
} from '../../../sdk/contracts/operator-partners.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { invalid, problem } from '../../../platform/kernel/errors.ts';
import { hashSecret, newPartnerId, newSecret } from '../../../platform/partners/partner-secret.ts';
import { readPublicKey } from '../../../platform/partners/public-key.ts';
import { DAY_SECONDS } from '../../../sdk/contracts/time.ts';
import {
  type Acting,
  insertPartner,
  type NewCredential,
  rotateCredential,
  selectCredentials,
  selectPartner,
} from './partner-store.ts';

const EVENTS_PER_SECOND = 1000;

/** Returns a partner with its valid credentials. Throws AppError 404. */
export async function requirePartner(database: Database, id: string): Promise<Partner> {
  const [partner, credentials] = await Promise.all([
    selectPartner(database, id),
    selectCredentials(database, id),
  ]);
  if (!partner) throw problem('partner_not_found');
  return { ...partner, credentials: [...credentials] };
}

/** Adds a partner with its first credential. Throws AppError 409 or 422. */
export async function addPartner(
  database: Database,
  partner: NewPartner,
  acting: Acting,
): Promise<PartnerSecret> {
  const { secret, credential } = await makeCredential(partner.public_key);
  const id = newPartnerId();
  const { name, scopes, events_per_second: eventsPerSecond = EVENTS_PER_SECOND } = partner;
  const credentialId = await insertPartner(
    database,
    { id, name, scopes, eventsPerSecond, ...acting },
    credential,
  );
  if (credentialId === null) throw problem('partner_name_taken');
  return { client_id: id, credential_id: credentialId, client_secret: secret, former_expires_at: null };
}

/** Gives a partner another credential. Throws AppError 404, 409 or 422. */
export async function rotatePartner(
  database: Database,
  id: string,
  rotation: PartnerRotation,
  acting: Acting,
): Promise<PartnerSecret> {
  const { secret, credential } = await makeCredential(rotation.public_key);
  const graceSeconds = rotation.grace_seconds ?? DAY_SECONDS;
  const rotated = await rotateCredential(database, id, { ...credential, graceSeconds, ...acting });
  const { credentials, status } = await requirePartner(database, id);
  if (!rotated || status === 'removed') throw problem('partner_removed');
  const former = credentials.find(({ credential_id }) => credential_id !== rotated.credentialId);
  return {
    client_id: id,
    credential_id: rotated.credentialId,
    client_secret: secret,
    former_expires_at: former?.expires_at ?? null,
  };
}

/** A public key as it came, or a secret that is shown once. */
async function makeCredential(
  publicKey: Record<string, unknown> | undefined,
): Promise<{ secret: string | null; credential: NewCredential }> {
  if (publicKey === undefined) {
    const secret = newSecret();
    return { secret, credential: { secretHash: hashSecret(secret), publicKey: null } };
  }
  const read = await readPublicKey(publicKey);
  if ('fault' in read) throw invalid([{ path: '/body/public_key', message: read.fault }]);
  return { secret: null, credential: { secretHash: null, publicKey: read.key } };
}
