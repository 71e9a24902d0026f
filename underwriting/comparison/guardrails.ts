import type { FeatureName } from '../risk-model.ts';

/** The figures of a comparison that have bounds. */
export interface Measured {
  pairs: number;
  /** Share of pairs with the same decision; null without pairs. */
  agreement: number | null;
  /** Of the score, from champion to challenger; of features, from the older half of pairs to the newer. */
  psi: { score: number | null; features: Record<FeatureName, number | null> };
  cohorts: CohortComparison[];
  latency_ms: { p50: number | null; p95: number | null };
}

export interface CohortComparison {
  jurisdiction: string;
  /** Different ones. */
  customers: number;
  pairs: number;
  champion_approved: number;
  challenger_approved: number;
}

/** A bound that a challenger must keep before it may decide. */
export interface BrokenGuardrail {
  name: 'pairs' | 'agreement' | 'psi_score' | 'latency' | 'cohort';
  message: string;
}

const GUARDRAILS = {
  pairsMin: 200,
  /** The policy's thresholds were tested on the champion: beyond this, test the policy first. */
  agreementMin: 0.9,
  psiMax: 0.25,
  /** Half of the 800 ms in which a decision gives its model up. */
  latencyP95MaxMs: 400,
  /** The four-fifths rule (29 CFR 1607.4 D), of a cohort with so many pairs. */
  cohortShareMin: 0.8,
  cohortPairsMin: 50,
} as const;

/** Returns every bound that is broken. */
export function brokenGuardrails({
  pairs,
  agreement,
  psi,
  cohorts,
  latency_ms,
}: Measured): BrokenGuardrail[] {
  const broken: BrokenGuardrail[] = [];
  const unless = (isKept: boolean, name: BrokenGuardrail['name'], message: string) => {
    if (!isKept) broken.push({ name, message });
  };
  const { pairsMin, agreementMin, psiMax, latencyP95MaxMs } = GUARDRAILS;
  unless(pairs >= pairsMin, 'pairs', `${pairs} pairs, at least ${pairsMin} are needed`);
  unless(
    agreement === null || agreement >= agreementMin,
    'agreement',
    `${formatBeyond(100 * (agreement ?? 0), 100 * agreementMin, 1)} % of decisions agree, ` +
      `at least ${percentOf(agreementMin)} must`,
  );
  unless(
    psi.score === null || psi.score <= psiMax,
    'psi_score',
    `PSI of the score is ${formatBeyond(psi.score ?? 0, psiMax, 2)}, at most ${psiMax} is allowed`,
  );
  unless(
    latency_ms.p95 === null || latency_ms.p95 <= latencyP95MaxMs,
    'latency',
    `95 % respond in ${formatBeyond(latency_ms.p95 ?? 0, latencyP95MaxMs, 0)} ms, ` +
      `at most ${latencyP95MaxMs} are allowed`,
  );
  for (const cohort of cohorts) {
    unless(
      isFair(cohort),
      'cohort',
      `${cohort.jurisdiction}: ${percentOf(cohort.challenger_approved)} approved instead of ` +
        `${percentOf(cohort.champion_approved)}, less than four fifths`,
    );
  }
  return broken;
}

function isFair({ pairs, champion_approved, challenger_approved }: CohortComparison): boolean {
  const { cohortPairsMin, cohortShareMin } = GUARDRAILS;
  return pairs < cohortPairsMin || challenger_approved >= cohortShareMin * champion_approved;
}

const DECIMALS_MAX = 9;

/** Writes a value with as many decimals as it takes to differ from the bound that it breaks. */
function formatBeyond(value: number, bound: number, decimalsMin: number): string {
  let decimals = decimalsMin;
  while (decimals < DECIMALS_MAX && value.toFixed(decimals) === bound.toFixed(decimals)) decimals += 1;
  return value.toFixed(decimals);
}

export function percentOf(share: number | null): string {
  return share === null ? '-' : `${(100 * share).toFixed(1)} %`;
}
