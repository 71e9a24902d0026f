import { CONSENT_PURPOSES, type ConsentPurpose } from '../../sdk/contracts/consent.ts';

/**
 * Returns the text by the keyed hash of which a stream names a consent, as `consent_key` of the database. The
 * consent to the capture of emotions goes by the customer alone, as before the others were kept.
 */
export function consentKey(userId: string, purpose: ConsentPurpose): string {
  return purpose === 'emotion_capture' ? userId : `${userId}~${purpose}`;
}

export function consentKeysOf(userId: string): string[] {
  return CONSENT_PURPOSES.map((purpose) => consentKey(userId, purpose));
}
