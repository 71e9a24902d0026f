import { isoSeconds } from '../data/iso-time.ts';
import type { Sql } from '../data/sql.ts';

/** What is read of the models that decided and challenged, by the services and by the command line. */

/** A recorded decision with the predictions of a challenger, as `pairStored` takes them. */
interface StoredPair {
  record: unknown;
  predictions: unknown;
}

/** A version of a model, with its decisions or its predictions. */
interface ModelRow {
  version: string;
  role: 'champion' | 'former champion' | 'challenger';
  decisions: number;
  approved: number | null;
  latency_p95_ms: number | null;
  first: string;
  last: string;
}

export async function selectModels(sql: Sql): Promise<ModelRow[]> {
  return sql<ModelRow[]>`
    with decided as (
      select model_version as version, count(*)::int as decisions,
        avg(case when approved then 1 else 0 end)::float8 as approved, min(created_at) as first,
        max(created_at) as last
      from credit_analyses group by model_version
    )
    select version, case when last = max(last) over () then 'champion' else 'former champion' end as role,
      decisions, approved, null::float8 as latency_p95_ms, ${isoSeconds(sql, 'first')} as first,
      ${isoSeconds(sql, 'last')} as last
    from decided
    union all
    select model, 'challenger', count(*)::int, null,
      percentile_disc(0.95) within group (order by latency_ms), ${isoSeconds(sql, sql`min(created_at)`)},
      ${isoSeconds(sql, sql`max(created_at)`)}
    from challenger_predictions group by model
    order by role, last desc`;
}

/** The version that decided last, and the challenger that predicted last. */
export async function selectNewestModels(
  sql: Sql,
): Promise<{ champion: string | null; challenger: string | null }> {
  const [row] = await sql<{ champion: string | null; challenger: string | null }[]>`
    select
      (select model_version from credit_analyses order by created_at desc, id desc limit 1) as champion,
      (select model from challenger_predictions order by created_at desc limit 1) as challenger`;
  return row ?? { champion: null, challenger: null };
}

/** The newest recorded decisions of the champion that the challenger knows, oldest first. */
export async function selectPairs(
  sql: Sql,
  { champion, challenger, last }: { champion: string; challenger: string; last: number },
): Promise<StoredPair[]> {
  const rows = await sql<StoredPair[]>`
    select record, json_build_object('twin', twin, 'full', "full", 'latencyMs', latency_ms) as predictions
    from challenger_predictions join credit_analyses on credit_analyses.id = analysis_id
    where model = ${challenger} and model_version = ${champion} and record is not null
    order by credit_analyses.created_at desc limit ${last}`;
  return rows.toReversed();
}

export async function selectActiveDocuments(
  sql: Sql,
): Promise<{ jurisdiction: string; document: unknown }[]> {
  return sql<{ jurisdiction: string; document: unknown }[]>`
    select jurisdiction, document from policy_activations join policies using (version)`;
}

/** The challengers that have predicted, by one look into the index for each. */
export async function selectChallengers(sql: Sql): Promise<string[]> {
  const rows = await sql<{ model: string }[]>`
    with recursive challenger as (
      (select model from challenger_predictions order by model limit 1)
      union all
      select (select next.model from challenger_predictions next where next.model > challenger.model
        order by next.model limit 1)
      from challenger where challenger.model is not null
    )
    select model from challenger where model is not null`;
  return rows.map(({ model }) => model);
}
