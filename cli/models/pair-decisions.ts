import type { Sql } from '../../platform/data/sql.ts';
import {
  selectActiveDocuments,
  selectNewestModels,
  selectPairs,
} from '../../platform/decisions/model-reads.ts';
import type { ModelPair } from '../../underwriting/comparison/model-comparison.ts';
import { pairStored } from '../../underwriting/comparison/pair-decision.ts';
import { CliError, EXIT } from '../ui/output.ts';

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
  const stored = await selectPairs(sql, { champion, challenger, last: options.last });
  const pairs = pairStored(stored, await selectActiveDocuments(sql));
  return { champion, challenger, pairs };
}
