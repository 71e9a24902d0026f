import { type Static, Type } from '@sinclair/typebox';
import { Timestamp } from '../../sdk/contracts/common.ts';

/** The messages of customers' rights on their data: of consents and erasures. */

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
