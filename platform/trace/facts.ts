import type { Sql } from '../data/sql.ts';
import type { TypedId } from './identity.ts';
import {
  type AnalysisFact,
  type ConsentFact,
  countEvents,
  type EventFact,
  type NotificationFact,
  type OfferFact,
  type OutboxFact,
  type ReviewFact,
  selectAnalyses,
  selectConsentChanges,
  selectEvents,
  selectNotifications,
  selectOffers,
  selectOutbox,
  selectReviews,
  selectUsers,
  type UserFact,
} from './store.ts';

/** The thing that an id names. */
type Kind = 'user' | 'offer' | 'analysis' | 'notification' | 'review' | 'event' | 'request';

/** The rows that belong to an id. */
export interface Facts {
  kind: Kind | null;
  users: UserFact[];
  events: EventFact[];
  analyses: AnalysisFact[];
  offers: OfferFact[];
  outbox: OutboxFact[];
  notifications: NotificationFact[];
  reviews: ReviewFact[];
  consents: ConsentFact[];
  /** Kinds of facts with more than is shown. */
  notes: string[];
}

/** Searches keys first: a search for events by id or trace reads whole tables. */
export async function findFacts(sql: Sql, typedId: TypedId, options: FactOptions): Promise<Facts> {
  const { uuid, email } = typedId;
  const [user] = await selectUsers(sql, uuid ? { id: uuid } : { email: email ?? '' });
  if (user) return findCustomerFacts(sql, user, options);
  if (email) return none();
  if (uuid) {
    const [offer] = await selectOffers(sql, { id: uuid });
    if (offer) return withOffers(sql, { ...none(), kind: 'offer' }, [offer.id]);
    const [analysis] = await selectAnalyses(sql, { id: uuid, limit: 1 });
    if (analysis) return withOffers(sql, { ...none(), kind: 'analysis', analyses: [analysis] });
    const [notification] = await selectNotifications(sql, { id: uuid });
    if (notification) {
      const { offerId, analysisId } = notification;
      const analyses = analysisId ? await selectAnalyses(sql, { id: analysisId, limit: 1 }) : [];
      return withOffers(sql, { ...none(), kind: 'notification', analyses }, offerId ? [offerId] : []);
    }
    const [review] = await selectReviews(sql, { id: uuid });
    if (review) {
      const analyses = await selectAnalyses(sql, { id: review.analysisId, limit: 1 });
      return withOffers(sql, { ...none(), kind: 'review', analyses, reviews: [review] });
    }
  }
  return requestFacts(sql, typedId, options);
}

interface FactOptions {
  /** At most so many of each kind. */
  limit: number;
  /** Whether the personal data of events is read. */
  payload: boolean;
}

const none = (): Facts => ({
  kind: null,
  users: [],
  events: [],
  analyses: [],
  offers: [],
  outbox: [],
  notifications: [],
  reviews: [],
  consents: [],
  notes: [],
});

/** An event by its own id, or all that came of one request: events, an analysis, an acceptance. */
async function requestFacts(
  sql: Sql,
  { uuid, traceId }: TypedId,
  { limit, payload }: FactOptions,
): Promise<Facts> {
  const [events, analyses, outbox] = await Promise.all([
    selectEvents(sql, { ...(uuid ? { id: uuid } : {}), traceId, limit: limit + 1, payload }),
    selectAnalyses(sql, { traceId, limit }),
    selectOutbox(sql, { traceId }),
  ]);
  if (events.length + analyses.length + outbox.length === 0) return none();
  const kind = events.some(({ id }) => id === uuid) ? ('event' as const) : ('request' as const);
  const notes = events.length > limit ? [`more than ${limit} events: --limit N shows more`] : [];
  const facts = { ...none(), kind, events: events.slice(0, limit), analyses, notes };
  const offerIds = outbox.flatMap(({ offerId }) => offerId ?? []);
  return withOffers(sql, await withEffect(sql, facts), [...new Set(offerIds)]);
}

/** The first analysis that could know of the events. */
async function withEffect(sql: Sql, facts: Facts): Promise<Facts> {
  const userIds = [...new Set(facts.events.map(({ userId }) => userId))];
  if (userIds.length !== 1) return facts;
  const since = facts.events.map(({ createdAt }) => createdAt).toSorted()[0] ?? '';
  const effect = await selectAnalyses(sql, { userId: userIds[0] ?? '', since, limit: 1 });
  return { ...facts, analyses: [...facts.analyses, ...effect] };
}

/** The offers of the analyses and those that are named, with all that became of them. */
async function withOffers(sql: Sql, facts: Facts, named: string[] = []): Promise<Facts> {
  const ofAnalyses = facts.analyses.flatMap(({ offerId }) => offerId ?? []);
  const offerIds = [...new Set([...named, ...ofAnalyses])];
  const [offers, ofNamed] = await Promise.all([
    Promise.all(offerIds.map((id) => selectOffers(sql, { id }))),
    Promise.all(named.map((offerId) => selectAnalyses(sql, { offerId, limit: 10 }))),
  ]);
  const withRepeats = [...facts.analyses, ...ofNamed.flat()];
  const analyses = [...new Map(withRepeats.map((analysis) => [analysis.id, analysis])).values()];
  const about = { offerIds, analysisIds: analyses.map(({ id }) => id) };
  const [outbox, notifications] = await Promise.all([
    selectOutbox(sql, about),
    selectNotifications(sql, about),
  ]);
  return withUsers(sql, { ...facts, offers: offers.flat(), analyses, outbox, notifications });
}

async function withUsers(sql: Sql, facts: Facts): Promise<Facts> {
  const ids = new Set([...facts.events, ...facts.analyses, ...facts.offers].map(({ userId }) => userId));
  const users = await Promise.all([...ids].slice(0, 10).map((id) => selectUsers(sql, { id })));
  return { ...facts, users: users.flat() };
}

/** A customer's own story: the newest of each, and how many there are. */
export async function findCustomerFacts(
  sql: Sql,
  user: UserFact,
  { limit, payload }: FactOptions,
): Promise<Facts> {
  const userId = user.id;
  const [events, counts, analyses, offers, notifications, reviews, consents] = await Promise.all([
    selectEvents(sql, { userId, limit, payload }),
    countEvents(sql, userId),
    selectAnalyses(sql, { userId, limit }),
    selectOffers(sql, { userId, limit }),
    selectNotifications(sql, { userId, limit }),
    selectReviews(sql, { userId }),
    selectConsentChanges(sql, userId),
  ]);
  const outbox = await selectOutbox(sql, {
    offerIds: offers.map(({ id }) => id),
    analysisIds: analyses.map(({ id }) => id),
  });
  const { emotions, transactions } = counts;
  const isCut = emotions > limit || transactions > limit;
  const notes = isCut
    ? [`${emotions} emotions and ${transactions} transactions in all: --limit N shows more`]
    : [];
  return {
    kind: 'user',
    users: [user],
    events,
    analyses,
    offers,
    outbox,
    notifications,
    reviews,
    consents,
    notes,
  };
}
