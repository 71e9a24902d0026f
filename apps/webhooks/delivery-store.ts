import { isUnleased } from '../../platform/data/lease.ts';
import type { Database, Sql } from '../../platform/data/sql.ts';
import { isOfOpenPartner } from './open-partners.ts';

/** The worker's statements on lanes and deliveries. */

/** A claimed lane with its first delivery; null when nothing is pending. */
export interface Claim {
  endpointId: string;
  userId: string;
  version: string;
  claims: string;
  /** The endpoint was enabled or moved at this time; failures of earlier attempts do not count. */
  renewedAt: string;
  /** Failures of the lane in a row. */
  failures: number;
  url: string;
  /** Sealed: the current secret, and during a rotation the earlier one as well. */
  secrets: Uint8Array[];
  delivery: { id: string; eventId: string; payload: string } | null;
  /** Whether further deliveries wait behind it. */
  hasMore: boolean;
}

/** Longer than an attempt. The lanes of a worker that has died are claimed again after it. */
const CLAIM_SECONDS = 15;

type ClaimRow = Omit<Claim, 'delivery'> & { id: string | null; eventId: string; payload: string };

/**
 * Claims due lanes. An endpoint has at most `perEndpoint` of this worker at a time, those of `busy` included.
 * Workers never claim the same lane.
 */
export async function claimLanes(
  database: Database,
  { busy, perEndpoint }: { busy: ReadonlyMap<string, number>; perEndpoint: number },
): Promise<Claim[]> {
  const rows = await database.query(
    (sql) => sql<ClaimRow[]>`
      with endpoint as materialized (
        select id, state <> 'disabled' and ${isOfOpenPartner(sql)} as is_open from webhook_endpoints
      ),
      due as (
        select lane.endpoint_id, lane.user_id
        from endpoint
        left join unnest(${[...busy.keys()]}::uuid[], ${[...busy.values()]}::int[]) as busy (id, count)
          on busy.id = endpoint.id
        cross join lateral (
          select endpoint_id, user_id from webhook_lanes
          where endpoint_id = endpoint.id and next_at <= now()
            and ${isUnleased(sql, 'claimed_until', CLAIM_SECONDS)}
            -- A test is sent to a disabled endpoint as well.
            and (endpoint.is_open or user_id = endpoint.id)
          order by next_at
          limit greatest(0, ${perEndpoint}::int - coalesce(busy.count, 0))
          for update skip locked
        ) as lane
      ),
      claimed as (
        update webhook_lanes as lane
        set claimed_until = now() + make_interval(secs => ${CLAIM_SECONDS}), claims = claims + 1
        from due where lane.endpoint_id = due.endpoint_id and lane.user_id = due.user_id
        returning lane.*
      )
      select claimed.endpoint_id as "endpointId", claimed.user_id as "userId", seen.version::text,
        claimed.claims::text, claimed.failures, url,
        renewed_at::text as "renewedAt",
        case when secret_before_until > now() then array[secret, secret_before] else array[secret] end
          as secrets,
        head.id, head.event_id as "eventId", head.payload, coalesce(head.has_more, false) as "hasMore"
      from claimed join webhook_endpoints as endpoint on endpoint.id = claimed.endpoint_id
      -- The version of the same snapshot as the deliveries below. The locked row may be newer: its version
      -- may count a delivery that this statement does not see, which would then never be sent.
      cross join lateral (
        select version from webhook_lanes
        where endpoint_id = claimed.endpoint_id and user_id = claimed.user_id offset 0
      ) as seen
      left join lateral (
        select id, event_id, payload, count(*) over () > 1 as has_more from (
          select * from webhook_deliveries
          where endpoint_id = claimed.endpoint_id and user_id = claimed.user_id and state = 'pending'
          -- control: webhook-order
          order by sequence
          limit 2
        ) as pending
        order by sequence limit 1
      ) as head on true`,
  );
  return rows.map(({ id, eventId, payload, ...claim }) => ({
    ...claim,
    delivery: id === null ? null : { id, eventId, payload },
  }));
}

/** An attempt as the log keeps it. */
export interface AttemptEntry {
  at: string;
  status: number | null;
  ms: number;
  error: string | null;
  response: string;
}

const LOG_ENTRIES_MAX = 20;

/** Ends a claim of a lane in which nothing was pending; it stays due if something came meanwhile. */
export async function endEmptyClaim(database: Database, claim: Claim): Promise<void> {
  await database.query(
    (sql) => sql`
      update webhook_lanes
      set claimed_until = null, failures = 0,
        next_at = case when version = ${claim.version}::bigint then null else now() end
      where endpoint_id = ${claim.endpointId} and user_id = ${claim.userId}
        and claims = ${claim.claims}::bigint`,
  );
}

/**
 * Marks a delivery as delivered and makes the next one of its lane due. The first success of a failing
 * endpoint heals it, by a statement of its own: that locks other lanes, in their order.
 */
export async function markDelivered(
  database: Database,
  claim: Claim,
  deliveryId: string,
  entry: AttemptEntry,
): Promise<void> {
  const { endpointId, userId, version, claims, hasMore } = claim;
  const [endpoint] = await database.query(
    (sql) => sql<{ hasFailed: boolean }[]>`
      with delivered as (
        update webhook_deliveries set state = 'delivered', delivered_at = now(), attempts = attempts + 1,
          log = (case when jsonb_array_length(log) < ${LOG_ENTRIES_MAX} then log else log - 0 end)
            || ${sql.json({ ...entry })}::jsonb
        where id = ${deliveryId} and state = 'pending'
        returning 1
      ),
      lane as (
        update webhook_lanes set claimed_until = null, failures = 0,
          next_at = case when version <> ${version}::bigint or ${hasMore} then now() end
        where endpoint_id = ${endpointId} and user_id = ${userId} and claims = ${claims}::bigint
          -- A delivery is locked before its lane, as a redelivery does.
          and (select count(*) from delivered) >= 0
      )
      select failures > 0 as "hasFailed" from webhook_endpoints where id = ${endpointId}`,
  );
  if (endpoint?.hasFailed) await healEndpoint(database, endpointId);
}

/** Ends a series of failures. A trigger makes the endpoint's lanes due, so that none waits out its delay. */
async function healEndpoint(database: Database, endpointId: string): Promise<void> {
  await database.query(
    (sql) => sql`
      update webhook_endpoints set failures = 0, failing_since = null,
        state = case when state = 'failing' then 'enabled' else state end
      where id = ${endpointId} and failures > 0`,
  );
}

/** Failed attempts in a row, whichever the customers, after which an endpoint counts as failing. */
const FAILING_AFTER = 5;

/**
 * Stores a failed attempt: the delivery is due again after the delay, or is given up once its day is over.
 * With `isGone` the receiver wants no more events, and the endpoint is disabled. An attempt from before the
 * endpoint was renewed says nothing about it: the delivery is due at once. Nor does one whose claim another
 * worker has taken over, as of a worker that stood still: it changes nothing. Returns the delivery's state.
 */
export async function markFailed(
  database: Database,
  claim: Claim,
  deliveryId: string,
  failure: { entry: AttemptEntry; delaySeconds: number; isGone: boolean },
): Promise<'pending' | 'given_up' | null> {
  const { endpointId, userId, version, claims, hasMore, renewedAt } = claim;
  const { entry, delaySeconds, isGone } = failure;
  const [row] = await database.query(
    (sql) => sql<{ state: 'pending' | 'given_up' }[]>`
      with now_endpoint as (
        -- A renewed endpoint has another day for all that waited. The row is locked, so that a renewal of
        -- this moment is either waited for, or wakes the lane afterwards.
        select renewed_at + interval '1 day' as until, renewed_at::text = ${renewedAt} as is_same
        from webhook_endpoints where id = ${endpointId} for no key update
      ),
      -- Then the delivery, then the lane, as everywhere: a takeover of this moment is waited for.
      attempted as materialized (
        select from webhook_deliveries
        where id = ${deliveryId} and (select count(*) from now_endpoint) >= 0
        for no key update
      ),
      held as materialized (
        select from webhook_lanes
        where endpoint_id = ${endpointId} and user_id = ${userId} and claims = ${claims}::bigint
          and (select count(*) from attempted) >= 0
        for no key update
      ),
      failed as (
        update webhook_deliveries set attempts = attempts + 1,
          retry_until = coalesce(retry_until, now() + interval '1 day'),
          state = case
            when now() >= retry_until
              and (user_id = endpoint_id or now() >= (select until from now_endpoint))
            then 'given_up' else 'pending'
          end,
          log = (case when jsonb_array_length(log) < ${LOG_ENTRIES_MAX} then log else log - 0 end)
            || ${sql.json({ ...entry })}::jsonb
        where id = ${deliveryId} and state = 'pending' and exists (select from held)
        returning state
      ),
      lane as (
        update webhook_lanes set claimed_until = null,
          failures = case
            when (select state from failed) = 'pending' and (select is_same from now_endpoint)
            then failures + 1 else 0
          end,
          next_at = case
            when not (select is_same from now_endpoint) then now()
            when (select state from failed) = 'pending' then now() + make_interval(secs => ${delaySeconds})
            when version <> ${version}::bigint or ${hasMore} then now()
          end
        where endpoint_id = ${endpointId} and user_id = ${userId} and claims = ${claims}::bigint
      ),
      endpoint as (${countFailure(sql, claim, isGone)})
      select state from failed`,
  );
  return row?.state ?? null;
}

/** A step that counts a failure of the endpoint, unless it was renewed, or the step `held` has no row. */
const countFailure = (sql: Sql, { endpointId, renewedAt }: Claim, isGone: boolean) => sql`
  update webhook_endpoints set failures = failures + 1,
    failing_since = coalesce(failing_since, now()),
    disabled_by = case when ${isGone} and state <> 'disabled' then 'gone' else disabled_by end,
    state = case
      when state = 'disabled' or ${isGone} then 'disabled'
      when failures + 1 >= ${FAILING_AFTER} then 'failing'
      else state
    end
  where id = ${endpointId} and renewed_at::text = ${renewedAt} and exists (select from held)`;
