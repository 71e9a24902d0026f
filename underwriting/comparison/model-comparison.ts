import type { FeatureName, FeatureVector } from '../risk-model.ts';
import { quantileOf } from '../quantile.ts';
import { FEATURE_NAMES } from '../twin.ts';
import {
  type BrokenGuardrail,
  brokenGuardrails,
  type CohortComparison,
  type Measured,
} from './guardrails.ts';
import { mcnemar } from './mcnemar.ts';
import { psi } from './psi.ts';

/** A decision as the champion made it and as the challenger would have, under one policy. */
export interface ModelPair {
  /** The id; absent of a decision without its customer. */
  customer?: string;
  jurisdiction: string;
  /** The assessed features, the same for both. */
  features: FeatureVector;
  champion: { approved: boolean; score: number };
  challenger: { approved: boolean; score: number; latencyMs: number };
}

/**
 * The meaning of better. ECS does not learn which loans defaulted, so nothing here tells the right model
 * from the wrong one: `approvals` wants more customers approved by the same policy, `risk` fewer.
 */
export type Objective = 'approvals' | 'risk';
type Verdict = 'better' | 'worse' | 'not enough data';

export interface ModelComparison extends Measured {
  flips: { to_approved: number; to_denied: number };
  /** Shares of all pairs. */
  approved: { champion: number | null; challenger: number | null };
  verdict: Verdict;
  /** The test behind the verdict, in words. */
  because: string;
  p_value: number;
  broken_guardrails: BrokenGuardrail[];
}

const SIGNIFICANCE = 0.05;

/** Compares two models over pairs, oldest first. */
export function compareModels(pairs: ModelPair[], objective: Objective | null): ModelComparison {
  const flips = {
    to_approved: count(pairs, ({ champion, challenger }) => !champion.approved && challenger.approved),
    to_denied: count(pairs, ({ champion, challenger }) => champion.approved && !challenger.approved),
  };
  const latencies = pairs.map(({ challenger }) => challenger.latencyMs).toSorted((a, b) => a - b);
  const measured = {
    pairs: pairs.length,
    agreement: share(pairs.length - flips.to_approved - flips.to_denied, pairs.length),
    flips,
    approved: {
      champion: share(
        count(pairs, ({ champion }) => champion.approved),
        pairs.length,
      ),
      challenger: share(
        count(pairs, ({ challenger }) => challenger.approved),
        pairs.length,
      ),
    },
    psi: {
      score: psi(
        pairs.map(({ champion }) => champion.score),
        pairs.map(({ challenger }) => challenger.score),
      ),
      features: featureDrift(pairs),
    },
    cohorts: cohortsOf(pairs),
    latency_ms: { p50: quantileOf(latencies, 0.5), p95: quantileOf(latencies, 0.95) },
  };
  return { ...measured, ...judge(flips, objective), broken_guardrails: brokenGuardrails(measured) };
}

function judge(flips: ModelComparison['flips'], objective: Objective | null) {
  const pValue = mcnemar(flips.to_approved, flips.to_denied);
  const test = `McNemar's test of ${flips.to_approved} flips to approved and ${flips.to_denied} to denied`;
  const result = `${test}: p = ${pValue.toPrecision(2)}`;
  const open = { verdict: 'not enough data', p_value: pValue } as const;
  if (objective === null) {
    return { ...open, because: `${result}; no objective is stated, and no defaults are known` };
  }
  if (pValue >= SIGNIFICANCE) return { ...open, because: `${result}, not below ${SIGNIFICANCE}` };
  const approvesMore = flips.to_approved > flips.to_denied;
  const isBetter = approvesMore === (objective === 'approvals');
  const verdict: Verdict = isBetter ? 'better' : 'worse';
  return { verdict, p_value: pValue, because: `${result}, for the objective ${objective}` };
}

function featureDrift(pairs: ModelPair[]): Record<FeatureName, number | null> {
  const middle = Math.floor(pairs.length / 2);
  const drift = (name: FeatureName) => {
    const values = pairs.map(({ features }) => features[name]);
    return psi(values.slice(0, middle), values.slice(middle));
  };
  return Object.fromEntries(FEATURE_NAMES.map((name) => [name, drift(name)])) as Record<
    FeatureName,
    number | null
  >;
}

function cohortsOf(pairs: ModelPair[]): CohortComparison[] {
  const cohorts = Map.groupBy(pairs, ({ jurisdiction }) => jurisdiction);
  return [...cohorts]
    .map(([jurisdiction, members]) => ({
      jurisdiction,
      customers: customersOf(members),
      pairs: members.length,
      champion_approved: count(members, ({ champion }) => champion.approved) / members.length,
      challenger_approved: count(members, ({ challenger }) => challenger.approved) / members.length,
    }))
    .toSorted((a, b) => b.pairs - a.pairs || a.jurisdiction.localeCompare(b.jurisdiction));
}

const customersOf = (pairs: ModelPair[]) => new Set(pairs.map(({ customer }) => customer)).size;

/** The pairs whose two scores are in the same tenths. */
interface ScoreCell {
  /** The lower ends, from 0 to 0.9. */
  champion: number;
  challenger: number;
  customers: number;
  pairs: number;
}

/** Counts pairs by the tenths of both scores: the scatter of the scores, without a point of a customer. */
export function scoreCells(pairs: ModelPair[]): ScoreCell[] {
  const tenth = (score: number) => Math.min(9, Math.floor(score * 10));
  const cells = Map.groupBy(
    pairs,
    ({ champion, challenger }) => tenth(champion.score) * 10 + tenth(challenger.score),
  );
  return [...cells]
    .toSorted(([left], [right]) => left - right)
    .map(([place, members]) => ({
      champion: Math.floor(place / 10) / 10,
      challenger: (place % 10) / 10,
      customers: customersOf(members),
      pairs: members.length,
    }));
}

function count<T>(items: T[], matches: (item: T) => boolean): number {
  return items.filter(matches).length;
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
