import { DAY_MS } from '../contracts/time.ts';
import type { AnalysisOffer, CreditAnalysis, CreditOffer } from '../contracts/credit.ts';
import { type AnalysisRecord, COOLDOWN_SECONDS, toCreditAnalysis } from '../../underwriting/analysis.ts';
import { sameFeatures, toFeatureVector } from '../../underwriting/feature-vector.ts';
import { acceptanceOf, OFFER_DAYS, statusAt } from '../../underwriting/offer.ts';
import { type CreditTerms, POLICY_VERSION, underwrite } from '../../underwriting/policy.ts';
import type { FeatureVector, Prediction } from '../../underwriting/risk-model.ts';
import { MODEL_VERSION, score } from '../../underwriting/scorecard.ts';
import { uuidv7 } from '../core/uuid.ts';
import { userIdOf } from './principal.ts';
import type { Handlers } from './request-handler.ts';
import { dayOf, emotionDaysOf, transactionDaysOf } from './facts.ts';
import { once } from './idempotency.ts';
import { notify } from './notifications.ts';
import { problem } from './problems.ts';
import { type FakeOffer, type FakeState, isoTime } from './state.ts';

const OFFER_MS = OFFER_DAYS * DAY_MS;

/** Analyses and offers; an accepted offer becomes active `activationMs` later. */
export function createCredit(
  state: FakeState,
  activationMs: number,
): Pick<Handlers, 'analyzeCredit' | 'listOffers' | 'getOffer' | 'acceptOffer'> {
  return {
    analyzeCredit: (call) => once(state, call, 200, () => analyze(state, userIdOf(call.principal))),

    listOffers({ principal, query }) {
      const { page = 1, page_size = 10 } = query as { page?: number; page_size?: number };
      const offers = state.offers.filter(({ userId }) => userId === userIdOf(principal)).toReversed();
      const items = offers
        .slice((page - 1) * page_size, page * page_size)
        .map((offer) => toOffer(state, offer));
      return { total: offers.length, page, page_size, items };
    },

    getOffer: ({ principal, params }) =>
      toOffer(state, requireOffer(state, params.offer_id ?? '', userIdOf(principal))),

    acceptOffer: (call) =>
      once(state, call, 202, () => {
        const offer = requireOffer(state, call.params.offer_id ?? '', userIdOf(call.principal));
        const { status, offer_id } = toOffer(state, offer);
        if (status === 'offered') {
          offer.status = 'accepted';
          state.latestAnalyses.delete(offer.userId);
          if (Number.isFinite(activationMs)) setTimeout(() => activate(state, offer_id), activationMs);
        } else if (acceptanceOf(status) === 'expired') {
          throw problem('offer_expired');
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
    (candidate) => candidate.offer_id === offerId && candidate.userId === owner,
  );
  if (!offer) throw problem('offer_not_found');
  return offer;
}

function toOffer(state: FakeState, { userId: _, ...offer }: FakeOffer): CreditOffer {
  const { status, expires_at } = offer;
  return { ...offer, status: statusAt({ status, expiresAtMs: Date.parse(expires_at) }, state.now()) };
}

function analyze(state: FakeState, userId: string): CreditAnalysis {
  const today = dayOf(state.now());
  const features = toFeatureVector(emotionDaysOf(state, userId), transactionDaysOf(state, userId), today);
  const latest = state.latestAnalyses.get(userId);
  const isRecent = latest !== undefined && latest.atMs > state.now() - COOLDOWN_SECONDS * 1000;
  if (isRecent && sameFeatures(latest.features, features)) return toCreditAnalysis(userId, latest, true);
  const prediction = predict(features, state.riskScores.get(userId));
  const { approved, terms, reasons } = underwrite(prediction);
  const record: AnalysisRecord = {
    id: uuidv7(),
    approved,
    riskScore: prediction.risk_score,
    modelVersion: prediction.model_version,
    policyVersion: POLICY_VERSION,
    features,
    reasons,
    offer: terms && openOffer(state, userId, terms),
  };
  state.latestAnalyses.set(userId, { ...record, atMs: state.now() });
  return toCreditAnalysis(userId, record, false);
}

/** Returns the prediction of the mock model, with a score that the test has set in place of its own. */
function predict(features: FeatureVector, scoreSet: number | undefined): Prediction {
  const { risk_score, contributions } = score(features);
  return { risk_score: scoreSet ?? risk_score, model_version: MODEL_VERSION, contributions };
}

/** Returns the offer that is open, else a new one. */
function openOffer(state: FakeState, userId: string, terms: CreditTerms): AnalysisOffer {
  const isOpen = (offer: FakeOffer) => offer.userId === userId && toOffer(state, offer).status === 'offered';
  let offer = state.offers.find(isOpen);
  if (!offer) {
    const nowMs = state.now();
    offer = {
      offer_id: uuidv7(),
      userId,
      status: 'offered',
      credit_limit: terms.creditLimit,
      interest_rate: terms.interestRate,
      credit_type: terms.creditType,
      created_at: isoTime(nowMs),
      expires_at: isoTime(nowMs + OFFER_MS),
      activated_at: null,
    };
    state.offers.push(offer);
  }
  const { offer_id, credit_limit, interest_rate, credit_type, expires_at } = offer;
  return { offer_id, credit_limit, interest_rate, credit_type, expires_at };
}
