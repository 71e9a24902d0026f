import type { EventRejection } from '../../platform/consuming/event-rejection.ts';
import type { Database } from '../../platform/data/sql.ts';
import type {
  DecisionMessage,
  LimitClosedMessage,
  ReviewDecidedMessage,
} from '../../platform/messaging/credit-topics.ts';
import { closingNotice, denialNotice, reviewNotice } from '../../underwriting/notices.ts';
import { insertNotifications } from './notification-store.ts';

/** Notifies customers of denials, each once; an approval is shown by its offer. */
export function createNotifyOfDenials(deps: { database: Database }) {
  return async (decisions: DecisionMessage[]): Promise<EventRejection[]> => {
    const denials = decisions.filter(({ approved }) => !approved);
    if (denials.length === 0) return [];
    const unknown = await insertNotifications(
      deps.database,
      denials.map(({ analysisId, userId, reason, locale, traceId }) => ({
        notificationId: Bun.randomUUIDv7(),
        userId,
        type: 'CREDIT_DENIED',
        ...denialNotice({ reason }, locale),
        offerId: null,
        analysisId,
        traceId,
      })),
    );
    return rejectionsOf(decisions, unknown);
  };
}

/** Notifies customers of closed limits, each once. */
export function createNotifyOfClosings(deps: { database: Database }) {
  return async (closings: LimitClosedMessage[]): Promise<EventRejection[]> => {
    const unknown = await insertNotifications(
      deps.database,
      closings.map(({ offerId, userId, creditLimit, reason, locale }) => ({
        notificationId: Bun.randomUUIDv7(),
        userId,
        type: 'CREDIT_LIMIT_CLOSED',
        ...closingNotice({ creditLimit, reason }, locale),
        offerId,
        analysisId: null,
        traceId: null,
      })),
    );
    return rejectionsOf(closings, unknown);
  };
}

/** Notifies customers of decided reviews, each once. */
export function createNotifyOfReviews(deps: { database: Database }) {
  return async (reviews: ReviewDecidedMessage[]): Promise<EventRejection[]> => {
    const unknown = await insertNotifications(
      deps.database,
      reviews.map(({ analysisId, userId, offerId, locale, ...review }) => ({
        notificationId: Bun.randomUUIDv7(),
        userId,
        type: 'REVIEW_DECIDED',
        ...reviewNotice(review, locale),
        offerId,
        analysisId,
        traceId: null,
      })),
    );
    return rejectionsOf(reviews, unknown);
  };
}

interface Subject {
  userId: string;
  analysisId?: string | null;
  offerId?: string | null;
}

function rejectionsOf(messages: Subject[], unknown: Set<string>): EventRejection[] {
  return messages.flatMap(({ userId, analysisId, offerId }, index) => {
    if (unknown.has(userId)) {
      return [{ index, code: 'unknown_user', message: 'there is no such customer to be notified' }];
    }
    return unknown.has(analysisId ?? '') || unknown.has(offerId ?? '')
      ? [{ index, code: 'unknown_decision', message: 'there is no such decision to be told' }]
      : [];
  });
}
