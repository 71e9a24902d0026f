import type { CreditAnalysis } from '../contracts/credit.ts';
import type { CreditDecision, DecisionPage } from '../contracts/decision.ts';
import type { ReviewReceived } from '../contracts/review.ts';
import type { DecisionRecord } from '../../underwriting/decision/record.ts';
import { userIdOf } from './principal.ts';
import { invalid, problem } from './problems.ts';
import type { Handlers } from './request-handler.ts';
import { type FakeState, isoTime } from './state.ts';

/** The decisions that a customer reads again. */
export function createDecisions(
  state: FakeState,
): Pick<Handlers, 'listAnalyses' | 'getAnalysis' | 'requestReview'> {
  return {
    listAnalyses({ principal, query }): DecisionPage {
      const { cursor, page_size = 20 } = query as { cursor?: string; page_size?: number };
      const decisions = state.decisions.filter(({ user_id }) => user_id === userIdOf(principal)).toReversed();
      const last = decisions.findIndex(({ analysis_id }) => analysis_id === cursor?.toLowerCase());
      if (cursor !== undefined && last < 0) {
        throw invalid([{ path: '/query/cursor', message: 'must be a next_cursor of this list' }]);
      }
      const rest = decisions.slice(last + 1);
      const items = rest.slice(0, page_size);
      return { items, next_cursor: rest.length > page_size ? (items.at(-1)?.analysis_id ?? null) : null };
    },

    getAnalysis({ principal, params }): CreditDecision {
      const decision = state.decisions.find(
        ({ analysis_id, user_id }) => analysis_id === params.analysis_id && user_id === userIdOf(principal),
      );
      if (!decision) throw problem('analysis_not_found');
      return decision;
    },

    requestReview({ principal, params }): ReviewReceived {
      const decision = state.decisions.find(
        ({ analysis_id, user_id }) => analysis_id === params.analysis_id && user_id === userIdOf(principal),
      );
      if (!decision) throw problem('analysis_not_found');
      if (decision.approved) throw problem('not_a_denial');
      if (decision.review) throw problem('review_requested');
      const { analysis_id } = decision;
      const review_id = crypto.randomUUID();
      const requested_at = isoTime(state.now());
      const undecided = { decided_at: null, reason_code: null, analysis_id: null };
      decision.review = { review_id, state: 'requested', requested_at, ...undecided };
      return { status: 'review requested', review_id, analysis_id };
    },
  };
}

/** Keeps a decision for its customer. */
export function keepDecision(state: FakeState, analysis: CreditAnalysis, record: DecisionRecord): void {
  const { features } = record[record.basis] ?? record.twin;
  state.decisions.push({
    ...analysis,
    replayed: false,
    reasons: analysis.reasons.map(({ code, message }, index) => {
      const { feature = null, value = null, sufficient_value = null } = record.reasons[index] ?? {};
      return { code, message, feature, value, sufficient_value };
    }),
    created_at: isoTime(state.now()),
    features: { ...features },
    emotion_effect: record.effect.applied,
    recourse: record.recourse,
    explanation_complete: record.explanation_complete,
    exposure_before: record.exposure.before,
    jurisdiction: record.jurisdiction,
    policy_hash: record.versions.policy_hash,
    review: null,
  });
}
