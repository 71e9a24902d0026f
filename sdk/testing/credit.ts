import type { CreditAnalysis, CreditOffer } from '../contracts/credit.ts';
import { uuidv7 } from '../core/uuid.ts';
import { type Handlers, userIdOf } from './door.ts';
import { once } from './idempotency.ts';
import { notify } from './notifications.ts';
import { notFound, Refusal } from './refusal.ts';
import { decide, featuresOf } from './risk.ts';
import { type FakeOffer, type FakeState, isoTime } from './state.ts';

const COOLDOWN_MS = 300_000;
const OFFER_MS = 7 * 24 * 60 * 60 * 1000;

/** Analyses and offers; an accepted offer becomes active `activationMs` later. */
export function createCredit(
  state: FakeState,
  activationMs: number,
): Pick<Handlers, 'analyzeCredit' | 'listOffers' | 'getOffer' | 'acceptOffer'> {
  return {
    analyzeCredit: (call) => once(state, call, 200, () => analyze(state, userIdOf(call.caller))),

    listOffers({ caller, query }) {
      const { page = 1, page_size = 10 } = query as { page?: number; page_size?: number };
      const offers = state.offers.filter(({ userId }) => userId === userIdOf(caller)).toReversed();
      const items = offers
        .slice((page - 1) * page_size, page * page_size)
        .map((offer) => toOffer(state, offer));
      return { total: offers.length, page, page_size, items };
    },

    getOffer: ({ caller, params }) =>
      toOffer(state, requireOffer(state, params.offer_id ?? '', userIdOf(caller))),

    acceptOffer: (call) =>
      once(state, call, 202, () => {
        const offer = requireOffer(state, call.params.offer_id ?? '', userIdOf(call.caller));
        const { status, offer_id } = toOffer(state, offer);
        if (status === 'expired') throw new Refusal(410, 'offer_expired', 'The offer has expired.');
        if (status === 'offered') {
          offer.status = 'accepted';
          state.latestAnalyses.delete(offer.userId);
          if (Number.isFinite(activationMs)) setTimeout(() => activate(state, offer_id), activationMs);
        }
        return Response.json(
          { status: 'offer acceptance is being processed', offer_id },
          { status: 202, headers: { location: `/v1/credit-offers/${offer_id}` } },
        );
      }),
  };
}

/** accepted -> active, once, with its notification. */
export function activate(state: FakeState, offerId: string): void {
  const offer = state.offers.find(({ offer_id }) => offer_id === offerId);
  if (offer?.status !== 'accepted') return;
  offer.status = 'active';
  offer.activated_at = isoTime(state.now());
  notify(state, offer);
}

function requireOffer(state: FakeState, offerId: string, owner: string): FakeOffer {
  const offer = state.offers.find(
    (candidate) => candidate.offer_id === offerId.toLowerCase() && candidate.userId === owner,
  );
  if (!offer) throw notFound('offer_not_found', 'no such offer');
  return offer;
}

function toOffer(state: FakeState, { userId: _, ...offer }: FakeOffer): CreditOffer {
  const isPast = offer.status === 'offered' && Date.parse(offer.expires_at) <= state.now();
  return { ...offer, status: isPast ? 'expired' : offer.status };
}

function analyze(state: FakeState, userId: string): CreditAnalysis {
  const features = featuresOf(state, userId);
  const latest = state.latestAnalyses.get(userId);
  const isSame = latest?.features === JSON.stringify(features) && latest.atMs > state.now() - COOLDOWN_MS;
  if (latest && isSame) return { ...latest.answer, replayed: true };
  const { riskScore, reasons, terms } = decide(features, state.riskScores.get(userId));
  const answer: CreditAnalysis = {
    user_id: userId,
    approved: terms !== null,
    ml_risk_score: riskScore,
    offer: terms === null ? null : offerFor(state, userId, terms),
    reason: reasons[0]?.message ?? null,
    reasons,
    analysis_id: uuidv7(),
    model_version: 'scorecard-1',
    policy_version: 'v1',
    replayed: false,
  };
  state.latestAnalyses.set(userId, { answer, features: JSON.stringify(features), atMs: state.now() });
  return answer;
}

type Terms = NonNullable<ReturnType<typeof decide>['terms']>;

/** The one that is open, else a new one. */
function offerFor(state: FakeState, userId: string, terms: Terms): CreditAnalysis['offer'] {
  const isOpen = (offer: FakeOffer) => offer.userId === userId && toOffer(state, offer).status === 'offered';
  let offer = state.offers.find(isOpen);
  if (!offer) {
    const nowMs = state.now();
    offer = {
      ...terms,
      userId,
      offer_id: uuidv7(),
      status: 'offered',
      created_at: isoTime(nowMs),
      expires_at: isoTime(nowMs + OFFER_MS),
      activated_at: null,
    };
    state.offers.push(offer);
  }
  const { offer_id, credit_limit, interest_rate, credit_type, expires_at } = offer;
  return { offer_id, credit_limit, interest_rate, credit_type, expires_at };
}
