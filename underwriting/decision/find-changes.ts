import type { FeatureName, FeatureVector, Prediction } from '../risk-model.ts';
import type { FeatureRule } from '../policy/policy-document.ts';
import { isOfFacts } from '../feature-vector.ts';
import type { Assessment } from './decide.ts';

/** One feature from its value to another. */
export interface Change {
  feature: string;
  from: number;
  to: number;
}

export interface FoundChanges {
  /** By feature: the smallest change of it that alone is enough. */
  single: Partial<Record<FeatureName, Change>>;
  /** Two changes that are enough together, searched only where no actionable feature is enough alone. */
  pair: Change[] | null;
  /** Every assessment that was tried and is enough. */
  evidence: Assessment[];
  /** By feature: the fall of the score at the feature's best value. */
  drops: Partial<Record<FeatureName, number>>;
}

export interface Search {
  rules: Record<string, FeatureRule>;
  /** The features to try. */
  features: FeatureName[];
  start: FeatureVector;
  /** The score of `start`. */
  score: number;
  ask(vectors: FeatureVector[]): Promise<Prediction[]>;
  /** Whether an assessment is enough. */
  flips(assessment: Assessment): boolean;
}

/** Values of a feature that one turn asks about. */
const POINTS = 24;
/**
 * Turns of a search: the first is coarse, each further one divides the gap by 25, so six find one step in a
 * million.
 */
const TURNS_MAX = 6;
const PAIR_POINTS = 12;

/**
 * Finds the changes that are enough, by asking the model: a coarse look over each feature's whole range, then
 * finer ones between the last value that is not enough and the first that is. All features share a turn, so
 * the model is called at most `3 * TURNS_MAX + 1` times.
 */
export async function findChanges(search: Search): Promise<FoundChanges> {
  const evidence: Assessment[] = [];
  const tryVectors = createTry(search, evidence);
  // A value of it alone would be an average of no transactions.
  const alone = search.features.filter((name) => isOfFacts(search.start, name));
  const { changes, drops } = await findSingle(search, alone, search.start, tryVectors);
  const isActionable = (name: FeatureName) => search.rules[name]?.actionable === true;
  const single = Object.fromEntries(changes.map((change) => [change.feature, change]));
  const pair = changes.some(({ feature }) => isActionable(feature))
    ? null
    : await findPair(search, search.features.filter(isActionable), tryVectors);
  return { single, pair, evidence, drops };
}

/** Returns the vector with these changes. */
export function changed(start: FeatureVector, changes: Change[]): FeatureVector {
  return { ...start, ...Object.fromEntries(changes.map(({ feature, to }) => [feature, to])) };
}

type Try = (vectors: FeatureVector[]) => Promise<{ isEnough: boolean; score: number }[]>;

function createTry({ ask, flips }: Search, evidence: Assessment[]): Try {
  return async (vectors) => {
    if (vectors.length === 0) return [];
    const predictions = await ask(vectors);
    return vectors.map((features, index) => {
      const prediction = predictions[index];
      if (!prediction) throw new Error('the model gave fewer predictions than it was asked for');
      const isEnough = flips({ features, prediction });
      if (isEnough) evidence.push({ features, prediction });
      return { isEnough, score: prediction.risk_score };
    });
  };
}

/** A feature's range as whole steps from its value toward its better end. */
interface Scale {
  name: FeatureName;
  steps: number;
  at(step: number): number;
  /** Steps known to be too few, and the fewest known to be enough. */
  low: number;
  high: number | null;
}

function scaleOf(rules: Record<string, FeatureRule>, name: FeatureName, start: FeatureVector): Scale | null {
  const rule = rules[name];
  if (!rule) return null;
  const from = start[name];
  const distance = rule.better === 'increase' ? rule.max - from : from - rule.min;
  const steps = Math.floor(distance / rule.step + 1e-9);
  if (steps < 1) return null;
  const sign = rule.better === 'increase' ? 1 : -1;
  // Rounded as feature vectors are: at most six decimals.
  const at = (step: number) => Number((from + sign * step * rule.step).toFixed(6));
  return { name, steps, at, low: 0, high: null };
}

async function findSingle(search: Search, names: FeatureName[], start: FeatureVector, tryVectors: Try) {
  const scales = names.flatMap((name) => scaleOf(search.rules, name, start) ?? []);
  const drops: Partial<Record<FeatureName, number>> = {};
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    const points = scales.flatMap((scale) =>
      (turn === 0 ? coarseSteps(scale.steps, POINTS) : stepsBetween(scale)).map((step) => ({ scale, step })),
    );
    if (points.length === 0) break;
    const results = await tryVectors(
      points.map(({ scale, step }) => ({ ...start, [scale.name]: scale.at(step) })),
    );
    for (const [index, { scale, step }] of points.entries()) {
      const { isEnough, score } = results[index] ?? { isEnough: false, score: search.score };
      if (step === scale.steps) drops[scale.name] = search.score - score;
      if (isEnough && (scale.high === null || step < scale.high)) scale.high = step;
    }
    for (const scale of scales) {
      const short = points.filter((point) => point.scale === scale && point.step < (scale.high ?? 0));
      scale.low = Math.max(scale.low, ...short.map(({ step }) => step));
    }
  }
  const changes = scales.flatMap((scale) =>
    scale.high === null ? [] : [{ feature: scale.name, from: start[scale.name], to: scale.at(scale.high) }],
  );
  return { changes, drops };
}

/** Steps that grow by a constant factor, from 1 to all. */
function coarseSteps(steps: number, count: number): number[] {
  const points = Array.from({ length: count }, (_, index) => Math.round(steps ** (index / (count - 1))));
  return [...new Set(points)];
}

/** Steps spread evenly between the bounds that are known. */
function stepsBetween({ low, high }: Scale): number[] {
  if (high === null || high - low <= 1) return [];
  const gap = high - low;
  const count = Math.min(POINTS, gap - 1);
  return Array.from({ length: count }, (_, index) => Math.round(low + ((index + 1) * gap) / (count + 1)));
}

/** Two changes to try together; their cost is the sum of their shares of what can change. */
interface PairPoint {
  first: Change;
  second: Change;
  cost: number;
}

/**
 * Tries a grid over each two features in one turn. Of the cheapest pair, makes the first change as small as
 * it can be beside the second, then the second beside that.
 */
async function findPair(search: Search, names: FeatureName[], tryVectors: Try): Promise<Change[] | null> {
  const { rules, start } = search;
  const scales = names.flatMap((name) => scaleOf(rules, name, start) ?? []);
  const points = scales.flatMap((scale, index) =>
    scales.slice(index + 1).flatMap((beside) => gridOf(scale, beside, start)),
  );
  const results = await tryVectors(points.map(({ first, second }) => changed(start, [first, second])));
  const [cheapest] = points
    .filter((_, index) => results[index]?.isEnough)
    .toSorted((a, b) => a.cost - b.cost);
  if (!cheapest) return null;
  const lessOf = async (change: Change, beside: Change): Promise<Change> => {
    const name = change.feature as FeatureName;
    const { changes } = await findSingle(search, [name], changed(start, [beside]), tryVectors);
    return changes[0] ?? change;
  };
  const first = await lessOf(cheapest.first, cheapest.second);
  return [first, await lessOf(cheapest.second, first)];
}

function gridOf(scale: Scale, beside: Scale, start: FeatureVector): PairPoint[] {
  const pointsOf = ({ name, steps, at }: Scale) =>
    coarseSteps(steps, PAIR_POINTS).map((step) => ({
      change: { feature: name, from: start[name], to: at(step) },
      cost: step / steps,
    }));
  return pointsOf(scale).flatMap((first) =>
    pointsOf(beside).map((second) => ({
      first: first.change,
      second: second.change,
      cost: first.cost + second.cost,
    })),
  );
}
