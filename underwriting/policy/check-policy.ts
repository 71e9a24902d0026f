import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { modelNamesOf } from '../model/model-names.ts';
import type { FeatureName, FeatureVector } from '../risk-model.ts';
import { FEATURE_NAMES, isEmotional, NEUTRAL_EMOTIONS } from '../twin.ts';
import { mentionsEmotion } from './build-policy.ts';
import type { ExpressionFacts } from './expression.ts';
import { forbidsEmotions, UNKNOWN_JURISDICTION } from './jurisdictions.ts';
import type { CreditTerms, Outcome } from './outcome.ts';
import { type FeatureRule, OWN_CODES, PolicyDocument } from './policy-document.ts';
import type { Steps } from './steps.ts';

/** Returns a fault, `/rules/0/code: text`, as its place and its text. */
export function splitFault(fault: string): { place: string; fault: string } {
  const [, place = '/', text = fault] = /^(\/\S*): ([\s\S]+)$/.exec(fault) ?? [];
  return { place, fault: text };
}

/** Features that are whole numbers; values of the others have at most six decimals. */
const COUNTS = new Set<string>(['transaction_count_30d', 'stress_events_30d'] satisfies FeatureName[]);
const STEP_MIN = 0.000001;

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
    const schemas: Record<string, TSchema> = PolicyDocument.properties;
    return Object.hasOwn(schemas, name) && Value.Check(schemas[name] as TSchema, section);
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
  for (const [name, { reason, min, max, step }] of Object.entries(features)) {
    if (!isFeature(name)) faults.push(`/features/${name}: is no feature`);
    needText(`/features/${name}/reason`, reason);
    if (min > max) faults.push(`/features/${name}: min is above max`);
    const unit = COUNTS.has(name) ? 1 : STEP_MIN;
    if (step < unit || (unit === 1 && !Number.isInteger(step))) {
      faults.push(
        `/features/${name}/step: must be ${unit === 1 ? 'whole: it counts events' : `at least ${unit}`}`,
      );
    }
  }
  faults.push(...faultsOfEmotionalCodes(rules, features));
  const names = Object.values(modelNamesOf({ features }));
  for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index))) {
    faults.push(`/features: two features are ${name} to the model`);
  }
  return faults;
}

/** Keeps codes of emotions to emotions: elsewhere they would name a feeling where it may be no reason. */
function faultsOfEmotionalCodes(
  rules: PolicyDocument['rules'],
  features: PolicyDocument['features'],
): string[] {
  const entries = Object.entries(features);
  const emotional = new Set(
    entries.filter(([name]) => isFeature(name) && isEmotional(name)).map(([, rule]) => rule.reason),
  );
  const faultAt = (place: string, code: string) => `${place}: ${code} is the reason of an emotion`;
  return [
    ...rules.flatMap(({ code, deny_when }, index) =>
      emotional.has(code) && !mentionsEmotion(deny_when) ? [faultAt(`/rules/${index}/code`, code)] : [],
    ),
    ...entries.flatMap(([name, { reason }]) =>
      emotional.has(reason) && !(isFeature(name) && isEmotional(name))
        ? [faultAt(`/features/${name}/reason`, reason)]
        : [],
    ),
  ];
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
  const { terms = [], credit_limit_min = 0, exposure_max = Infinity, sources } = document;
  terms.forEach(({ score_max }, index) => {
    const before = terms[index - 1];
    if (before && score_max <= before.score_max) {
      faults.push(`/terms/${index}/score_max: must be above that of the band before`);
    }
  });
  if (credit_limit_min > exposure_max) {
    faults.push('/credit_limit_min: is above exposure_max, so nothing could be granted');
  }
  if (credit_limit_min > (sources?.customer_limit_max ?? Infinity)) {
    faults.push('/sources/customer_limit_max: is below credit_limit_min, the smallest limit that is offered');
  }
  return faults;
}

const PROBES = 1000;
const CREDIT_LIMIT_END = 10_000_000_000;
const INTEREST_RATE_END = 1000;

/**
 * Returns the first score with terms that no column could hold or that are below the smallest limit: over all
 * scores and the ends of every feature; and at the end of every band, the jurisdictions and numbers that the
 * terms name.
 */
export function* probe(
  document: PolicyDocument,
  judge: (facts: ExpressionFacts) => Outcome,
): Steps<string | null> {
  const text = document.terms
    .flatMap(({ credit_limit, interest_rate }) => [credit_limit, interest_rate])
    .join(' ');
  const jurisdictions = ['US', UNKNOWN_JURISDICTION, ...(text.match(/\b[A-Z]{2}\b/g) ?? [])];
  const { ends, inner } = vectorsOf(document, text);
  let belowMin: string | null = null;
  function* faultAt(score: number, vectors: FeatureVector[], countries: Iterable<string>) {
    for (const features of vectors) {
      yield;
      for (const jurisdiction of countries) {
        for (const exposure of [0, document.exposure_max]) {
          const { terms } = judge({ score, exposure, jurisdiction, features });
          if (!terms) continue;
          const fault = faultOfTerms(terms);
          if (fault) return `/terms: ${fault} for the score ${score}`;
          if (belowMin || terms.credit_limit >= document.credit_limit_min) continue;
          belowMin = `/terms: credit_limit is ${terms.credit_limit}, below the smallest, for score ${score}`;
        }
      }
    }
    return null;
  }
  for (let step = 0; step <= PROBES; step += 1) {
    const fault = yield* faultAt(step / PROBES, ends, ['US']);
    if (fault) return fault;
  }
  for (const { score_max } of [{ score_max: 0 }, ...document.terms]) {
    const fault = yield* faultAt(score_max, [...ends, ...inner], new Set(jurisdictions));
    if (fault) return fault;
  }
  return belowMin;
}

function faultOfTerms({ credit_limit, interest_rate }: CreditTerms): string | null {
  if (!(credit_limit >= 0 && credit_limit < CREDIT_LIMIT_END)) return `credit_limit is ${credit_limit}`;
  if (!(interest_rate >= 0 && interest_rate < INTEREST_RATE_END)) return `interest_rate is ${interest_rate}`;
  return null;
}

/** The ends of every feature; and each feature that the terms name at each number in them. */
function vectorsOf({ features: rules }: PolicyDocument, text: string) {
  const [lowest, highest] = (['min', 'max'] as const).map(
    (end) =>
      ({
        ...NEUTRAL_EMOTIONS,
        ...Object.fromEntries(FEATURE_NAMES.map((name) => [name, (rules[name] as FeatureRule)[end]])),
      }) as FeatureVector,
  ) as [FeatureVector, FeatureVector];
  const numbers = [...new Set((text.match(/\b\d+(\.\d+)?/g) ?? []).map(Number))];
  const inner = FEATURE_NAMES.filter((name) => text.includes(name)).flatMap((name) => {
    const { min, max, step } = rules[name] as FeatureRule;
    return numbers
      .flatMap((number) => [number - step, number, number + step])
      .filter((value) => value > min && value < max)
      .map((value) => ({ ...lowest, [name]: value }));
  });
  return { ends: [lowest, highest], inner };
}

function isFeature(name: string): boolean {
  return (FEATURE_NAMES as string[]).includes(name);
}
