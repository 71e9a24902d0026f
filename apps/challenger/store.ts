import type { Database } from '../../platform/data/sql.ts';
import type { ChallengerPredictions } from '../../underwriting/comparison/pair-decision.ts';
import type { DecisionRecord } from '../../underwriting/decision/record.ts';
import type { PolicyDocument } from '../../underwriting/policy/policy-document.ts';

export interface ChallengerPrediction extends ChallengerPredictions {
  analysisId: string;
}

/** Stores predictions, each once for a version of the model, however often its decision is delivered. */
export async function insertPredictions(
  database: Database,
  predictions: ChallengerPrediction[],
): Promise<void> {
  if (predictions.length === 0) return;
  await database.query(
    (sql) => sql`
      insert into challenger_predictions (analysis_id, model, twin, "full", latency_ms)
      select prediction.* from unnest(
        ${predictions.map(({ analysisId }) => analysisId)}::uuid[],
        ${predictions.map(({ twin }) => twin.model_version)}::text[],
        ${predictions.map(({ twin }) => JSON.stringify(twin))}::text[]::jsonb[],
        ${predictions.map(({ full }) => full && JSON.stringify(full))}::text[]::jsonb[],
        ${predictions.map(({ latencyMs }) => latencyMs)}::float8[]
      ) as prediction (analysis_id, model, twin, "full", latency_ms)
      -- Of an erased customer nothing is added.
      where not exists (
        select from credit_analyses where id = analysis_id and erased_at is not null)
      on conflict (model, analysis_id) do nothing`,
  );
}

/** Returns the decisions that have a prediction by this version of the model. */
export async function selectPredicted(
  database: Database,
  model: string,
  analysisIds: string[],
): Promise<Set<string>> {
  const rows = await database.query(
    (sql) => sql<{ id: string }[]>`
      select analysis_id as id from challenger_predictions
      where model = ${model} and analysis_id = any (${analysisIds}::uuid[])`,
  );
  return new Set(rows.map(({ id }) => id));
}

/** Returns the documents of policies, by version; a version never changes. */
export async function selectDocuments(
  database: Database,
  versions: string[],
): Promise<Map<string, PolicyDocument>> {
  const rows = await database.query(
    (sql) => sql<{ version: string; document: PolicyDocument }[]>`
      select version, document from policies where version = any (${versions}::text[])`,
  );
  return new Map(rows.map(({ version, document }) => [version, document]));
}

/** Returns the champion's newest decisions with the latest challenger's predictions, oldest first. */
export async function selectPairs(
  database: Database,
  limit: number,
): Promise<{ record: DecisionRecord; predictions: ChallengerPredictions }[]> {
  const rows = await database.query(
    (sql) => sql<{ record: DecisionRecord; predictions: ChallengerPredictions }[]>`
      select record, json_build_object('twin', twin, 'full', "full", 'latencyMs', latency_ms) as predictions
      from (select * from challenger_predictions order by created_at desc limit ${limit}) as newest
      join credit_analyses on credit_analyses.id = newest.analysis_id
      where record is not null
        and model = (select model from challenger_predictions order by created_at desc limit 1)
        and model_version = (
          select model_version from credit_analyses order by created_at desc, id desc limit 1)
      order by newest.created_at desc`,
  );
  return rows.toReversed();
}
