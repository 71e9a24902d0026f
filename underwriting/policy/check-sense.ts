import type { FeatureName } from '../risk-model.ts';
import { isEmotional, NEUTRAL_EMOTIONS } from '../twin.ts';
import { compileExpression, type Expression, type ExpressionFacts } from './expression.ts';
import type { Outcome } from './outcome.ts';
import { combinations, DOMAINS, mentions, type Samples, samplesOf, SCORE_NEAR } from './policy-samples.ts';
import type { Trials } from './trials.ts';
import type { Steps } from './steps.ts';
import {
  EXPOSURE_LIMIT_REACHED,
  type FeatureRule,
  type PolicyDocument,
  REDUCED_BY_EXPOSURE,
  REDUCED_BY_SOURCE,
  REDUCED_TO_MAXIMUM,
} from './policy-document.ts';

/**
 * What a document that can be evaluated may still get wrong: it denies everybody, has a rule or a band that
 * is never reached, tells customers nothing, or contradicts itself. Refused when a policy is written; one
 * that is in use already stays in use.
 */

/** Returns the faults that the sections show by themselves. */
export function faultsOfStatements(document: Partial<PolicyDocument>): string[] {
  const { title, reasons = {}, rules = [], features = {}, credit_limit_min } = document;
  const faults: string[] = [];
  if (title !== undefined && isBlank(title)) faults.push('/title: is blank');
  for (const [code, texts] of Object.entries(reasons)) {
    for (const [locale, text] of Object.entries(texts)) {
      if (isBlank(text)) faults.push(`/reasons/${code}/${locale}: is blank`);
    }
  }
  rules.forEach(({ code, deny_when, feature }, index) => {
    if (CODES_OF_BOUNDS.has(code))
      faults.push(`/rules/${index}/code: ${code} is the reason of a bound, not of a rule`);
    if (feature !== undefined && Object.hasOwn(DOMAINS, feature) && !mentions(deny_when, feature)) {
      faults.push(`/rules/${index}/feature: deny_when does not look at ${feature}`);
    }
    const first = rules.findIndex((rule) => textOf(rule.deny_when) === textOf(deny_when));
    if (first < index) faults.push(`/rules/${index}/deny_when: is that of /rules/${first} again`);
  });
  for (const [name, rule] of Object.entries(features)) {
    if (Object.hasOwn(DOMAINS, name)) faults.push(...faultsOfFeature(name as FeatureName, rule));
  }
  if (credit_limit_min === 0) faults.push('/credit_limit_min: must be above 0: an offer of nothing is none');
  return [...faults, ...faultsOfJurisdictions(document)];
}

/** Codes of what bounds a grant; a rule that gave one would tell a customer of limits that are not there. */
const CODES_OF_BOUNDS = new Set([
  EXPOSURE_LIMIT_REACHED,
  REDUCED_BY_EXPOSURE,
  REDUCED_BY_SOURCE,
  REDUCED_TO_MAXIMUM,
]);

/** The directions that lower the risk by the meaning of the names. */
const BETTER: Record<FeatureName, FeatureRule['better']> = {
  transaction_count_30d: 'increase',
  avg_transaction_value_30d: 'increase',
  avg_positivity_7d: 'increase',
  stress_events_30d: 'decrease',
};

function faultsOfFeature(name: FeatureName, rule: FeatureRule): string[] {
  const { better, actionable, min, max, step, reason, model_name } = rule;
  const place = `/features/${name}`;
  const faults: string[] = [];
  if (better !== BETTER[name] && model_name === undefined) {
    faults.push(
      `${place}/better: must be ${BETTER[name]}, unless the feature has a model_name of another model`,
    );
  }
  if (actionable && isEmotional(name)) {
    faults.push(`${place}/actionable: must be false: nobody can be advised to feel otherwise`);
  }
  if (CODES_OF_BOUNDS.has(reason)) faults.push(`${place}/reason: ${reason} is the reason of a bound`);
  const domain = DOMAINS[name];
  if (min < domain.min) faults.push(`${place}/min: is below ${domain.min}, which no customer can have`);
  if (max > domain.max) faults.push(`${place}/max: is above ${domain.max}, which no customer can have`);
  if (actionable && max >= min && step > max - min) {
    faults.push(`${place}/step: is above the range from min to max, so that no recourse could be found`);
  }
  return faults;
}

function faultsOfJurisdictions({ jurisdictions, emotion_effect }: Partial<PolicyDocument>): string[] {
  if (!jurisdictions || jurisdictions.includes('*')) return [];
  return Object.keys(emotion_effect?.by_jurisdiction ?? {})
    .filter((place) => !jurisdictions.includes(place))
    .map((place) => `/emotion_effect/by_jurisdiction/${place}: the policy is not for ${place}`);
}

const TRIES = 20_000;
const TRIES_OF_ORDER = 300;

/** Returns the faults that show when the policy decides: tried at every number in it and around. */
export function* faultsOfOutcomes(
  document: PolicyDocument,
  judge: (facts: ExpressionFacts) => Outcome,
  trials: Trials,
): Steps<string[]> {
  const faults: string[] = [];
  for (const [index, { deny_when, feature }] of document.rules.entries()) {
    const place = `/rules/${index}`;
    // A rule that is no expression was refused before.
    const expression = compileExpression(deny_when, 'bool') as Expression<boolean>;
    const denies = trials.counted(expression, deny_when.length);
    const samples = samplesOf(document, [deny_when]);
    const constant = yield* constantOf(denies, samples);
    if (constant !== null) {
      const people = constant ? 'everybody' : 'nobody';
      faults.push(`${place}/deny_when: is ${constant} for every customer: denies ${people}`);
      continue;
    }
    faults.push(...(yield* faultsOfScore(denies, samples, place)));
    if (feature !== undefined) {
      faults.push(...(yield* faultsOfDirection(document, { denies, samples, place, feature })));
    }
  }
  return faults.length > 0 ? faults : yield* faultsOfBands(document, judge);
}

function* constantOf(denies: Expression<boolean>, samples: Samples): Steps<boolean | null> {
  let first: boolean | null = null;
  for (const facts of combinations(samples, TRIES)) {
    yield;
    const isDenied = denies(facts);
    first ??= isDenied;
    if (isDenied !== first) return null;
  }
  return first;
}

/** A rule that denies a score and not a higher one takes 0 for the highest risk. */
function* faultsOfScore(denies: Expression<boolean>, samples: Samples, place: string): Steps<string[]> {
  const scores = samples.scores.toSorted((a, b) => a - b);
  for (const facts of combinations({ ...samples, scores: [0] }, TRIES_OF_ORDER)) {
    yield;
    let lowest: number | null = null;
    for (const score of scores) {
      const isDenied = denies({ ...facts, score });
      if (isDenied) lowest ??= score;
      else if (lowest !== null) {
        return [
          `${place}/deny_when: denies the score ${lowest} and not ${score}, although 1 is the highest risk`,
        ];
      }
    }
  }
  return [];
}

/** A rule about a feature that denies only what is better of it, so that no recourse leads out of it. */
function* faultsOfDirection(
  document: PolicyDocument,
  rule: { denies: Expression<boolean>; samples: Samples; place: string; feature: string },
): Steps<string[]> {
  const { denies, samples, place } = rule;
  const feature = rule.feature as FeatureName;
  const ascending = samples.features[feature].toSorted((a, b) => a - b);
  const values = document.features[feature]?.better === 'decrease' ? ascending.toReversed() : ascending;
  const others = { ...samples, features: { ...samples.features, [feature]: [0] } };
  let isBestDenied = false;
  for (const facts of combinations(others, TRIES_OF_ORDER)) {
    yield;
    const denied = values.map((value) =>
      denies({ ...facts, features: { ...facts.features, [feature]: value } }),
    );
    const isWayOut = denied.some((isDenied, index) => isDenied && denied[index + 1] === false);
    if (isWayOut) return [];
    isBestDenied ||= denied[0] === false && denied.at(-1) === true;
  }
  if (!isBestDenied) return [];
  return [`${place}/feature: the rule denies where ${feature} is better (/features/${feature}/better)`];
}

/**
 * Without an approval in a band, its terms are never given; without any, the policy denies everybody. The
 * lowest score of a band is enough: a rule that denies it denies the higher ones as well.
 */
function* faultsOfBands(
  document: PolicyDocument,
  judge: (facts: ExpressionFacts) => Outcome,
): Steps<string[]> {
  const texts = document.rules.map(({ deny_when }) => deny_when);
  const samples = samplesOf(document, texts);
  const empty: string[] = [];
  for (const [index, { score_max }] of document.terms.entries()) {
    const before = document.terms[index - 1];
    const lowest = before ? Math.min(score_max, before.score_max + SCORE_NEAR) : 0;
    if (yield* isReached({ ...samples, scores: [lowest] }, judge)) continue;
    empty.push(`/terms/${index}: is never reached: the rules deny every score of it`);
  }
  if (empty.length === document.terms.length) return ['/rules: deny everybody'];
  return (yield* isReached({ ...withoutEmotions(samples), scores: [0] }, judge))
    ? empty
    : [...empty, NO_TWIN];
}

/** Where emotions may not count nobody could be approved, and no reason could say why. */
const NO_TWIN = '/rules: deny everybody without emotions, as all are where emotions may not count';

function withoutEmotions({ features, ...samples }: Samples): Samples {
  const neutral = Object.entries(NEUTRAL_EMOTIONS).map(([name, value]) => [name, [value]]);
  return { ...samples, features: { ...features, ...Object.fromEntries(neutral) } };
}

function* isReached(samples: Samples, judge: (facts: ExpressionFacts) => Outcome): Steps<boolean> {
  for (const facts of combinations(samples, TRIES)) {
    yield;
    if (judge(facts).approved) return true;
  }
  return false;
}

/** Letters or digits are read; spaces of any width, and marks alone, are not. */
function isBlank(text: string): boolean {
  return !/[\p{L}\p{N}]/u.test(text);
}

function textOf(expression: string): string {
  return expression.replaceAll(/\s+/g, '');
}
