import type { Sql } from '../../platform/data/sql.ts';
import { choosePolicy } from '../../underwriting/comparison/choose-policy.ts';
import type { ModelPair } from '../../underwriting/comparison/model-comparison.ts';
import { pairDecision } from '../../underwriting/comparison/pair-decision.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { selectActiveDocuments, selectNewestModels, selectPairs } from './model-store.ts';

/**
 * Reads the newest decisions of the champion that a challenger knows, each decided by its active policy with
 * either's predictions. Throws where no model has decided or challenged.
 */
export async function pairDecisions(
  sql: Sql,
  options: { challenger: string | null; last: number },
): Promise<{ champion: string; challenger: string; pairs: ModelPair[] }> {
  const newest = await selectNewestModels(sql);
  const champion = newest.champion;
  const challenger = options.challenger ?? newest.challenger;
  if (!champion) throw new CliError('no decision has been made yet', EXIT.notFound);
  if (!challenger) {
    throw new CliError(
      'no model has challenged the champion yet',
      EXIT.notFound,
      'CHALLENGER_MODEL_URL=/scorecard-2 ecs up',
    );
  }
  const policyFor = choosePolicy(await selectActiveDocuments(sql));
  const stored = await selectPairs(sql, { champion, challenger, last: options.last });
  const pairs = stored.flatMap(({ record, word }) => {
    const policy = policyFor(record.jurisdiction);
    return policy ? [pairDecision(record, word, policy)] : [];
  });
  return { champion, challenger, pairs };
}
