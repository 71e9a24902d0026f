import type { FeatureName } from '../risk-model.ts';
import { FEATURE_NAMES, NEUTRAL_EMOTIONS } from '../twin.ts';
import type { ExpressionFacts } from './expression.ts';
import { UNKNOWN_JURISDICTION } from './jurisdictions.ts';
import type { FeatureRule, PolicyDocument } from './policy-document.ts';

/** The values that a feature can have, whoever the customer is. */
export const DOMAINS: Record<FeatureName, { min: number; max: number }> = {
  transaction_count_30d: { min: 0, max: Infinity },
  avg_transaction_value_30d: { min: 0, max: Infinity },
  avg_positivity_7d: { min: 0, max: 1 },
  stress_events_30d: { min: 0, max: Infinity },
};

/** By variable, the values at which expressions may change; only of the variables that they mention. */
export interface Samples {
  scores: number[];
  exposures: number[];
  jurisdictions: string[];
  features: Record<FeatureName, number[]>;
}

const SCORE_STEPS = 50;
const SCALE_STEPS = 8;
/** Scores that differ by less count as equal. */
export const SCORE_NEAR = 0.000001;

/**
 * Returns the values to try expressions of a policy at: the numbers in their texts with the values beside
 * them, steps over each range, and the jurisdictions that they and the policy name.
 */
export function samplesOf(
  { features, exposure_max, jurisdictions }: PolicyDocument,
  texts: string[],
): Samples {
  const text = texts.join('\n');
  const numbers = [...text.matchAll(/\b\d+(\.\d+)?(e[+-]?\d+)?/gi)].map(([number]) => Number(number));
  const near = (step: number, { min, max }: { min: number; max: number }) =>
    numbers
      .flatMap((number) => [number - step, number, number + step])
      .filter((it) => it >= min && it <= max);
  const named = [...text.matchAll(/["']([^"']*)["']/g)].map(([, name]) => name ?? '');
  const everywhere = ['US', UNKNOWN_JURISDICTION, ...named.filter((name) => /^[A-Z]{2}$/.test(name))];
  const places = jurisdictions.filter((place) => place !== '*');
  const score = { min: 0, max: 1 };
  return {
    scores: mentions(text, 'score')
      ? unique([...steps(score, SCORE_STEPS), ...near(SCORE_NEAR, score)])
      : [0],
    exposures: mentions(text, 'exposure')
      ? unique([0, exposure_max / 2, exposure_max, ...near(0.01, { min: 0, max: Infinity })])
      : [0],
    jurisdictions: unique(jurisdictions.includes('*') ? [...everywhere, ...places] : places),
    features: Object.fromEntries(
      FEATURE_NAMES.map((name) => {
        const { min, max, step } = features[name] as FeatureRule;
        const neutral =
          name in NEUTRAL_EMOTIONS ? NEUTRAL_EMOTIONS[name as keyof typeof NEUTRAL_EMOTIONS] : min;
        if (!mentions(text, name)) return [name, [neutral]];
        return [name, unique([...steps({ min, max }, SCALE_STEPS), ...near(step, DOMAINS[name]), neutral])];
      }),
    ) as Record<FeatureName, number[]>,
  };
}

/** Yields so many combinations of the values, the same ones each time; all of them where they are fewer. */
export function* combinations(samples: Samples, countMax: number): Generator<ExpressionFacts> {
  const { scores, exposures, jurisdictions, features } = samples;
  const wheels = [scores, exposures, jurisdictions, ...FEATURE_NAMES.map((name) => features[name])];
  const count = wheels.reduce((product, { length }) => product * length, 1);
  for (let number = 0; number < Math.min(count, countMax); number += 1) {
    // Beyond `countMax` each wheel turns by a step of its own, so that no two of them stay in step.
    let rest = number;
    const [score, exposure, jurisdiction, ...values] = wheels.map((wheel, index) => {
      const at = count <= countMax ? rest % wheel.length : mix(number, index) % wheel.length;
      rest = Math.floor(rest / wheel.length);
      return wheel[at];
    });
    yield {
      score: score as number,
      exposure: exposure as number,
      jurisdiction: jurisdiction as string,
      features: Object.fromEntries(
        FEATURE_NAMES.map((name, index) => [name, values[index]]),
      ) as ExpressionFacts['features'],
    };
  }
}

/** Returns a number that looks random, and is the same for ever. */
function mix(number: number, index: number): number {
  let hash = Math.imul(number + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return (hash ^ (hash >>> 15)) >>> 0;
}

export function mentions(text: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(text);
}

function steps({ min, max }: { min: number; max: number }, count: number): number[] {
  return Array.from({ length: count + 1 }, (_, index) => min + ((max - min) * index) / count);
}

function unique<Value>(values: Value[]): Value[] {
  return [...new Set(values)];
}
