import { type DecidedRecord, selectDecided } from '../../../platform/decisions/decision-reads.ts';
import {
  selectActiveDocuments,
  selectChallengers,
  selectNewestModels,
  selectPairs,
} from '../../../platform/decisions/model-reads.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { selectDocuments, selectPolicies } from '../../../platform/policies/policy-reads.ts';
import { requirePolicy } from '../../../platform/policies/require-policy.ts';
import { createAdmission } from '../../../platform/resilience/admission.ts';
import type {
  ModelComparisonQuery,
  ModelComparisonReport,
  PolicyBacktest,
  PolicyDifferences,
} from '../../../sdk/contracts/operator-backtests.ts';
import { compareModels, scoreCells } from '../../../underwriting/comparison/model-comparison.ts';
import { pairStored } from '../../../underwriting/comparison/pair-decision.ts';
import { runBacktest } from '../../../underwriting/decision/run-backtest.ts';
import { compareDocuments } from '../../../underwriting/policy/compare-documents.ts';
import { compileStoredPolicy } from '../../../underwriting/policy/compile-policy.ts';
import { policiesByHash } from '../../../underwriting/policy/policies-by-hash.ts';
import { publishableCohorts } from './publishable-cohorts.ts';

/** Below the six seconds in which the gateway wants a response. */
const BACKTEST_MS = 4000;
/** Some 20 ms of work: requests of other operators come between two pages. */
const PAGE_SIZE = 250;

/** The places in which a stored policy differs from another, by default from the one active for `*`. */
export async function comparePolicies(
  database: Database,
  { from, to }: { from: string | undefined; to: string },
): Promise<PolicyDifferences> {
  const after = await requirePolicy(database, to);
  const before = await requirePolicy(database, from ?? (await activeVersion(database)));
  return {
    from: before.version,
    to,
    differences: compareDocuments(before.document, after.document),
  };
}

async function activeVersion(database: Database): Promise<string> {
  const rows = await database.query(selectPolicies);
  const active = rows.find((row) => row.active.includes('*'));
  if (!active) throw problem('policy_not_found', { detail: 'No policy is active for *.' });
  return active.version;
}

/** Backtests of operators, one at a time in a process: each keeps it busy. */
export function createBacktests(database: Database) {
  const admission = createAdmission(1);
  return (version: string, last = 5000): Promise<PolicyBacktest> =>
    admission.run('high', async () => {
      const stored = await requirePolicy(database, version);
      const policyOf = policiesByHash(await database.query(selectDocuments));
      const deadline = performance.now() + BACKTEST_MS;
      const { report, isComplete } = await runBacktest(compileStoredPolicy(stored.document), policyOf, {
        last,
        pageSize: PAGE_SIZE,
        readDecided: (before: DecidedRecord | null, size) =>
          database.query((sql) => selectDecided(sql, { before, since: null, size })),
        isOver: () => performance.now() > deadline,
      });
      const cohorts = [...Map.groupBy(report.cohorts, ({ by }) => by).values()].flatMap(publishableCohorts);
      return {
        ...report,
        hash: stored.hash,
        is_complete: isComplete,
        cohorts,
        cohorts_withheld: report.cohorts.length - cohorts.length,
      };
    });
}

/** Champion and challenger over the newest decisions that both know. */
export async function compareModelsOf(
  database: Database,
  { challenger: named, last = 1000, objective }: ModelComparisonQuery,
): Promise<ModelComparisonReport> {
  const [newest, challengers, active] = await Promise.all([
    database.query(selectNewestModels),
    database.query(selectChallengers),
    database.query(selectActiveDocuments),
  ]);
  const { champion } = newest;
  const challenger = named ?? newest.challenger;
  const stored =
    champion === null || challenger === null
      ? []
      : await database.query((sql) => selectPairs(sql, { champion, challenger, last }));
  const pairs = pairStored(stored, active);
  const { cohorts, ...comparison } = compareModels(pairs, objective ?? null);
  return {
    champion,
    challenger,
    challengers,
    ...comparison,
    cohorts: publishableCohorts(cohorts),
    scores: publishableCohorts(scoreCells(pairs)),
  };
}
