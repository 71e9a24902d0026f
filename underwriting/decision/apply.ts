import type { FactSource } from '../../sdk/contracts/common.ts';
import type { Reason } from '../../sdk/contracts/credit.ts';
import { countEmotions, countTransactions } from '../counted-facts.ts';
import type { EmotionDay, Sourced, TransactionDay } from '../daily-facts.ts';
import { sameFeatures, toFeatureVector, WINDOW_DAYS, windowOf } from '../feature-vector.ts';
import type { EffectCause, Policy } from '../policy/build-policy.ts';
import type { Jurisdiction } from '../policy/jurisdictions.ts';
import { type EmotionEffect, type Locale, textsOf } from '../policy/policy-document.ts';
import type { FeatureVector } from '../risk-model.ts';
import { twinOf } from '../twin.ts';
import {
  type Application,
  type Assessment,
  decide,
  type Decision,
  isBetter,
  isCutBySource,
} from './decide.ts';
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

/** The facts of some sources, as they count. */
interface CountedApplication {
  features: FeatureVector;
  counts: DecisionRecord['counts'];
  /** Whether transactions, and whether emotions, that the customer reported count. */
  isSelfReported: boolean;
  hasReportedEmotions: boolean;
}

/** An application before the model is asked. */
export interface PreparedApplication extends CountedApplication {
  policy: Policy;
  effect: EmotionEffect;
  effectBecause: EffectCause | 'consent';
  facts: CustomerFacts;
  /** Without the customer's reports; null where they cut no limit. */
  platformAlone: CountedApplication | null;
  /** Names everything beside the features on which the decision depends. */
  basis: string;
}

/**
 * Prepares an application: counts the facts of the sources that the policy counts, and makes the features.
 */
export function prepareApplication(policy: Policy, facts: CustomerFacts): PreparedApplication {
  const { jurisdiction, exposure } = facts;
  const { mayScoreEmotions = true, consents = {} } = facts;
  const { effect, because } = mayScoreEmotions ? policy.effectIn(jurisdiction) : WITHOUT_CONSENT;
  const { sources } = policy.document;
  const counted = countFacts(facts, sources);
  const { features, isSelfReported, hasReportedEmotions } = counted;
  const mayBeCut = sources.customer_limit_max !== null && (isSelfReported || hasReportedEmotions);
  const platformAlone =
    mayBeCut && sources.transactions.includes('platform')
      ? countPlatformAlone(facts, sources, counted)
      : null;
  const reports = `${isSelfReported}${hasReportedEmotions ? ' emotions' : ''}`;
  // The decision may rest on either vector: both have to be the same.
  const vectors = platformAlone ? ` ${canonicalText([features, platformAlone.features])}` : '';
  return {
    ...counted,
    policy,
    effect,
    effectBecause: because,
    facts,
    platformAlone,
    basis: `${policy.hash} ${jurisdiction} ${effect} ${exposure} ${reports}${vectors}${basisOf(consents)}`,
  };
}

/** Returns whether a decision on an application can be one on these features. */
export function isDecidedOn(application: PreparedApplication, features: FeatureVector): boolean {
  const { platformAlone } = application;
  return (
    sameFeatures(features, application.features) ||
    (platformAlone !== null && sameFeatures(features, platformAlone.features))
  );
}

type Sources = Pick<Policy['document']['sources'], 'transactions' | 'emotions'>;

function countFacts(facts: CustomerFacts, sources: Sources): CountedApplication {
  const { today } = facts;
  // An event may be dated tomorrow, and a statement after midnight reads other days than one before it.
  const isCounted = windowOf(today, WINDOW_DAYS.long);
  const transactions = countTransactions(facts.transactions.filter(isCounted), sources.transactions);
  const emotions = facts.emotions && countEmotions(facts.emotions.filter(isCounted), sources.emotions, today);
  return {
    features: toFeatureVector(emotions?.days ?? [], transactions.days, today),
    counts: { transactions: transactions.counts, emotions: emotions?.counts ?? null },
    isSelfReported: transactions.counts.customer > 0,
    hasReportedEmotions: (emotions?.counts.customer ?? 0) > 0,
  };
}

/** Counts the facts of the platform, and names how many of the customer's are set aside. */
function countPlatformAlone(
  facts: CustomerFacts,
  sources: Sources,
  all: CountedApplication,
): CountedApplication {
  const ofPlatform = (names: FactSource[]) => names.filter((source) => source === 'platform');
  const counted = countFacts(facts, {
    transactions: ofPlatform(sources.transactions),
    emotions: ofPlatform(sources.emotions),
  });
  const { transactions, emotions } = counted.counts;
  return {
    ...counted,
    counts: {
      transactions: { ...transactions, set_aside: all.counts.transactions.customer },
      emotions: emotions && { ...emotions, set_aside: all.counts.emotions?.customer ?? 0 },
    },
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
 * explanation, for which the model is asked `askAgain`. Where the customer's reports cut the limit, the model
 * is asked about the platform's facts alone as well, and the better decision for the customer counts. Throws
 * when the model cannot be asked about either.
 */
export async function completeApplication(
  prepared: PreparedApplication,
  model: { ask: Ask; askAgain: Ask },
  circumstances: Pick<Circumstances, 'analysisId' | 'userId' | 'traceId' | 'decidedAt' | 'salt'>,
): Promise<DecisionRecord> {
  const { policy, facts } = prepared;
  const { application, decision, counts } = await decideOnBetter(prepared, model.ask);
  const explanation = await explain(policy, application, decision, model.askAgain);
  return makeRecord(policy, application, decision, explanation, {
    ...circumstances,
    today: facts.today,
    counts,
    consents: recordedConsents(prepared.facts.consents ?? {}),
    effectBecause: prepared.effectBecause,
  });
}

interface DecidedApplication {
  application: Application;
  decision: Decision;
  counts: DecisionRecord['counts'];
}

async function decideOnBetter(prepared: PreparedApplication, ask: Ask): Promise<DecidedApplication> {
  const { platformAlone } = prepared;
  const ofAll = await decideOn(prepared, prepared, ask);
  if (!platformAlone || !isCutBySource(prepared.policy, ofAll.application, ofAll.decision)) return ofAll;
  const ofPlatform = await decideOn(prepared, platformAlone, ask);
  return isBetter(ofPlatform.decision.terms, ofAll.decision.terms) ? ofPlatform : ofAll;
}

async function decideOn(
  { policy, effect, facts }: PreparedApplication,
  { features, counts, isSelfReported, hasReportedEmotions }: CountedApplication,
  ask: Ask,
): Promise<DecidedApplication> {
  const application: Application = {
    ...(await assess(ask, features, effect !== 'off')),
    jurisdiction: facts.jurisdiction,
    effect,
    exposure: facts.exposure,
    isSelfReported,
    hasReportedEmotions,
  };
  return { application, decision: decide(policy, application), counts };
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
