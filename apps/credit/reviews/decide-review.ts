import type { Database } from '../../../platform/data/sql.ts';
import type { ConsentMode } from '../../../platform/kernel/consent-mode.ts';
import { invalid, problem } from '../../../platform/kernel/errors.ts';
import type {
  OperatorReview,
  OverrideRequest,
  UpholdRequest,
} from '../../../sdk/contracts/operator-reviews.ts';
import { isRecord } from '../../../underwriting/decision/verify-decision.ts';
import {
  faultsBesideOffer,
  faultsOfRate,
  faultsOfTerms,
  makeOverrideRecord,
} from '../../../underwriting/decision/override.ts';
import { hashOfRecord } from '../../../underwriting/decision/record-hash.ts';
import { buildPolicy } from '../../../underwriting/policy/build-policy.ts';
import type { CreditTerms } from '../../../underwriting/policy/outcome.ts';
import { requireOffersConsent } from '../consents/require-offers-consent.ts';
import { insertOverride, selectOverrideFacts } from './override-store.ts';
import { proposeOverride, selectReview, upholdReview } from './review-store.ts';

/**
 * An analysis or an acceptance of the customer may come between reading and deciding: then it is tried again.
 */
const ATTEMPTS = 5;

interface Acting {
  by: string;
  traceId: string;
}

export type DecideReview = ReturnType<typeof createDecideReview>;

/**
 * Decides reviews for operators. An override is a proposal, which another operator approves, where it raises
 * the customer's live limits by one operator alone above `fourEyesAbove`. Throws AppError 404
 * `review_not_found`, and 409 for a review in another state.
 */
export function createDecideReview(deps: {
  database: Database;
  defaultJurisdiction: string | null;
  consentMode: ConsentMode;
  fourEyesAbove: number;
}) {
  const { database } = deps;
  const requireReview = async (reviewId: string): Promise<OperatorReview> => {
    const review = await selectReview(database, reviewId);
    if (!review) throw problem('review_not_found');
    return review;
  };
  const requireOpen = async (reviewId: string): Promise<OperatorReview> => {
    const review = await requireReview(reviewId);
    if (review.decided_by !== null) throw problem('review_decided');
    return review;
  };
  const override = createOverride(deps, requireOpen);
  /** Stores terms, checked before, as a proposal for another operator. */
  const propose = async (
    { review_id: reviewId }: OperatorReview,
    { reason_code: reasonCode, note, ...terms }: OverrideRequest,
    by: string,
  ): Promise<void> => {
    if (await proposeOverride(database, { reviewId, by, reasonCode, note, terms })) return;
    const { state } = await requireOpen(reviewId);
    throw problem(state === 'proposed' ? 'review_proposed' : 'review_decided');
  };

  return {
    get: requireReview,

    async uphold(reviewId: string, request: UpholdRequest, { by }: Acting) {
      await requireOpen(reviewId);
      const { reason_code: reasonCode, note, state: stateSeen = null } = request;
      const decision = { reviewId, by, reasonCode, note, stateSeen };
      if (!(await upholdReview(database, decision))) {
        const { state } = await requireOpen(reviewId);
        throw problem(state === 'proposed' ? 'review_proposed' : 'review_not_proposed');
      }
      return requireReview(reviewId);
    },

    async override(reviewId: string, request: OverrideRequest, acting: Acting) {
      const { reason_code: reasonCode, note, ...terms } = request;
      const review = await requireOpen(reviewId);
      if (review.state === 'proposed') throw problem('review_proposed');
      const step = { review, reasonCode, note, reason: note, proposedBy: null };
      const isGranted = await override(step, terms, acting);
      if (!isGranted) await propose(review, request, acting.by);
      return requireReview(reviewId);
    },

    async approve(reviewId: string, { note: reason }: { note: string }, acting: Acting) {
      const review = await requireOpen(reviewId);
      const { terms, proposed_by: proposedBy, reason_code: reasonCode, note } = review;
      if (terms === null || proposedBy === null || reasonCode === null || note === null) {
        throw problem('review_not_proposed');
      }
      if (proposedBy.toLowerCase() === acting.by.toLowerCase()) throw problem('four_eyes');
      await override({ review, reasonCode, note, reason, proposedBy }, terms, acting);
      return requireReview(reviewId);
    },
  };
}

interface OverrideStep {
  review: OperatorReview;
  reasonCode: string;
  /** Of the review: by the first operator. */
  note: string;
  /** Of the act: by the deciding operator. */
  reason: string;
  /** The operator whose proposal is approved; null where one operator decides alone. */
  proposedBy: string | null;
}

function createOverride(
  deps: {
    database: Database;
    defaultJurisdiction: string | null;
    consentMode: ConsentMode;
    fourEyesAbove: number;
  },
  requireOpen: (reviewId: string) => Promise<OperatorReview>,
) {
  const { database, defaultJurisdiction, consentMode, fourEyesAbove } = deps;
  /** Throws AppError 403, 409 or 422 for terms that may not be granted; returns the facts of the override. */
  const checkTerms = async (
    { analysis_id: analysisId, user_id: userId }: OperatorReview,
    terms: CreditTerms,
  ) => {
    const facts = await selectOverrideFacts(database, { analysisId, userId, defaultJurisdiction });
    if (!facts?.document || !facts.recordHash || !isRecord(facts.record))
      throw problem('decision_not_recorded');
    requireOffersConsent(consentMode, facts.offersConsent ?? undefined);
    const { policy } = buildPolicy(facts.document);
    const exposure = { before: facts.exposure, max: facts.exposureMax };
    const faults = [
      ...faultsOfTerms(terms, policy, exposure),
      ...faultsOfRate(terms, policy, facts.record),
      ...faultsBesideOffer(terms, facts.openOffer),
    ];
    const exceeded = faults.find(({ isOfExposure }) => isOfExposure);
    if (exceeded)
      throw problem('exposure_limit_reached', { detail: `The credit limit ${exceeded.message}.` });
    if (faults.length > 0) {
      throw invalid(faults.map(({ term, message }) => ({ path: `/body/${term}`, message })));
    }
    return { policy, exposure, record: facts.record, recordHash: facts.recordHash, facts };
  };

  /** Returns false, and changes nothing, where two operators have to decide and one alone does. */
  return async (step: OverrideStep, terms: CreditTerms, { by, traceId }: Acting): Promise<boolean> => {
    const { review, reasonCode, note, reason, proposedBy } = step;
    const from = proposedBy === null ? 'requested' : 'proposed';
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const checked = await checkTerms(review, terms);
      const aloneCents = Math.round((checked.facts.grantedAlone + terms.credit_limit) * 100);
      if (proposedBy === null && aloneCents > fourEyesAbove * 100) return false;
      const record = makeOverrideRecord(checked.record, checked.recordHash, checked.policy, {
        reviewId: review.review_id,
        analysisId: Bun.randomUUIDv7(),
        traceId,
        salt: crypto.randomUUID(),
        // By the clock that its row has the time of.
        decidedAt: new Date(checked.facts.readAtMs),
        terms,
        reasonCode,
        proposedBy,
        decidedBy: by,
        exposure: checked.exposure,
      });
      const isDone = await insertOverride(database, {
        reviewId: review.review_id,
        from,
        by,
        reasonCode,
        note,
        reason,
        analysis: {
          record,
          recordHash: hashOfRecord(record),
          reasons: [],
          // Matches the basis of no facts, so that no request for an analysis gets this decision.
          basis: 'override',
          exposureVersion: checked.facts.exposureVersion,
          offerId: Bun.randomUUIDv7(),
          offerDays: checked.policy.document.offer_days,
          message: null,
        },
        defaultJurisdiction,
      });
      if (isDone) return true;
      const current = await requireOpen(review.review_id);
      if (current.state !== from) throw problem('review_proposed');
    }
    throw problem('analysis_superseded');
  };
}
