import { FEATURE_NAMES } from '../twin.ts';
import type { FeatureName } from '../risk-model.ts';
import type { ExpressionFacts } from './expression.ts';
import type { CreditTerms, Outcome } from './outcome.ts';
import type { FeatureRule, PolicyDocument } from './policy-document.ts';
import { combinations, mentions, type Samples, samplesOf, SCORE_NEAR } from './policy-samples.ts';
import type { Steps } from './steps.ts';

/**
 * Terms beyond the range of a feature. The range is where values are searched that would be enough; no
 * customer has to stay in it, and a limit below nothing would make room for the limits after it.
 */

/** By feature, values on the way to the most that a customer can have. */
const FAR: Record<FeatureName, number[]> = {
  transaction_count_30d: [0, 1e4, 1e6, 1e9],
  avg_transaction_value_30d: [0, 1e5, 1e7, 999_999_999.99],
  avg_positivity_7d: [0, 1],
  stress_events_30d: [0, 1e4, 1e6, 1e9],
};

const TRIES = 20_000;
const INTEREST_RATE_END = 1000;

/** Returns the first terms that no customer could be given, wherever the features are. */
export function* faultsOfFarTerms(
  document: PolicyDocument,
  judge: (facts: ExpressionFacts) => Outcome,
): Steps<string[]> {
  const texts = document.terms.flatMap(({ credit_limit, interest_rate }) => [credit_limit, interest_rate]);
  const names = FEATURE_NAMES.filter((name) => mentions(texts.join('\n'), name));
  if (names.length === 0) return [];
  for (const facts of combinations(farSamplesOf(document, texts, names), TRIES)) {
    yield;
    const { terms } = judge(facts);
    const fault = terms && faultOfTerms(terms, document.credit_limit_min);
    if (!fault) continue;
    const place = names.map((name) => `${name} ${facts.features[name]}`).join(', ');
    return [`/terms: ${fault} for the score ${facts.score}, ${place}: max and min keep it in bounds`];
  }
  return [];
}

function farSamplesOf(document: PolicyDocument, texts: string[], names: FeatureName[]): Samples {
  const samples = samplesOf(document, texts);
  const { features: rules, exposure_max, terms } = document;
  const features = { ...samples.features };
  for (const name of names) features[name] = [...FAR[name], (rules[name] as FeatureRule).max];
  const scores = terms.flatMap(({ score_max }) => [score_max, Math.min(1, score_max + SCORE_NEAR)]);
  return { ...samples, scores: [0, ...scores], exposures: [0, exposure_max], features };
}

/** A limit above the highest sum is bounded by it; one that is no number by nothing. */
function faultOfTerms({ credit_limit, interest_rate }: CreditTerms, limitMin: number): string | null {
  if (!(credit_limit >= limitMin && credit_limit < Infinity)) return `credit_limit is ${credit_limit}`;
  if (!(interest_rate >= 0 && interest_rate < INTEREST_RATE_END)) return `interest_rate is ${interest_rate}`;
  return null;
}
