import { type Static, Type } from '@sinclair/typebox';
import { Timestamp, Uuid } from '../../sdk/contracts/common.ts';
import { CreditType } from '../../sdk/contracts/credit.ts';
import { EmotionEvent } from '../../sdk/contracts/emotion.ts';
import { NotificationType } from '../../sdk/contracts/notification.ts';
import { Transaction } from '../../sdk/contracts/transaction.ts';

/** Messages over NATS: the public shapes, with the platform's additions. */

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
