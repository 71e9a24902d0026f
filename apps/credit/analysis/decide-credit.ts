import type { Database } from '../../../platform/data/sql.ts';
import type { DecisionMessage } from '../../../platform/messaging/decision-messages.ts';
import { type ConsentMode, isAllowed } from '../../../platform/kernel/consent-mode.ts';
import { requireOffersConsent } from '../consents/require-offers-consent.ts';
import { createSharedLookup } from '../../../platform/resilience/shared-lookup.ts';
import { type AnalysisRecord, COOLDOWN_SECONDS } from '../../../underwriting/analysis.ts';
import { completeApplication, prepareApplication, withTexts } from '../../../underwriting/decision/apply.ts';
import type { DecisionRecord } from '../../../underwriting/decision/record.ts';
import { hashOfRecord } from '../../../underwriting/decision/record-hash.ts';
import { sameFeatures } from '../../../underwriting/feature-vector.ts';
import type { ModelNames } from '../../../underwriting/model/model-settings.ts';
import type { Policy } from '../../../underwriting/policy/build-policy.ts';
import { UNKNOWN_JURISDICTION } from '../../../underwriting/policy/jurisdictions.ts';
import type { FeatureVector } from '../../../underwriting/risk-model.ts';
import type { ActivePolicies } from '../policies/active-policies.ts';
import { type Facts, selectEmotions, selectFacts } from './analysis-store.ts';
import type { ReadFacts } from './read-facts.ts';
import { createRecordAnalysis } from './record-analysis.ts';
import type { RiskModel } from './risk-model.ts';

/** An explanation that takes longer goes without the values it would still have to search. */
const EXPLAIN_MS = 400;

/** Each with thirty days of facts, about 3 KB. */
const CUSTOMERS_PER_STATEMENT = 50;

export interface Decided {
  facts: Facts;
  analysis: AnalysisRecord;
  /** Whether it was recorded before, of the same facts. */
  isReplayed: boolean;
  /** False where the model could not be asked to the end: a later request may get a better explanation. */
  isExplained: boolean;
  secondsLeft: number;
  policy: Policy;
  jurisdiction: string;
}

/**
 * Decides on a customer once:
 *
 *   facts -> the last analysis, when nothing it was made of has changed and it is explained
 *         -> model -> policy, twice -> effect, exposure -> reasons, recourse -> record and offer
 *
 * A last analysis with an incomplete explanation is given only while the model allows none better: then it is
 * not recorded, and its customer not notified, a second time.
 *
 * Returns null when the exposure changed, or another analysis was recorded, meanwhile; 'unknown' for a
 * customer that does not exist. Throws AppError 503 while the model or the policies cannot be asked, 403
 * without the consent to offers.
 */
export function createDecideCredit(deps: {
  database: Database;
  readFacts: ReadFacts;
  policies: ActivePolicies;
  riskModel: RiskModel;
  /** Of customers that nobody gave one; null leaves them `unknown`. */
  defaultJurisdiction: string | null;
  /** Whether approvals are published as denials are: only a challenger needs them. */
  publishesApprovals?: boolean;
  consentMode?: ConsentMode;
}) {
  const { database, readFacts, policies, riskModel, defaultJurisdiction, publishesApprovals = false } = deps;
  const { consentMode = 'recorded' } = deps;
  // Customers analyzed at the same moment share each statement.
  const factsOf = createSharedLookup(
    (userIds) => readFacts(userIds, (source, ids) => selectFacts(source, ids, COOLDOWN_SECONDS)),
    CUSTOMERS_PER_STATEMENT,
  );
  /** A statement of its own, for the customers in whose decisions emotions may count. */
  const emotionsOf = createSharedLookup(
    (userIds) => readFacts(userIds, selectEmotions),
    CUSTOMERS_PER_STATEMENT,
  );
  const recordAnalysis = createRecordAnalysis(database);

  return async (userId: string, traceId: string): Promise<Decided | null | 'unknown'> => {
    const facts = await factsOf(userId);
    if (!facts) return 'unknown';
    // An analysis is made for an offer: without the consent to offers there is no reason for one.
    requireOffersConsent(consentMode, facts.consents.offers);
    const jurisdiction = facts.jurisdiction ?? defaultJurisdiction ?? UNKNOWN_JURISDICTION;
    const policy = await policies.policyFor(jurisdiction);
    const mayScoreEmotions = isAllowed(consentMode, facts.consents.emotion_scoring);
    const mayCount = mayScoreEmotions && policy.effectIn(jurisdiction).effect !== 'off';
    const emotions = mayCount ? ((await emotionsOf(userId)) ?? []) : null;
    const application = prepareApplication(policy, { ...facts, jurisdiction, emotions, mayScoreEmotions });
    const { features, basis } = application;
    const latest = facts.latest && sameFeatures(facts.latest.features, features) ? facts.latest : null;
    const giveAgain = (analysis: NonNullable<Facts['latest']>): Decided => ({
      facts,
      policy,
      jurisdiction,
      analysis,
      isReplayed: true,
      isExplained: analysis.basis === basis,
      secondsLeft: analysis.secondsLeft,
    });
    if (latest?.basis === basis) return giveAgain(latest);
    const unexplained = latest?.basis === unexplainedBasis(basis) ? latest : null;

    const model = {
      ask: (vectors: FeatureVector[]) => riskModel.assess(vectors, { names: policy.modelNames }),
      askAgain: untilLate(riskModel, policy.modelNames),
    };
    const circumstances = {
      analysisId: Bun.randomUUIDv7(),
      userId,
      traceId,
      decidedAt: new Date(),
      salt: crypto.randomUUID(),
    };
    const record = await completeApplication(application, model, circumstances).catch((error: unknown) => {
      if (unexplained) return null;
      throw error;
    });
    const isExplained = record?.explanation_complete === true;
    if (unexplained && !isExplained) return giveAgain(unexplained);
    if (!record) return null;
    const reasons = withTexts(policy, record.reasons, facts.locale);
    const analysis = await recordAnalysis({
      record,
      recordHash: hashOfRecord(record),
      features,
      reasons,
      basis: isExplained ? basis : unexplainedBasis(basis),
      exposureVersion: facts.exposureVersion,
      offerId: Bun.randomUUIDv7(),
      offerDays: policy.document.offer_days,
      message:
        publishesApprovals || !record.approved
          ? messageOf(record, { locale: facts.locale, reason: reasons[0]?.message ?? null })
          : null,
    });
    if (!analysis) return null;
    const secondsLeft = COOLDOWN_SECONDS;
    return { facts, policy, jurisdiction, analysis, isReplayed: false, isExplained, secondsLeft };
  };
}

/** The basis of an analysis that is to be explained again: no release takes it for one of the same basis. */
function unexplainedBasis(basis: string): string {
  return `${basis} unexplained`;
}

/** Returns the message of a decision, for the notification of the customer and for the challenger. */
function messageOf(
  record: DecisionRecord,
  { locale, reason }: { locale: Facts['locale']; reason: string | null },
): DecisionMessage {
  return {
    analysisId: record.analysis_id,
    userId: record.user_id,
    approved: record.approved,
    reason: record.approved ? null : reason,
    locale,
    jurisdiction: record.jurisdiction,
    versions: record.versions,
    twin: record.twin,
    full: record.full,
    basis: record.basis,
    decidedAt: record.decided_at,
    traceId: record.trace_id,
  };
}

/** Asks the model for an explanation until its time is up, counted from the first question. */
function untilLate(riskModel: RiskModel, names: ModelNames) {
  let signal: AbortSignal | undefined;
  return (vectors: FeatureVector[]) => {
    signal ??= AbortSignal.timeout(EXPLAIN_MS);
    return riskModel.assess(vectors, { names, signal, isBackground: true });
  };
}
