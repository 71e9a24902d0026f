import { type Static, Type } from '@sinclair/typebox';
import { Timestamp, Uuid } from '../../sdk/contracts/common.ts';
import { Locale } from '../../sdk/contracts/jurisdiction.ts';
import { NotificationType } from '../../sdk/contracts/notification.ts';

/** The messages of decisions, closed limits, reviews, notifications, consents, erasures and anchors. */

const Assessment = Type.Object({
  features: Type.Record(Type.String(), Type.Number()),
  prediction: Type.Object({
    risk_score: Type.Number(),
    model_version: Type.String(),
    contributions: Type.Optional(Type.Record(Type.String(), Type.Number())),
  }),
});

export const DecisionMessage = Type.Object({
  analysisId: Uuid,
  userId: Uuid,
  approved: Type.Boolean(),
  /** The principal reason, in the customer's language; null of an approval. */
  reason: Type.Union([Type.String(), Type.Null()]),
  locale: Locale,
  /** ISO 3166-1 alpha-2, or `unknown`. */
  jurisdiction: Type.String(),
  versions: Type.Object({
    features: Type.String(),
    model: Type.String(),
    policy: Type.String(),
    policy_hash: Type.String(),
  }),
  /** The customer without emotions. */
  twin: Assessment,
  /** The customer with emotions; null where they were not read. */
  full: Type.Union([Assessment, Type.Null()]),
  /** The assessment that counted. */
  basis: Type.Union([Type.Literal('twin'), Type.Literal('full')]),
  decidedAt: Timestamp,
  traceId: Type.Union([Type.String(), Type.Null()]),
});
export type DecisionMessage = Static<typeof DecisionMessage>;

export const LimitClosedMessage = Type.Object({
  offerId: Uuid,
  userId: Uuid,
  creditLimit: Type.Number(),
  reason: Type.String(),
  locale: Locale,
  closedAt: Timestamp,
});
export type LimitClosedMessage = Static<typeof LimitClosedMessage>;

export const ReviewDecidedMessage = Type.Object({
  reviewId: Uuid,
  /** The denial that was reviewed. */
  analysisId: Uuid,
  userId: Uuid,
  outcome: Type.Union([Type.Literal('upheld'), Type.Literal('overridden')]),
  /** The offer of an override. */
  offerId: Type.Union([Uuid, Type.Null()]),
  creditLimit: Type.Union([Type.Number(), Type.Null()]),
  locale: Locale,
  decidedAt: Timestamp,
});
export type ReviewDecidedMessage = Static<typeof ReviewDecidedMessage>;

const Head = Type.Object({ position: Type.Integer(), link: Type.String() });

/** The heads of the hash chains at a time: an earlier link that differs now was changed since. */
export const AuditAnchorMessage = Type.Object({ at: Timestamp, decisions: Head, acts: Head });
export type AuditAnchorMessage = Static<typeof AuditAnchorMessage>;

export const NotificationMessage = Type.Object({
  notificationId: Uuid,
  userId: Uuid,
  type: NotificationType,
  title: Type.String(),
  message: Type.String(),
  /** Null of a denial. */
  offerId: Type.Union([Uuid, Type.Null()]),
  /** Of a denial. */
  analysisId: Type.Optional(Uuid),
  traceId: Type.Optional(Type.String()),
});
export type NotificationMessage = Static<typeof NotificationMessage>;

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
