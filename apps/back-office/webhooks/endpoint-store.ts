import type { ActName } from '../../../sdk/contracts/audit-acts.ts';
import type { NewWebhook, Webhook, WebhookChange } from '../../../sdk/contracts/webhook.ts';
import { type Act, appendAct } from '../../../platform/audit/append-act.ts';
import type { Database, Sql } from '../../../platform/data/sql.ts';
import { type HeldKey, isHeldYet } from '../../../platform/idempotency/idempotency-store.ts';
import { wakeLanes } from '../../../platform/webhooks/lanes.ts';
import { columnsOf } from './webhook-columns.ts';

/** The principal of an act, and the endpoints it may see: those of one partner, or all. */
export interface Owner {
  /** The client id of a partner; null of an operator, for all endpoints. */
  partnerId: string | null;
  actor: Act['actor'];
  name: string;
  /** The idempotency key that an act is done under. */
  held?: HeldKey | null;
}

/** The statements on endpoints; each change appends its act. */

/** The endpoints that an owner sees. */
const ownedBy = (sql: Sql, owner: Pick<Owner, 'partnerId'>) =>
  sql`removed_at is null and ${everOwnedBy(sql, owner)}`;

/** The endpoints that an act may change. */
export const changedBy = (sql: Sql, owner: Owner) =>
  sql`${ownedBy(sql, owner)} and ${isHeldYet(sql, owner.held)}`;

/** Those that were removed as well. */
const everOwnedBy = (sql: Sql, { partnerId }: Pick<Owner, 'partnerId'>) =>
  partnerId === null ? sql`true` : sql`partner_id = ${partnerId}`;

/** Returns null when the owner has as many as may be (`migrations/0032.do.webhook-limit.sql`). */
export async function insertWebhook(
  database: Database,
  owner: Owner,
  { url, event_types: types, description = '' }: NewWebhook,
  sealed: Buffer,
): Promise<Webhook | null> {
  const { partnerId, name } = owner;
  const [row] = await database.query(
    (sql) => sql<Webhook[]>`
      with webhook as (
        insert into webhook_endpoints (partner_id, url, description, event_types, secret, created_by)
        select ${partnerId}::text, ${url}::text, ${description}::text, ${types}::text[], ${sealed}::bytea,
          ${name}::text
        where ${isHeldYet(sql, owner.held)}
        returning *
      ),
      audited as (${appendAct(
        sql,
        {
          actor: owner.actor,
          act: 'webhook.add',
          subject: { kind: 'webhook', id: sql`id` },
          details: sql`jsonb_build_object('host', ${new URL(url).host}::text, 'event_types', event_types)`,
        },
        sql`webhook`,
      )})
      select ${columnsOf(sql)} from webhook`,
  );
  return row ?? null;
}

export async function selectWebhooks(
  database: Database,
  owner: Pick<Owner, 'partnerId'>,
  id: string | null = null,
): Promise<Webhook[]> {
  const rows = await database.query(
    (sql) => sql<Webhook[]>`
      select ${columnsOf(sql)} from webhook_endpoints as webhook
      where ${ownedBy(sql, owner)} and (${id}::uuid is null or id = ${id}::uuid)
      order by created_at, id`,
  );
  return [...rows];
}

type Change =
  | { act: 'webhook.disable' }
  | { act: 'webhook.enable' }
  | { act: 'webhook.change'; changes: WebhookChange }
  | { act: 'webhook.rotate'; sealed: Buffer; graceHours: number };

/**
 * Changes an endpoint, once: a PATCH that a hop sends again changes nothing, and is no second act. Returns it
 * as it is then, null where there is none. A trigger makes the deliveries of one that begins anew due.
 */
export async function updateWebhook(
  database: Database,
  owner: Owner,
  id: string,
  change: Change,
): Promise<Webhook | null> {
  const [changed] = await database.query((sql) => {
    const act = { ...actOf(sql, owner, change.act), ...detailsOf(sql, change) };
    return sql<Webhook[]>`
      with webhook as (
        update webhook_endpoints set updated_at = now(), ${assignmentOf(sql, change)}
        where id = ${id} and ${changedBy(sql, owner)} and ${isDifferent(sql, change)}
        returning *
      ),
      audited as (${appendAct(sql, act, sql`webhook`)})
      select ${columnsOf(sql)} from webhook`;
  });
  return changed ?? (await selectWebhooks(database, owner, id))[0] ?? null;
}

/** Whether a change of an endpoint changes anything of it. */
function isDifferent(sql: Sql, change: Change) {
  switch (change.act) {
    case 'webhook.disable':
      return isNotDisabled(sql);
    case 'webhook.enable':
      return hasToBegin(sql);
    case 'webhook.change': {
      const { url = null, event_types: types = null, description = null, enabled = null } = change.changes;
      return sql`(
        ${beginsAnew(sql, change.changes)} or ${enabled}::boolean is false and ${isNotDisabled(sql)}
        or (url, event_types, description) is distinct from (coalesce(${url}::text, url),
          coalesce(${types}::text[], event_types), coalesce(${description}::text, description)))`;
    }
    case 'webhook.rotate':
      return sql`true`;
  }
}

const isNotDisabled = (sql: Sql) => sql`(state, disabled_by) is distinct from ('disabled', 'act')`;

/** Of one that is enabled, whether it has failures to forget, or deliveries that wait or may fail now. */
const hasToBegin = (sql: Sql) => sql`
  (state <> 'enabled' or failures > 0 or exists (
    select from webhook_lanes
    where endpoint_id = webhook_endpoints.id and (next_at > now() or claimed_until is not null)))`;

function beginsAnew(sql: Sql, changes: WebhookChange) {
  const { url = null, enabled = null } = changes;
  return sql`
    (${enabled}::boolean is true and ${hasToBegin(sql)} or coalesce(${url}::text <> url, false))`;
}

function detailsOf(sql: Sql, change: Change): Pick<Act, 'details'> {
  if (change.act !== 'webhook.change') return {};
  const { url, event_types: types = null, enabled = null } = change.changes;
  const host = url === undefined ? null : new URL(url).host;
  return {
    details: sql`jsonb_strip_nulls(jsonb_build_object(
      'host', ${host}::text, 'event_types', to_jsonb(${types}::text[]), 'enabled', ${enabled}::boolean))`,
  };
}

function assignmentOf(sql: Sql, change: Change) {
  switch (change.act) {
    case 'webhook.disable':
      return sql`state = 'disabled', disabled_by = 'act'`;
    case 'webhook.enable':
      return sql`
        state = 'enabled', disabled_by = null, failures = 0, failing_since = null, renewed_at = now()`;
    case 'webhook.change':
      return changesOf(sql, change.changes);
    case 'webhook.rotate':
      return sql`
        secret = ${change.sealed}, secret_before = secret,
        secret_before_until = now() + make_interval(hours => ${change.graceHours}::int)`;
  }
}

/** A new address begins without the failures of the one before, an added type with the events of now. */
function changesOf(sql: Sql, changes: WebhookChange) {
  const { url = null, event_types: types = null, description = null, enabled = null } = changes;
  const isFresh = beginsAnew(sql, changes);
  return sql`
    url = coalesce(${url}::text, url), description = coalesce(${description}::text, description),
    event_types = coalesce(${types}::text[], event_types),
    types_from = case when ${types}::text[] is null then types_from else (
      select jsonb_strip_nulls(jsonb_object_agg(
        type, case when type = any (event_types) then types_from -> type else to_jsonb(now()) end))
      from unnest(${types}::text[]) as type) end,
    state = case when ${enabled}::boolean is false then 'disabled'
      when ${enabled}::boolean is true then 'enabled'
      when state = 'failing' and ${url}::text <> url then 'enabled' else state end,
    disabled_by = case when ${enabled}::boolean is false then 'act' when ${enabled}::boolean is true then null
      else disabled_by end,
    failures = case when ${isFresh} then 0 else failures end,
    failing_since = case when ${isFresh} then null else failing_since end,
    renewed_at = case when ${isFresh} then now() else renewed_at end`;
}

/**
 * Removes an endpoint for everybody; the service deletes its rows. Returns whether there was one, also to a
 * request that is sent again within the hour: without another act.
 */
export async function removeWebhook(database: Database, owner: Owner, id: string): Promise<boolean> {
  const rows = await database.query(
    (sql) => sql`
      with webhook as (
        update webhook_endpoints set removed_at = now(), state = 'disabled', disabled_by = 'act'
        where id = ${id} and ${ownedBy(sql, owner)} returning id
      ),
      audited as (${appendAct(sql, actOf(sql, owner, 'webhook.remove'), sql`webhook`)})
      select from webhook_endpoints where id = ${id} and ${everOwnedBy(sql, owner)}`,
  );
  return rows.length > 0;
}

/** Adds a test, which has one attempt. Returns its delivery's id, null where there is no such endpoint. */
export async function insertTest(
  database: Database,
  owner: Owner,
  id: string,
  test: { eventId: string; payload: string },
): Promise<string | null> {
  const [row] = await database.query(
    (sql) => sql<{ id: string }[]>`
      with webhook as (
        select id from webhook_endpoints where id = ${id} and ${changedBy(sql, owner)}
      ),
      added as (
        insert into webhook_deliveries (endpoint_id, event_id, user_id, event_type, payload, retry_until)
        select id, ${test.eventId}::uuid, id, 'webhook.test', ${test.payload}, now() from webhook
        returning id, endpoint_id, user_id
      ),
      lanes as (${wakeLanes(sql, sql`added`)}),
      audited as (${appendAct(sql, actOf(sql, owner, 'webhook.test'), sql`webhook`)})
      select id from added`,
  );
  return row?.id ?? null;
}

export const actOf = (sql: Sql, owner: Owner, act: ActName): Act => ({
  actor: owner.actor,
  act,
  subject: { kind: 'webhook', id: sql`id` },
});
