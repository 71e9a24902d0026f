import { createHmac } from 'node:crypto';

/** Returns the keyed hash that stands for a customer's id wherever the id itself must not be: the ledger. */
export type CustomerHash = (userId: string) => string;

/** HMAC-SHA-256 in base64url. The key never changes: the ledger of years ago must be found again. */
export function createCustomerHash(erasureKey: string): CustomerHash {
  return (userId) => createHmac('sha256', erasureKey).update(userId.toLowerCase()).digest('base64url');
}
