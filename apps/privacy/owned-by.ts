import type { CustomerTable } from '../../platform/privacy/inventory.ts';

/** The condition of SQL on the rows of the customer `$1`. All names are of the inventory. */
export function ownedBy(owner: CustomerTable['owner']): string {
  if ('field' in owner) return `"${owner.of}" ->> '${owner.field}' = $1::text`;
  const { column } = owner;
  if ('through' in owner) {
    return `"${column}" in (select id from "${owner.through}" where user_id = $1::uuid)`;
  }
  return `"${column}" = $1::${owner.isText ? 'text' : 'uuid'}`;
}
