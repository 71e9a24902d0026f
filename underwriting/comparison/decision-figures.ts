import type { FeatureName, FeatureVector } from '../risk-model.ts';
import { FEATURE_NAMES } from '../twin.ts';
import { psi } from './psi.ts';

/** A decision as a watch sees it. */
export interface DecisionSample {
  approved: boolean;
  score: number;
  features: FeatureVector;
  /** The principal reason; null of an approval without one. */
  reason: string | null;
  /** Null of a decision before records were kept. */
  effect: string | null;
}

interface DecisionFigures {
  /** From the reference to the live decisions; null without both. */
  psi: Record<FeatureName | 'score', number | null>;
  /** Shares of the live decisions. */
  approved: number;
  denied: Record<string, number>;
  effects: Record<string, number>;
}

/** Returns the figures of the live decisions beside those before them; null without live ones. */
export function watchFigures(live: DecisionSample[], reference: DecisionSample[]): DecisionFigures | null {
  if (live.length === 0) return null;
  const moved = (value: (sample: DecisionSample) => number) => psi(reference.map(value), live.map(value));
  const features = FEATURE_NAMES.map((name) => [name, moved((sample) => sample.features[name])]);
  const denied = live.filter(({ approved }) => !approved);
  return {
    psi: { score: moved(({ score }) => score), ...Object.fromEntries(features) },
    approved: (live.length - denied.length) / live.length,
    denied: sharesOf(denied, ({ reason }) => reason ?? 'none', live.length),
    effects: sharesOf(live, ({ effect }) => effect ?? 'none', live.length),
  };
}

function sharesOf(
  samples: DecisionSample[],
  nameOf: (sample: DecisionSample) => string,
  whole: number,
): Record<string, number> {
  const groups = Map.groupBy(samples, nameOf);
  return Object.fromEntries([...groups].map(([name, members]) => [name, members.length / whole]));
}
