import { FEATURE_NAMES } from '../twin.ts';
import type { FeatureName } from '../risk-model.ts';
import type { ExpressionFacts } from './expression.ts';
import type { CreditTerms, Outcome } from './outcome.ts';
import type { FeatureRule, PolicyDocument } from './policy-document.ts';
import type { Steps } from './steps.ts';
import { combinations, mentions, type Samples, samplesOf, SCORE_NEAR } from './policy-samples.ts';

/**
 * Terms that are worse for a better customer: a lower risk, or a better fact beside the same risk, with a
 * lower limit or a higher rate. No reason could tell that customer why.
 */

const TRIES_OF_OTHERS = 300;

type Judge = (facts: ExpressionFacts) => Outcome;

/** Returns the first terms of each variable that are worse for a better value of it. */
export function* faultsOfOrder(document: PolicyDocument, judge: Judge): Steps<string[]> {
  const texts = document.terms.flatMap(({ credit_limit, interest_rate }) => [credit_limit, interest_rate]);
  const samples = withBands(document, samplesOf(document, texts));
  const scores = samples.scores.toSorted((a, b) => b - a);
  const faults: string[] = [];
  const ofScore = yield* faultOf('the risk score', scores, judge, {
    others: { ...samples, scores: [0] },
    withValue: (facts, score) => ({ ...facts, score }),
  });
  if (ofScore) faults.push(ofScore);
  for (const name of FEATURE_NAMES.filter((feature) => mentions(texts.join('\n'), feature))) {
    const ofFeature = yield* faultOf(name, fromWorst(samples, document, name), judge, {
      others: { ...samples, features: { ...samples.features, [name]: [0] } },
      withValue: (facts, value) => ({ ...facts, features: { ...facts.features, [name]: value } }),
    });
    if (ofFeature) faults.push(ofFeature);
  }
  return faults;
}

/** Each band has another formula: its ends are where terms may jump. */
function withBands({ terms }: PolicyDocument, samples: Samples): Samples {
  const ends = terms.flatMap(({ score_max }) => [score_max, Math.min(1, score_max + SCORE_NEAR)]);
  return { ...samples, scores: [...new Set([...samples.scores, ...ends])] };
}

function fromWorst(samples: Samples, { features }: PolicyDocument, name: FeatureName): number[] {
  const ascending = samples.features[name].toSorted((a, b) => a - b);
  return (features[name] as FeatureRule).better === 'increase' ? ascending : ascending.toReversed();
}

function* faultOf(
  name: string,
  valuesFromWorst: number[],
  judge: Judge,
  of: { others: Samples; withValue: (facts: ExpressionFacts, value: number) => ExpressionFacts },
): Steps<string | null> {
  for (const facts of combinations(of.others, TRIES_OF_OTHERS)) {
    let worse: { value: number; terms: CreditTerms } | null = null;
    for (const value of valuesFromWorst) {
      yield;
      const { terms } = judge(of.withValue(facts, value));
      if (!terms) continue;
      const fault = worse && faultBetween(worse.terms, terms);
      if (worse && fault)
        return `/terms: ${fault} for ${name} ${value} than for ${worse.value}, which is worse`;
      worse = { value, terms };
    }
  }
  return null;
}

function faultBetween(worse: CreditTerms, better: CreditTerms): string | null {
  if (better.credit_limit < worse.credit_limit) return `credit_limit is lower (${better.credit_limit})`;
  if (better.interest_rate > worse.interest_rate) return `interest_rate is higher (${better.interest_rate})`;
  return null;
}
