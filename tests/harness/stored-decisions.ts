import type { Sql } from '../../platform/data/sql.ts';
import { CHAIN_START, hashOfRecord, linkHash } from '../../underwriting/decision/record-hash.ts';
import type { DecisionRecord } from '../../underwriting/decision/record.ts';
import { decideOn, SHIPPED } from '../../underwriting/decision/test-records.ts';
import { columnsOf, type SealedColumns } from '../../underwriting/decision/verify-decision.ts';

const PER_STATEMENT = 1000;

/** Stores so many decisions with their offers, as the service would, each linked; the newest come last. */
export async function storeDecisions(sql: Sql, count: number): Promise<void> {
  await sql`
    with added as (
      insert into policies (version, document, hash, state, created_by, approved_by)
      values (${SHIPPED.version}, ${sql.json(SHIPPED.document)}, ${SHIPPED.hash}, 'approved', 'ecs', 'ecs')
      on conflict do nothing
      returning version
    )
    insert into policy_events (version, act, actor) select version, 'add', 'ecs' from added`;
  await sql`
    insert into policy_activations (jurisdiction, version, activated_by) values ('*', ${SHIPPED.version}, 'ecs')
    on conflict do nothing`;
  let link = CHAIN_START;
  for (let start = 0; start < count; start += PER_STATEMENT) {
    const numbers = Array.from(
      { length: Math.min(PER_STATEMENT, count - start) },
      (_, index) => start + index,
    );
    const records = await Promise.all(numbers.map((number) => decideOn(number)));
    const seals = records.map((record) => hashOfRecord(sealedOf(record)));
    const links = records.map((record, index) => (link = linkHash(link, hashOfRecord(record), seals[index])));
    await storeRecords(sql, records);
    await sql`
      insert into credit_analysis_chain (position, analysis_id, record_hash, seal, link, linked_at)
      select * from unnest(${numbers.map((number) => number + 1)}::bigint[],
        ${records.map(({ analysis_id }) => analysis_id)}::uuid[], ${records.map(hashOfRecord)}::text[],
        ${seals}::text[], ${links}::text[], ${records.map(({ decided_at }) => decided_at)}::timestamptz[])`;
  }
}

/** Stores one decision more and links it after the last. */
export async function appendDecision(sql: Sql, record: DecisionRecord): Promise<void> {
  const [head] = await sql<{ position: number; link: string }[]>`
    select position::int as position, link from credit_analysis_chain order by position desc limit 1`;
  const seal = hashOfRecord(sealedOf(record));
  const hash = hashOfRecord(record);
  await storeRecords(sql, [record]);
  await sql`
    insert into credit_analysis_chain (position, analysis_id, record_hash, seal, link, linked_at)
    values (${(head?.position ?? 0) + 1}, ${record.analysis_id}, ${hash}, ${seal},
      ${linkHash(head?.link ?? CHAIN_START, hash, seal)}, ${record.decided_at})`;
}

/** Rows are written and linked at the moment of the decision; offers have the id of their analysis. */
function sealedOf({ decided_at, analysis_id, terms }: DecisionRecord): SealedColumns {
  const at = decided_at.replace('Z', '000Z');
  return { created_at: at, linked_at: at, offer_id: terms ? analysis_id : null };
}

async function storeRecords(sql: Sql, records: DecisionRecord[]): Promise<void> {
  const rows = records.map((record) => {
    const columns = columnsOf(record);
    return {
      ...Object.fromEntries(Object.entries(columns).map(([path, value]) => [path.slice(1), value])),
      reasons: record.reasons.map((reason) => ({
        ...reason,
        message: SHIPPED.document.reasons[reason.code]?.en ?? reason.code,
      })),
      offer_id: record.terms ? record.analysis_id : null,
      ...record.terms,
      created_at: record.decided_at,
      record,
      record_hash: hashOfRecord(record),
    };
  });
  const text = JSON.stringify(rows);
  const userIds = [...new Set(records.map(({ user_id }) => user_id))];
  await sql`
    insert into users (id, email, password_hash)
    select id, id::text || '@example.com', 'x' from unnest(${userIds}::uuid[]) as id on conflict do nothing`;
  await sql`
    insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
    select offer_id, user_id, 'expired', credit_limit, interest_rate, credit_type, now()
    from jsonb_to_recordset(${text}::text::jsonb) as row (offer_id uuid, user_id uuid,
      credit_limit numeric, interest_rate numeric, credit_type text)
    where offer_id is not null`;
  await sql`
    insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version, policy_hash,
      features, contributions, reasons, recourse, offer_id, trace_id, jurisdiction, emotion_effect,
      exposure_before, record, record_hash, created_at)
    select id, user_id, approved, risk_score, model_version, policy_version, policy_hash, features,
      contributions, reasons, recourse, offer_id, trace_id, jurisdiction, emotion_effect, exposure_before,
      record, record_hash, created_at
    from jsonb_to_recordset(${text}::text::jsonb) as row (id uuid, user_id uuid, approved boolean,
      risk_score float8, model_version text, policy_version text, policy_hash text, features jsonb,
      contributions jsonb, reasons jsonb, recourse jsonb, offer_id uuid, trace_id text, jurisdiction text,
      emotion_effect text, exposure_before numeric, record jsonb, record_hash text, created_at timestamptz)`;
}
