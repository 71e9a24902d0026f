import type { Sql } from '../../platform/data/sql.ts';

/** Faults that are made by SQL: states that would take days, and hands on the tables. */

const SHIFTED_SCORE = 0.99;
const SHIFTED = 1200;
/** Of each denial: a few hundred are denied. */
const COPIES = 4;

/** Puts the reviews that wait eight days back. */
export async function ageReviews(sql: Sql): Promise<void> {
  await sql`update reviews set requested_at = requested_at - interval '8 days'`;
}

/** Puts the erasures under way ten minutes back. */
export async function ageErasures(sql: Sql): Promise<void> {
  await sql`
    update erasures set requested_at = requested_at - interval '10 minutes' where erased_at is null`;
}

/** Refuses every link of a decision; returns the way back. */
export async function refuseLinks(sql: Sql): Promise<() => Promise<unknown>> {
  await sql.unsafe(`
    create function refuse_link() returns trigger language plpgsql as $$ begin raise 'no room'; end $$;
    create trigger refuse_link before insert on credit_analysis_chain execute function refuse_link()`);
  return () => sql.unsafe('drop trigger refuse_link on credit_analysis_chain');
}

/**
 * Makes the newest decisions ones about customers with other scores and facts, which wait for their link;
 * returns the way back: copies are no decisions, and once they had a link, they would break their chain.
 */
export async function shiftPopulation(sql: Sql): Promise<() => Promise<unknown>> {
  await sql`
    with shifted as (
      insert into credit_analyses
      select (jsonb_populate_record(denied, jsonb_build_object(
        'id', gen_random_uuid(), 'created_at', now(), 'risk_score', ${SHIFTED_SCORE}::float8,
        'offer_id', null))).*
      from (
        select decided as denied from credit_analyses decided where not approved
        order by created_at limit ${SHIFTED / COPIES}) as denials, generate_series(1, ${COPIES})
      returning id
    )
    insert into credit_analyses_unlinked (analysis_id) select id from shifted`;
  return () => sql`
    with copies as (delete from credit_analyses where risk_score = ${SHIFTED_SCORE} returning id)
    delete from credit_analyses_unlinked where analysis_id in (select id from copies)`;
}

/** Changes an act that has its link; returns the way back. */
export async function breakChain(sql: Sql): Promise<() => Promise<unknown>> {
  const [row] = await sql<{ id: string; act: string }[]>`
    update audit_log changed set act = 'review.refuse' from audit_log before
    where changed.id = before.id and before.id = (select act_id from audit_chain order by position limit 1)
    returning before.id, before.act`;
  if (!row) throw new Error('no act has a link');
  return () => sql`update audit_log set act = ${row.act} where id = ${row.id}`;
}

/** Holds the verification of decisions up, for an hour so far; returns the way back. */
export async function stopVerification(sql: Sql): Promise<() => Promise<unknown>> {
  await sql`
    update chain_verifications
    set stepped_at = stepped_at - interval '1 hour', due_at = now() + interval '1 day', ticket = ticket + 1
    where chain = 'decisions'`;
  return () => sql`update chain_verifications set due_at = now()`;
}

/**
 * Adds an endpoint of webhooks that takes nothing, with a delivery that waits for hours; returns a step that
 * adds one whose time is over, and the way back.
 */
export async function stopReceiver(sql: Sql): Promise<{
  giveUp: () => Promise<unknown>;
  mend: () => Promise<unknown>;
}> {
  // The secret cannot be opened: no attempt succeeds, and none leaves the machine.
  const [endpoint] = await sql<{ id: string }[]>`
    insert into webhook_endpoints (url, event_types, secret, created_by, events_from, renewed_at)
    values ('https://receiver.example', '{offer.accepted}', '\\x00', 'test', now() - interval '2 days',
      now() - interval '2 days')
    returning id`;
  const id = endpoint?.id ?? '';
  const add = (hours: number, isOver: boolean) => sql`
    with delivery as (
      insert into webhook_deliveries (endpoint_id, event_id, user_id, event_type, payload, retry_until, created_at)
      values (${id}, gen_random_uuid(), gen_random_uuid(), 'offer.accepted', '{}',
        now() + make_interval(hours => ${isOver ? -1 : 20}), now() - make_interval(hours => ${hours}))
      returning endpoint_id, user_id
    )
    insert into webhook_lanes (endpoint_id, user_id, next_at) select endpoint_id, user_id, now() from delivery`;
  await add(4, false);
  return {
    giveUp: () => add(25, true),
    mend: () => sql`delete from webhook_endpoints where id = ${id}`,
  };
}
