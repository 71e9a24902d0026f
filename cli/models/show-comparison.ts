import type { ModelComparison } from '../../underwriting/comparison/model-comparison.ts';
import { pc } from '../ui/colors.ts';
import { print, printTable, talk } from '../ui/output.ts';
import { percentOf } from '../../underwriting/comparison/guardrails.ts';

interface NamedComparison extends ModelComparison {
  champion: string;
  challenger: string;
}

export function showComparison(comparison: NamedComparison): void {
  const { champion, challenger, pairs, agreement, flips, approved, psi, latency_ms } = comparison;
  print(`${champion} (champion) and ${challenger} (challenger), ${pairs} decisions of both`);
  printTable([
    { figure: 'same decision', value: percentOf(agreement) },
    { figure: 'flips to approved', value: String(flips.to_approved) },
    { figure: 'flips to denied', value: String(flips.to_denied) },
    { figure: 'approved by the champion', value: percentOf(approved.champion) },
    { figure: 'approved by the challenger', value: percentOf(approved.challenger) },
    { figure: 'PSI of the score', value: decimals(psi.score) },
    ...Object.entries(psi.features).map(([name, value]) => ({
      figure: `PSI of ${name}, older half to newer`,
      value: decimals(value),
    })),
    { figure: 'response of the challenger, p50', value: milliseconds(latency_ms.p50) },
    { figure: 'response of the challenger, p95', value: milliseconds(latency_ms.p95) },
  ]);
  if (comparison.cohorts.length > 0) {
    print('');
    printTable(
      comparison.cohorts.map((cohort) => ({
        jurisdiction: cohort.jurisdiction,
        decisions: cohort.pairs,
        champion: percentOf(cohort.champion_approved),
        challenger: percentOf(cohort.challenger_approved),
      })),
    );
  }
  print('');
  print(`verdict: ${pc.bold(comparison.verdict)} (${comparison.because})`);
  for (const { name, message } of comparison.broken_guardrails)
    print(`guardrail ${name} is broken: ${message}`);
}

/** Prints the configuration that makes the challenger the champion: an operator switches the URLs. */
export function showPromotion({ champion, challenger, verdict, because }: NamedComparison): void {
  print(`${challenger} may decide in place of ${champion}: ${verdict} (${because}).`);
  print('On every instance of the service credit set, and restart it:');
  print('  CREDIT_ANALYSIS_SERVICE_URL  to the CHALLENGER_MODEL_URL of today');
  for (const name of ['PROTOCOL', 'NAME', 'VERSION', 'SCORE', 'INPUT']) {
    print(
      `  ${`CREDIT_MODEL_${name}`.padEnd(27)}  to the CHALLENGER_MODEL_${name} of today, where it is set`,
    );
  }
  print(`Then CHALLENGER_MODEL_URL to the URL of ${champion}, so that the way back is measured as well.`);
  talk('the next analysis is made by it\nnext: ecs model ls');
}

function decimals(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}

function milliseconds(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(1)} ms`;
}
