import type { Reason } from '../../sdk/contracts/credit.ts';
import { countEmotions, countTransactions } from '../counted-facts.ts';
import type { EmotionDay, Sourced, TransactionDay } from '../daily-facts.ts';
import { sameFeatures, toFeatureVector, WINDOW_DAYS, windowOf } from '../feature-vector.ts';
import type { EffectCause, Policy } from '../policy/build-policy.ts';
import type { Jurisdiction } from '../policy/jurisdictions.ts';
import { type EmotionEffect, type Locale, textsOf } from '../policy/policy-document.ts';
import type { FeatureVector } from '../risk-model.ts';
import { twinOf } from '../twin.ts';
import { type Application, type Assessment, decide } from './decide.ts';
import { type Ask, explain } from './explain.ts';
import { type Circumstances, makeRecord } from './make-record.ts';
import type { DecisionReason } from './reasons.ts';
import { canonicalText, type DecisionRecord } from './record.ts';

/** The stored facts of a customer. */
export interface CustomerFacts {
  jurisdiction: Jurisdiction;
  /** UTC date of the last day of the windows. */
  today: string;
  transactions: Sourced<TransactionDay>[];
  /** By purpose; those that the customer has given or withdrawn. */
  consents?: Partial<Record<string, boolean>>;
  /** False without the consent to `emotion_scoring`; then the effect is `off`. */
  mayScoreEmotions?: boolean;
  /** Null where emotions may not count: then they are not read. */
  emotions: Sourced<EmotionDay>[] | null;
  /** Sum of the accepted and active limits. */
  exposure: number;
}

/** An application before the model is asked. */
export interface PreparedApplication {
  policy: Policy;
  effect: EmotionEffect;
  effectBecause: EffectCause | 'consent';
  facts: CustomerFacts;
  features: FeatureVector;
  counts: DecisionRecord['counts'];
  /** Whether transactions, and whether emotions, that the customer reported count. */
  isSelfReported: boolean;
  hasReportedEmotions: boolean;
  /** Names everything beside the features on which the decision depends. */
  basis: string;
}

/**
 * Prepares an application: counts the facts of the sources that the policy counts, and makes the features.
 */
export function prepareApplication(policy: Policy, facts: CustomerFacts): PreparedApplication {
  const { jurisdiction, exposure, today } = facts;
  const { mayScoreEmotions = true, consents = {} } = facts;
  const { effect, because } = mayScoreEmotions ? policy.effectIn(jurisdiction) : WITHOUT_CONSENT;
  const { sources } = policy.document;
  // An event may be dated tomorrow, and a statement after midnight reads other days than one before it.
  const isCounted = windowOf(today, WINDOW_DAYS.long);
  const transactions = countTransactions(facts.transactions.filter(isCounted), sources.transactions);
  const emotions = facts.emotions && countEmotions(facts.emotions.filter(isCounted), sources.emotions, today);
  const isSelfReported = transactions.counts.customer > 0;
  const hasReportedEmotions = (emotions?.counts.customer ?? 0) > 0;
  const reports = `${isSelfReported}${hasReportedEmotions ? ' emotions' : ''}`;
  return {
    policy,
    effect,
    effectBecause: because,
    facts,
    features: toFeatureVector(emotions?.days ?? [], transactions.days, today),
    counts: { transactions: transactions.counts, emotions: emotions?.counts ?? null },
    isSelfReported,
    hasReportedEmotions,
    basis: `${policy.hash} ${jurisdiction} ${effect} ${exposure} ${reports}${basisOf(consents)}`,
  };
}

const WITHOUT_CONSENT = { effect: 'off', because: 'consent' } as const;

type Consents = NonNullable<CustomerFacts['consents']>;

const recordedConsents = (consents: Consents): Record<string, boolean> =>
  Object.fromEntries(
    Object.entries(consents).filter((entry): entry is [string, boolean] => entry[1] !== undefined),
  );

/** Empty where the customer has neither given nor withdrawn a consent, as before there were consents. */
function basisOf(consents: Consents): string {
  const recorded = recordedConsents(consents);
  return Object.keys(recorded).length === 0 ? '' : ` ${canonicalText(recorded)}`;
}

/**
 * Completes an application: one call of the model about the customer and the twin, the decision, and its
 * explanation, for which the model is asked `askAgain`. Throws when the model cannot be asked the first time.
 */
export async function completeApplication(
  prepared: PreparedApplication,
  model: { ask: Ask; askAgain: Ask },
  circumstances: Pick<Circumstances, 'analysisId' | 'userId' | 'traceId' | 'decidedAt' | 'salt'>,
): Promise<DecisionRecord> {
  const { policy, facts, effect, isSelfReported, hasReportedEmotions } = prepared;
  const application: Application = {
    ...(await assess(model.ask, prepared.features, effect !== 'off')),
    jurisdiction: facts.jurisdiction,
    effect,
    exposure: facts.exposure,
    isSelfReported,
    hasReportedEmotions,
  };
  const decision = decide(policy, application);
  const explanation = await explain(policy, application, decision, model.askAgain);
  return makeRecord(policy, application, decision, explanation, {
    ...circumstances,
    today: facts.today,
    counts: prepared.counts,
    consents: recordedConsents(prepared.facts.consents ?? {}),
    effectBecause: prepared.effectBecause,
  });
}

/** Returns reasons with the policy's texts for people. */
export function withTexts(
  policy: Policy,
  reasons: DecisionReason[],
  locale: Locale,
): (Reason & DecisionReason)[] {
  return reasons.map((reason) => ({
    ...reason,
    message: textsOf(policy.document, reason.code)?.[locale] ?? reason.code,
  }));
}

/** Asks the model about the twin and the customer; once where both have the same vector. */
async function assess(
  ask: Ask,
  features: FeatureVector,
  withEmotions: boolean,
): Promise<{ twin: Assessment; full: Assessment | null }> {
  const twin = twinOf(features);
  const vectors = withEmotions && !sameFeatures(twin, features) ? [twin, features] : [twin];
  const predictions = await ask(vectors);
  const [twinPrediction, fullPrediction] = [predictions[0], predictions[vectors.length - 1]];
  if (!twinPrediction || !fullPrediction) throw new Error('the model gave no prediction');
  return {
    twin: { features: twin, prediction: twinPrediction },
    full: withEmotions ? { features, prediction: fullPrediction } : null,
  };
}
