import { type Static, Type } from '@sinclair/typebox';
import { Timestamp } from '../../sdk/contracts/common.ts';
import { MIB, type Topic } from './topic.ts';

/** Customers' rights on their data: consents and erasures. */

/** Of two messages about a consent the one with the higher version is the newer. */
export const ConsentMessage = Type.Object({
  /** Of the customer, and the purpose: platform/privacy/consent-key.ts. */
  customerHash: Type.String({ minLength: 1 }),
  /** Only where it is the purpose. */
  emotionCapture: Type.Optional(Type.Boolean()),
  version: Type.Integer(),
  purpose: Type.Optional(Type.String()),
  granted: Type.Optional(Type.Boolean()),
  /** Of the version of the text that the customer was shown. */
  textHash: Type.Optional(Type.String()),
});
export type ConsentMessage = Static<typeof ConsentMessage>;

export const ErasureMessage = Type.Object({
  /** See platform/privacy/customer-hash.ts. */
  customerHash: Type.String(),
  requestedAt: Timestamp,
});
export type ErasureMessage = Static<typeof ErasureMessage>;

export const PRIVACY_TOPICS = {
  customerConsents: {
    stream: 'consents',
    subject: 'customers.consents',
    message: {
      name: 'ConsentMessage',
      title: 'A consent of a customer, which ingestion follows; the newest of each purpose is kept',
      schema: ConsentMessage,
      contentType: 'application/json',
    },
    publishers: ['credit'],
    durables: [],
    listeners: [],
    followers: ['emotion-ingestion'],
    // Three consents of a customer are some 900 bytes.
    bytesMax: 768 * MIB,
    keyedBy: 'customerHash',
    isPartitioned: false,
  },
  customerErasures: {
    stream: 'erasures',
    subject: 'privacy.customers.erased',
    message: {
      name: 'ErasureMessage',
      title:
        'A customer that asked to be erased, by a keyed hash: the ledger that outlives a restored database',
      schema: ErasureMessage,
      contentType: 'application/json',
    },
    publishers: ['credit', 'privacy'],
    durables: [],
    listeners: ['credit', 'emotion-ingestion', 'transaction-ingestion', 'privacy'],
    bytesMax: 64 * MIB,
    ageMaxDays: 3650,
    isSealed: true,
    isPartitioned: false,
  },
} as const satisfies Record<string, Topic>;
