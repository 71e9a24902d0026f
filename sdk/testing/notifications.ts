import { DAY_MS } from '../contracts/time.ts';
import type { EmotionSummary } from '../contracts/emotion.ts';
import { notAcceptable, NOTIFICATION_TYPES, preferredType } from '../contracts/media-type.ts';
import type { Locale } from '../contracts/jurisdiction.ts';
import type { Notification, NotificationsQuery } from '../contracts/notification.ts';
import { placeOf } from '../contracts/notification-place.ts';
import type { ClosingReason, CreditAnalysis } from '../contracts/credit.ts';
import { activationNotice, closingNotice, denialNotice } from '../../underwriting/notices.ts';
import { uuidv7 } from '../core/uuid.ts';
import { isCustomer, userIdOf } from './principal.ts';
import type { FakeCall, Handlers } from './request-handler.ts';
import { dayOf, emotionDaysOf } from './facts.ts';
import { once } from './idempotency.ts';
import { invalid, problem } from './problems.ts';
import { type FakeOffer, type FakeState, isoTime } from './state.ts';

const HEARTBEAT_MS = 10_000;
const TICKET_SECONDS = 30;
const STREAMS_PER_CUSTOMER = 10;
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The customer's notifications and emotions. */
export function createHistory(
  state: FakeState,
): Pick<Handlers, 'listNotifications' | 'createTicket' | 'emotionSummary'> {
  return {
    listNotifications(call) {
      const query = call.query as NotificationsQuery;
      const notifications = state.notifications.get(userIdOf(call.principal)) ?? [];
      const isStream = prefersEvents(call.headers);
      const { after, faults } = placeOf(isStream, query, call.headers.get('last-event-id'));
      if (faults) throw invalid(faults);
      if (isStream) return follow(state, call, after);
      const { page_size = 20 } = query;
      const last_position = notifications.length;
      const rest = notifications.filter(({ position }) => position > after);
      const items = rest.slice(0, page_size);
      return {
        items,
        next_cursor: rest.length > page_size ? (items.at(-1)?.position ?? null) : null,
        last_position,
      };
    },

    createTicket: (call) =>
      once(state, call, 200, () => {
        const { userId, expiresAt } = call.principal as { userId: string; expiresAt: number };
        const ticket = uuidv7();
        state.tickets.set(ticket, { userId, expiresAt, usableUntil: state.now() + TICKET_SECONDS * 1000 });
        return { ticket, expires_in: TICKET_SECONDS };
      }),

    emotionSummary({ principal, query }): EmotionSummary {
      const { days = 30 } = query as { days?: number };
      const userId = userIdOf(principal);
      return { user_id: userId, days, items: summarize(state, userId, days) };
    },
  };
}

/** Adds the notification of an active limit. */
export function notifyOfActivation(state: FakeState, offer: FakeOffer): void {
  const limit = {
    creditLimit: offer.credit_limit,
    interestRate: offer.interest_rate,
    creditType: offer.credit_type,
  };
  const notice = activationNotice(limit, localeOf(state, offer.userId));
  const about = { offer_id: offer.offer_id, analysis_id: null };
  notify(state, offer.userId, { type: 'CREDIT_LIMIT_APPLIED', ...notice, ...about });
}

/** Adds the notification of a closed limit. */
export function notifyOfClosing(state: FakeState, offer: FakeOffer, reason: ClosingReason): void {
  const notice = closingNotice({ creditLimit: offer.credit_limit, reason }, localeOf(state, offer.userId));
  const about = { offer_id: offer.offer_id, analysis_id: null };
  notify(state, offer.userId, { type: 'CREDIT_LIMIT_CLOSED', ...notice, ...about });
}

/** Adds the notification of a denial. */
export function notifyOfDenial(state: FakeState, { user_id, analysis_id, reason }: CreditAnalysis): void {
  const notice = denialNotice({ reason }, localeOf(state, user_id));
  notify(state, user_id, { type: 'CREDIT_DENIED', ...notice, offer_id: null, analysis_id });
}

function localeOf(state: FakeState, userId: string): Locale {
  return state.users.get(userId)?.locale ?? 'en';
}

/** Adds the next in the customer's own sequence. */
function notify(
  state: FakeState,
  userId: string,
  notice: Omit<Notification, 'notification_id' | 'position' | 'created_at'>,
): void {
  const notifications = state.notifications.get(userId) ?? [];
  notifications.push({
    notification_id: uuidv7(),
    position: notifications.length + 1,
    ...notice,
    created_at: isoTime(state.now()),
  });
  state.notifications.set(userId, notifications);
  for (const stream of state.streams) stream.wake();
}

/**
 * Sends server-sent events: those after a place, then new ones, until the client leaves or a fault cuts the
 * stream.
 */
function follow(state: FakeState, { principal, signal }: FakeCall, after: number): Response {
  const encoder = new TextEncoder();
  const userId = userIdOf(principal);
  const reached = state.notifications.get(userId)?.length ?? 0;
  let last = Math.min(after, reached);
  let end = () => {};
  requirePlace(state, userId);
  const expiresAt = isCustomer(principal) ? principal.expiresAt : Infinity;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      const wake = () => {
        const news = state.notifications.get(userId) ?? [];
        for (const notification of news.filter(({ position }) => position > last)) {
          send(toServerSentEvent(notification));
          last = notification.position;
        }
      };
      const heartbeat = setInterval(() => send(': heartbeat\n\n'), HEARTBEAT_MS);
      const stream = {
        userId,
        wake,
        cut() {
          end();
          controller.close();
        },
      };
      end = () => {
        clearInterval(heartbeat);
        clearTimeout(expiry);
        state.streams.delete(stream);
        signal.removeEventListener('abort', abort);
      };
      const abort = () => {
        end();
        controller.error(signal.reason);
      };
      const expiry = setTimeout(
        () => {
          send('event: end\ndata: {"reason":"token_expired"}\n\n');
          stream.cut();
        },
        Math.min(expiresAt - state.now(), TIMER_MS_MAX),
      );
      signal.addEventListener('abort', abort, { once: true });
      state.streams.add(stream);
      send(': connected\n\n');
      if (after > reached) send(`id: ${reached}\nevent: reset\ndata: {"position":${reached}}\n\n`);
      wake();
    },
    cancel: () => end(),
  });
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
  });
}

function requirePlace(state: FakeState, userId: string): void {
  if ([...state.streams].filter((stream) => stream.userId === userId).length < STREAMS_PER_CUSTOMER) return;
  const detail = `A customer may have ${STREAMS_PER_CUSTOMER} event streams open.`;
  throw problem('too_many_streams', { detail });
}

function toServerSentEvent(notification: Notification): string {
  return `id: ${notification.position}\nevent: notification\ndata: ${JSON.stringify(notification)}\n\n`;
}

function prefersEvents(headers: Headers): boolean {
  const preferred = preferredType(headers.get('accept'), NOTIFICATION_TYPES);
  if (preferred === undefined) throw problem('not_acceptable', { detail: notAcceptable(NOTIFICATION_TYPES) });
  return preferred === 'text/event-stream';
}

function summarize(state: FakeState, userId: string, days: number): EmotionSummary['items'] {
  const oldest = dayOf(state.now() - (days - 1) * DAY_MS);
  return emotionDaysOf(state, userId)
    .filter(({ date }) => date >= oldest)
    .map((day) => ({
      summary_date: day.date,
      avg_positivity_score: day.positivitySum / day.eventCount,
      avg_intensity_score: day.intensitySum / day.eventCount,
      avg_stress_level: day.stressSum / day.eventCount,
      stress_event_count: day.stressEventCount,
      event_count: day.eventCount,
    }));
}
