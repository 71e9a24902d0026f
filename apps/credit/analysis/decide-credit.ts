import type { Database } from '../../../platform/data/sql.ts';
import type { DecisionMessage } from '../../../platform/messaging/credit-topics.ts';
import { type ConsentMode, isAllowed } from '../../../platform/kernel/consent-mode.ts';
import { requireOffersConsent } from '../consents/require-offers-consent.ts';
import { createSharedLookup } from '../../../platform/resilience/shared-lookup.ts';
import { type AnalysisRecord, COOLDOWN_SECONDS } from '../../../underwriting/analysis.ts';
import {
  completeApplication,
  isDecidedOn,
  prepareApplication,
  type PreparedApplication,
  withTexts,
} from '../../../underwriting/decision/apply.ts';
import type { DecisionRecord } from '../../../underwriting/decision/record.ts';
import { hashOfRecord } from '../../../underwriting/decision/record-hash.ts';
import type { ModelNames } from '../../../underwriting/model/model-settings.ts';
import type { Policy } from '../../../underwriting/policy/build-policy.ts';
import { UNKNOWN_JURISDICTION } from '../../../underwriting/policy/jurisdictions.ts';
import type { FeatureVector } from '../../../underwriting/risk-model.ts';
import type { ActivePolicies } from '../policies/active-policies.ts';
import { type Facts, selectEmotions, selectFacts } from './analysis-store.ts';
import type { ReadFacts } from './read-facts.ts';
import { createRecordAnalysis } from './record-analysis.ts';
import type { NewAnalysis } from './record-store.ts';
import type { RiskModel } from './risk-model.ts';

/** Ends the search for an explanation: the values that were not found by then are missing from it. */
const EXPLAIN_MS = 400;

/** Bounds a statement: each customer has thirty days of facts, about 3 KB. */
const CUSTOMERS_PER_STATEMENT = 50;

export interface Decided {
  facts: Facts;
  analysis: AnalysisRecord;
  /** Whether it was recorded before, of the same facts. */
  isReplayed: boolean;
  /**
   * False where the model failed before the explanation was complete: a later request may get a better one.
   */
  isExplained: boolean;
  secondsLeft: number;
  policy: Policy;
  jurisdiction: string;
}

/** `superseded`: the exposure changed, or another analysis was recorded, after the facts were read. */
type Undecided = 'unknown_customer' | 'superseded';

/**
 * Decides on a customer once:
 *
 *   facts -> the last analysis, when nothing it was made of has changed and it is explained
 *         -> model -> policy, twice -> effect, exposure -> reasons, recourse -> record and offer
 *
 * A last analysis with an incomplete explanation is returned while the model allows no complete one: it is
 * not recorded, and its customer not notified, a second time.
 *
 * Throws AppError 503 while the model or the policies cannot be asked, 403 without the consent to offers.
 */
export function createDecideCredit(deps: {
  database: Database;
  readFacts: ReadFacts;
  policies: ActivePolicies;
  riskModel: RiskModel;
  /** For customers without a jurisdiction; null leaves them `unknown`. */
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
  const emotionsOf = createSharedLookup(
    (userIds) => readFacts(userIds, selectEmotions),
    CUSTOMERS_PER_STATEMENT,
  );
  const recordAnalysis = createRecordAnalysis(database);

  /** Reads emotions by a statement of their own, and only where law, policy and consent let them count. */
  const prepare = async (userId: string, facts: Facts): Promise<PreparedApplication> => {
    const jurisdiction = facts.jurisdiction ?? defaultJurisdiction ?? UNKNOWN_JURISDICTION;
    const policy = await policies.policyFor(jurisdiction);
    const mayScoreEmotions = isAllowed(consentMode, facts.consents.emotion_scoring);
    const mayCount = mayScoreEmotions && policy.effectIn(jurisdiction).effect !== 'off';
    const emotions = mayCount ? ((await emotionsOf(userId)) ?? []) : null;
    return prepareApplication(policy, { ...facts, jurisdiction, emotions, mayScoreEmotions });
  };

  const complete = (
    application: PreparedApplication,
    { userId, traceId, readAtMs }: { userId: string; traceId: string; readAtMs: number },
  ) => {
    const names = application.policy.modelNames;
    const model = {
      ask: (vectors: FeatureVector[]) => riskModel.assess(vectors, { names }),
      askAgain: untilLate(riskModel, names),
    };
    return completeApplication(application, model, {
      analysisId: Bun.randomUUIDv7(),
      userId,
      traceId,
      // By the clock that its row has the time of: another one would make it look changed.
      decidedAt: new Date(readAtMs),
      salt: crypto.randomUUID(),
    });
  };

  return async (userId: string, traceId: string): Promise<Decided | Undecided> => {
    const facts = await factsOf(userId);
    if (!facts) return 'unknown_customer';
    // An analysis is made for an offer: without the consent to offers there is no reason for one.
    requireOffersConsent(consentMode, facts.consents.offers);
    const application = await prepare(userId, facts);
    const { basis, policy } = application;
    const { jurisdiction } = application.facts;
    const reuse = (analysis: LatestAnalysis): Decided => {
      const { secondsLeft } = analysis;
      const isExplained = analysis.basis === basis;
      return { facts, policy, jurisdiction, analysis, isReplayed: true, isExplained, secondsLeft };
    };
    const latest = facts.latest && isDecidedOn(application, facts.latest.features) ? facts.latest : null;
    if (latest?.basis === basis) return reuse(latest);
    const unexplained = latest?.basis === unexplainedBasis(basis) ? latest : null;

    let record: DecisionRecord;
    try {
      record = await complete(application, { userId, traceId, readAtMs: facts.readAtMs });
    } catch (error) {
      if (unexplained) return reuse(unexplained);
      throw error;
    }
    const isExplained = record.explanation_complete;
    if (unexplained && !isExplained) return reuse(unexplained);
    const analysis = await recordAnalysis(toNewAnalysis(record, { application, facts, publishesApprovals }));
    if (!analysis) return 'superseded';
    const secondsLeft = COOLDOWN_SECONDS;
    return { facts, policy, jurisdiction, analysis, isReplayed: false, isExplained, secondsLeft };
  };
}

type LatestAnalysis = NonNullable<Facts['latest']>;

function toNewAnalysis(
  record: DecisionRecord,
  of: { application: PreparedApplication; facts: Facts; publishesApprovals: boolean },
): NewAnalysis {
  const { application, facts, publishesApprovals } = of;
  const { policy, basis } = application;
  const reasons = withTexts(policy, record.reasons, facts.locale);
  const isPublished = publishesApprovals || !record.approved;
  return {
    record,
    recordHash: hashOfRecord(record),
    reasons,
    basis: record.explanation_complete ? basis : unexplainedBasis(basis),
    exposureVersion: facts.exposureVersion,
    offerId: Bun.randomUUIDv7(),
    offerDays: policy.document.offer_days,
    message: isPublished
      ? messageOf(record, { locale: facts.locale, reason: reasons[0]?.message ?? null })
      : null,
  };
}

/**
 * Marks the basis of an analysis that is to be explained again: no release mistakes it for the plain basis.
 */
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
