import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { modelNamesOf } from '../model/model-names.ts';
import type { FeatureVector } from '../risk-model.ts';
import { FEATURE_NAMES, NEUTRAL_EMOTIONS } from '../twin.ts';
import type { ExpressionFacts } from './expression.ts';
import { forbidsEmotions } from './jurisdictions.ts';
import type { Outcome } from './outcome.ts';
import { OWN_CODES, PolicyDocument } from './policy-document.ts';

/** Every fault of a document at once, each with the place where it stands. */
export class PolicyError extends Error {
  override name = 'PolicyError';
  readonly faults: string[];
  constructor(faults: string[]) {
    super(`the policy cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

export function faultsOfShape(input: unknown): string[] {
  const faults = [...Value.Errors(PolicyDocument, input)].map(
    ({ path, message, value }) =>
      `${path || '/'}: ${value === undefined ? 'is missing' : message.toLowerCase()}`,
  );
  return [...new Set(faults)];
}

/** Returns the sections of a document that have their shape, so that they can be checked further. */
export function soundSections(input: unknown): Partial<PolicyDocument> {
  if (typeof input !== 'object' || input === null) return {};
  const sound = Object.entries(input).filter(([name, section]) => {
    const schema = (PolicyDocument.properties as Record<string, TSchema>)[name];
    return schema !== undefined && Value.Check(schema, section);
  });
  return Object.fromEntries(sound);
}

/** Checks the names in the sections that are there. */
export function faultsOfNames({ rules = [], features, reasons }: Partial<PolicyDocument>): string[] {
  const faults: string[] = [];
  const needText = (place: string, code: string) => {
    if (reasons && !Object.hasOwn(reasons, code)) faults.push(`${place}: /reasons has no text for ${code}`);
  };
  for (const code of OWN_CODES) needText('/reasons', code);
  rules.forEach(({ code, feature }, index) => {
    needText(`/rules/${index}/code`, code);
    if (feature !== undefined && !isFeature(feature)) {
      faults.push(`/rules/${index}/feature: ${feature} is no feature`);
    }
  });
  if (!features) return faults;
  for (const name of FEATURE_NAMES) {
    if (!Object.hasOwn(features, name)) faults.push(`/features: ${name} is missing`);
  }
  for (const [name, { reason, min, max }] of Object.entries(features)) {
    if (!isFeature(name)) faults.push(`/features/${name}: is no feature`);
    needText(`/features/${name}/reason`, reason);
    if (min > max) faults.push(`/features/${name}: min is above max`);
  }
  const names = Object.values(modelNamesOf({ features }));
  for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index))) {
    faults.push(`/features: two features are ${name} to the model`);
  }
  return faults;
}

export function faultsOfLaw({ emotion_effect }: Partial<PolicyDocument>): string[] {
  const faults: string[] = [];
  for (const [jurisdiction, effect] of Object.entries(emotion_effect?.by_jurisdiction ?? {})) {
    if (effect === 'off' || !forbidsEmotions(jurisdiction)) continue;
    faults.push(
      `/emotion_effect/by_jurisdiction/${jurisdiction}: must be off: in the EU and the EEA emotions ` +
        'may not count (Directive 2023/2225, article 18)',
    );
  }
  return faults;
}

export function faultsOfNumbers(document: Partial<PolicyDocument>): string[] {
  const faults: string[] = [];
  const { terms = [], credit_limit_min = 0, exposure_max = Infinity } = document;
  terms.forEach(({ score_max }, index) => {
    const before = terms[index - 1];
    if (before && score_max <= before.score_max) {
      faults.push(`/terms/${index}/score_max: must be above that of the band before`);
    }
  });
  if (credit_limit_min > exposure_max) {
    faults.push('/credit_limit_min: is above exposure_max, so nothing could be granted');
  }
  return faults;
}

const PROBES = 1000;
const CREDIT_LIMIT_END = 10_000_000_000;
const INTEREST_RATE_END = 1000;

/**
 * Returns the first score with terms that no column could hold, over all scores and the ends of every
 * feature.
 */
export function probe(document: PolicyDocument, judge: (facts: ExpressionFacts) => Outcome): string | null {
  const { features: ranges, exposure_max } = document;
  const ends = (['min', 'max'] as const).map(
    (end) =>
      ({
        ...NEUTRAL_EMOTIONS,
        ...Object.fromEntries(FEATURE_NAMES.map((name) => [name, ranges[name]?.[end] ?? 0])),
      }) as FeatureVector,
  );
  for (let step = 0; step <= PROBES; step += 1) {
    const score = step / PROBES;
    for (const features of ends) {
      for (const exposure of [0, exposure_max]) {
        const { terms } = judge({ score, exposure, jurisdiction: 'US', features });
        if (!terms) continue;
        if (!(terms.credit_limit >= 0 && terms.credit_limit < CREDIT_LIMIT_END)) {
          return `/terms: credit_limit is ${terms.credit_limit} for the score ${score}`;
        }
        if (!(terms.interest_rate >= 0 && terms.interest_rate < INTEREST_RATE_END)) {
          return `/terms: interest_rate is ${terms.interest_rate} for the score ${score}`;
        }
      }
    }
  }
  return null;
}

function isFeature(name: string): boolean {
  return (FEATURE_NAMES as string[]).includes(name);
}
