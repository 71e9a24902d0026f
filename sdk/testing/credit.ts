import { DAY_MS } from '../contracts/time.ts';
import type {
  AnalysisOffer,
  ClosingReason,
  CloseRequest,
  CreditAnalysis,
  CreditOffer,
} from '../contracts/credit.ts';
import { type AnalysisRecord, COOLDOWN_SECONDS, toCreditAnalysis } from '../../underwriting/analysis.ts';
import { sameFeatures } from '../../underwriting/feature-vector.ts';
import { completeApplication, prepareApplication, withTexts } from '../../underwriting/decision/apply.ts';
import type { Ask } from '../../underwriting/decision/explain.ts';
import { acceptanceOf, statusAt } from '../../underwriting/offer.ts';
import { buildPolicy } from '../../underwriting/policy/build-policy.ts';
import { UNKNOWN_JURISDICTION } from '../../underwriting/policy/jurisdictions.ts';
import type { CreditTerms } from '../../underwriting/policy/outcome.ts';
import type { PolicyDocument } from '../../underwriting/policy/policy-document.ts';
import shipped from '../../underwriting/policies/v1.json';
import { MODEL_VERSION, score } from '../../underwriting/scorecard.ts';
import { uuidv7 } from '../core/uuid.ts';
import { userIdOf } from './principal.ts';
import type { Handlers } from './request-handler.ts';
import { consentsOf, isWithdrawn } from './consents.ts';
import { dayOf, emotionDaysOf, transactionDaysOf } from './facts.ts';
import { keepDecision } from './decisions.ts';
import { once } from './idempotency.ts';
import { notifyOfActivation, notifyOfClosing, notifyOfDenial } from './notifications.ts';
import { problem } from './problems.ts';
import { type FakeOffer, type FakeState, isoTime } from './state.ts';

const { policy: POLICY } = buildPolicy(shipped as PolicyDocument);

/** Analyses and offers; an accepted offer becomes active `activationMs` later. */
export function createCredit(
  state: FakeState,
  activationMs: number,
): Pick<Handlers, 'analyzeCredit' | 'listOffers' | 'getOffer' | 'acceptOffer' | 'closeOffer'> {
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
          const exposure = exposureOf(state, offer.userId) + offer.credit_limit;
          if (exposure > POLICY.document.exposure_max) throw problem('exposure_limit_reached');
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

    closeOffer: (call) =>
      once(state, call, 200, () => {
        const offer = requireOffer(state, call.params.offer_id ?? '', userIdOf(call.principal));
        close(state, offer, (call.body as CloseRequest | null)?.reason);
        return toOffer(state, offer);
      }),
  };
}

/** active -> closed; closing twice is closing once. */
function close(state: FakeState, offer: FakeOffer, reason: ClosingReason | undefined): void {
  if (offer.status === 'closed') return;
  if (offer.status !== 'active') throw problem('offer_not_open');
  const withdrawalMs = POLICY.document.withdrawal_days * DAY_MS;
  const isLate = Date.parse(offer.activated_at ?? '') + withdrawalMs <= state.now();
  if (reason === 'withdrawn' && isLate) throw problem('withdrawal_period_over');
  offer.status = 'closed';
  state.latestAnalyses.delete(offer.userId);
  notifyOfClosing(state, offer, reason ?? (isLate ? 'closed_by_customer' : 'withdrawn'));
}

/** accepted -> active, once, with its notification. */
export function activate(state: FakeState, offerId: string): void {
  const offer = state.offers.find(({ offer_id }) => offer_id === offerId);
  if (offer?.status !== 'accepted') return;
  offer.status = 'active';
  offer.activated_at = isoTime(state.now());
  notifyOfActivation(state, offer);
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

async function analyze(state: FakeState, userId: string): Promise<CreditAnalysis> {
  if (isWithdrawn(state, userId, 'offers')) throw problem('consent_withdrawn');
  const customer = state.users.get(userId);
  const mayScoreEmotions = !isWithdrawn(state, userId, 'emotion_scoring');
  const application = prepareApplication(POLICY, {
    jurisdiction: customer?.jurisdiction ?? UNKNOWN_JURISDICTION,
    today: dayOf(state.now()),
    transactions: transactionDaysOf(state, userId),
    consents: Object.fromEntries(
      Object.values(consentsOf(state, userId)).map(({ purpose, granted }) => [purpose, granted === true]),
    ),
    mayScoreEmotions,
    emotions: mayScoreEmotions ? emotionDaysOf(state, userId) : null,
    exposure: exposureOf(state, userId),
  });
  const { features, basis } = application;
  const latest = state.latestAnalyses.get(userId);
  const isRecent = latest !== undefined && latest.atMs > state.now() - COOLDOWN_SECONDS * 1000;
  if (isRecent && latest.basis === basis && sameFeatures(latest.features, features)) {
    return toCreditAnalysis(userId, latest, true);
  }
  const ask = predictor(state.riskScores.get(userId));
  const decision = await completeApplication(
    application,
    { ask, askAgain: ask },
    { analysisId: uuidv7(), userId, traceId: null, decidedAt: new Date(state.now()), salt: '' },
  );
  const { prediction } = decision[decision.basis] ?? decision.twin;
  const record: AnalysisRecord = {
    id: decision.analysis_id,
    approved: decision.approved,
    riskScore: prediction.risk_score,
    modelVersion: prediction.model_version,
    policyVersion: POLICY.version,
    features,
    reasons: withTexts(POLICY, decision.reasons, customer?.locale ?? 'en'),
    offer: replaceOffer(state, userId, decision.terms),
  };
  state.latestAnalyses.set(userId, { ...record, basis, atMs: state.now() });
  const analysis = toCreditAnalysis(userId, record, false);
  keepDecision(state, analysis, decision);
  if (!analysis.approved) notifyOfDenial(state, analysis);
  return analysis;
}

/** The highest exposure that is granted. */
export const EXPOSURE_MAX = POLICY.document.exposure_max;

/** The sum of the customer's accepted and active limits. */
export function exposureOf(state: FakeState, userId: string): number {
  return state.offers
    .filter((offer) => offer.userId === userId && ['accepted', 'active'].includes(offer.status))
    .reduce((sum, { credit_limit }) => sum + credit_limit, 0);
}

/** The mock model, with a score that the test has set in place of its own. */
function predictor(scoreSet: number | undefined): Ask {
  return async (vectors) =>
    vectors.map((features) => {
      const { risk_score, contributions } = score(features);
      return { risk_score: scoreSet ?? risk_score, model_version: MODEL_VERSION, contributions };
    });
}

/** Ends the open offer, and makes one of the terms of an approval. */
function replaceOffer(state: FakeState, userId: string, terms: CreditTerms | null): AnalysisOffer | null {
  for (const offer of state.offers) {
    if (offer.userId === userId && offer.status === 'offered') offer.status = 'expired';
  }
  if (!terms) return null;
  const nowMs = state.now();
  const offer: FakeOffer = {
    offer_id: uuidv7(),
    userId,
    status: 'offered',
    ...terms,
    created_at: isoTime(nowMs),
    expires_at: isoTime(nowMs + POLICY.document.offer_days * DAY_MS),
    activated_at: null,
  };
  state.offers.push(offer);
  const { offer_id, credit_limit, interest_rate, credit_type, expires_at } = offer;
  return { offer_id, credit_limit, interest_rate, credit_type, expires_at };
}
