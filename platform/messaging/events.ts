import { type Static, Type } from '@sinclair/typebox';
import { Timestamp, Uuid } from '../../sdk/contracts/common.ts';
import { CreditType } from '../../sdk/contracts/credit.ts';
import { EmotionEvent } from '../../sdk/contracts/emotion.ts';
import { NotificationType } from '../../sdk/contracts/notification.ts';
import { Transaction } from '../../sdk/contracts/transaction.ts';

/** Messages over NATS and to the model: the public shapes, with the platform's additions. */

export const EmotionMessage = Type.Object({
  ...EmotionEvent.properties,
  eventId: Uuid,
  traceId: Type.String(),
});
export type EmotionMessage = Static<typeof EmotionMessage>;

export const TransactionMessage = Type.Object({
  ...Transaction.properties,
  eventId: Uuid,
  occurredAt: Timestamp,
  traceId: Type.String(),
});
export type TransactionMessage = Static<typeof TransactionMessage>;

export const OfferApprovedMessage = Type.Object({
  offerId: Uuid,
  userId: Uuid,
  creditLimit: Type.Number(),
  interestRate: Type.Number(),
  creditType: CreditType,
  acceptedAt: Timestamp,
  /** Of the request that accepted it. */
  traceId: Type.Optional(Type.String()),
});
export type OfferApprovedMessage = Static<typeof OfferApprovedMessage>;

export const NotificationMessage = Type.Object({
  notificationId: Uuid,
  userId: Uuid,
  type: NotificationType,
  title: Type.String(),
  message: Type.String(),
  offerId: Uuid,
});
export type NotificationMessage = Static<typeof NotificationMessage>;

/** The request to the model. Averages are weighted by events; windows end today (UTC). */
export const FeatureVector = Type.Object({
  transaction_count_30d: Type.Integer({ minimum: 0 }),
  avg_transaction_value_30d: Type.Number({ minimum: 0 }),
  /** 0.5 for a user without emotions. */
  avg_positivity_7d: Type.Number({ minimum: 0, maximum: 1 }),
  /** Events with a stress level of at least 0.7. */
  stress_events_30d: Type.Integer({ minimum: 0 }),
});
export type FeatureVector = Static<typeof FeatureVector>;
export type FeatureName = keyof FeatureVector;

/** The response of the model. A contribution above 0 raised the risk, one below 0 lowered it. */
export const Prediction = Type.Object({
  risk_score: Type.Number({ minimum: 0, maximum: 1 }),
  model_version: Type.String({ minLength: 1, maxLength: 64 }),
  contributions: Type.Record(Type.String(), Type.Number()),
});
export type Prediction = Static<typeof Prediction>;
