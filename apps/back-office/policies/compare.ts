import {
  selectActiveDocuments,
  selectChallengers,
  selectNewestModels,
  selectPairs,
} from '../../../platform/decisions/model-reads.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { selectPolicies } from '../../../platform/policies/policy-reads.ts';
import { requirePolicy } from '../../../platform/policies/require-policy.ts';
import type {
  ModelComparisonQuery,
  ModelComparisonReport,
  PolicyDifferences,
} from '../../../sdk/contracts/operator-backtests.ts';
import { compareModels, scoreCells } from '../../../underwriting/comparison/model-comparison.ts';
import { pairStored } from '../../../underwriting/comparison/pair-decision.ts';
import { compareDocuments } from '../../../underwriting/policy/compare-documents.ts';
import { publishableCohorts } from './publishable-cohorts.ts';

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
