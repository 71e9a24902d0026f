import { consentKeysOf } from '../../platform/privacy/consent-key.ts';
import type { CustomerTable } from '../../platform/privacy/inventory.ts';

/** A message names the customer, or a consent of the customer. */
const KEYS = consentKeysOf('').map((suffix) => `$1::text || '${suffix}'`);

/** The condition of SQL on the rows of the customer `$1`. All names are of the inventory. */
export function ownedBy(owner: CustomerTable['owner']): string {
  if ('field' in owner) return `"${owner.of}" ->> '${owner.field}' in (${KEYS.join(', ')})`;
  const { column } = owner;
  if ('through' in owner) {
    return `"${column}" in (select id from "${owner.through}" where user_id = $1::uuid)`;
  }
  return `"${column}" = $1::${owner.isText ? 'text' : 'uuid'}`;
}
