import { type Static, Type } from '@sinclair/typebox';
import { Timestamp, Uuid } from '../../sdk/contracts/common.ts';
import { CreditType } from '../../sdk/contracts/credit.ts';
import { Locale } from '../../sdk/contracts/jurisdiction.ts';
import { NotificationType } from '../../sdk/contracts/notification.ts';
import { MIB, type Topic } from './topic.ts';

/** Decisions, offers, closed limits and reviews, and the notifications of them. */

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

export const OfferApprovedMessage = Type.Object({
  offerId: Uuid,
  userId: Uuid,
  creditLimit: Type.Number(),
  interestRate: Type.Number(),
  creditType: CreditType,
  acceptedAt: Timestamp,
  /** The customer's. */
  locale: Type.Optional(Locale),
  /** Of the request that accepted it. */
  traceId: Type.Optional(Type.String()),
});
export type OfferApprovedMessage = Static<typeof OfferApprovedMessage>;

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

export const CREDIT_TOPICS = {
  creditOffersApproved: {
    stream: 'credits',
    subject: 'credit.offers.approved',
    message: {
      name: 'OfferApprovedMessage',
      title: 'An offer that its customer has accepted',
      schema: OfferApprovedMessage,
      contentType: 'application/json',
    },
    publishers: ['credit'],
    durables: ['credit-application', 'webhooks'],
    listeners: [],
    bystanders: ['webhooks'],
    bytesMax: 256 * MIB,
    isPartitioned: false,
  },
  creditDecisions: {
    stream: 'decisions',
    subject: 'credit.decisions.recorded',
    message: {
      name: 'DecisionMessage',
      title: 'A recorded credit decision',
      schema: DecisionMessage,
      contentType: 'application/json',
    },
    publishers: ['credit'],
    durables: ['credit-application', 'challenger'],
    listeners: [],
    bystanders: ['challenger'],
    bytesMax: 256 * MIB,
    isPartitioned: false,
  },
  creditLimitsClosed: {
    stream: 'closings',
    subject: 'credit.limits.closed',
    message: {
      name: 'LimitClosedMessage',
      title: 'An active limit that was closed',
      schema: LimitClosedMessage,
      contentType: 'application/json',
    },
    publishers: ['credit'],
    durables: ['credit-application'],
    listeners: [],
    bytesMax: 64 * MIB,
    isPartitioned: false,
  },
  creditReviewsDecided: {
    stream: 'reviews',
    subject: 'credit.reviews.decided',
    message: {
      name: 'ReviewDecidedMessage',
      title: 'A denial that was reviewed by a person',
      schema: ReviewDecidedMessage,
      contentType: 'application/json',
    },
    publishers: ['credit'],
    durables: ['credit-application'],
    listeners: [],
    bytesMax: 64 * MIB,
    isPartitioned: false,
  },
  userNotifications: {
    stream: 'notifications',
    subject: 'user.notifications',
    message: {
      name: 'NotificationMessage',
      title: 'A notification of a customer',
      schema: NotificationMessage,
      contentType: 'application/json',
    },
    publishers: ['credit-application'],
    durables: ['webhooks'],
    listeners: ['credit'],
    bystanders: ['webhooks'],
    bytesMax: 256 * MIB,
    isPartitioned: false,
  },
} as const satisfies Record<string, Topic>;
