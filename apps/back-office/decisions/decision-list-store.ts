import { isoMillis } from '../../../platform/data/iso-time.ts';
import type { Database, Sql } from '../../../platform/data/sql.ts';
import type { DecisionFilter, ListedDecision } from '../../../sdk/contracts/operator-decisions.ts';

/**
 * The list of decisions. One filter drives the search by its index, in the order of the list; the others are
 * compared row by row, of `rowsMax` rows: a page takes the same time however many decisions there are.
 */

/** A place in the order of decisions; the time is a text, to the microsecond. */
interface Place {
  at: string;
  id: string;
}

type Filter = Omit<DecisionFilter, 'cursor' | 'page_size'>;

interface Search {
  filter: Filter;
  before: Place | null;
  size: number;
  rowsMax: number;
}

/** Null for an id of no decision. */
export async function selectPlace(database: Database, id: string): Promise<Place | null> {
  const [place] = await database.query(
    (sql) => sql<Place[]>`select id, created_at::text as at from credit_analyses where id = ${id}`,
  );
  return place ?? null;
}

export async function selectLines(database: Database, search: Search): Promise<ListedDecision[]> {
  const { filter, size, rowsMax } = search;
  const rows = await database.query(
    (sql) => sql<ListedDecision[]>`
      select a.id as analysis_id, a.user_id, ${isoMillis(sql, 'a.created_at')} as created_at, a.approved,
        a.risk_score, a.model_version, a.policy_version, a.jurisdiction, a.emotion_effect,
        o.credit_limit::float8 as credit_limit, o.interest_rate::float8 as interest_rate,
        array(select reason->>'code' from jsonb_array_elements(a.reasons) as reason) as reasons,
        (select state from reviews where reviews.analysis_id = a.id) as review,
        (select analysis_id from reviews where reviews.override_id = a.id) as overrides
      from (${scanned(sql, search)} limit ${rowsMax}) as scanned
        -- Looked up one by one, in their order: of several filters the planner expects next to nothing, and
        -- would read all that one of them leaves.
        cross join lateral (select * from credit_analyses c where c.id = scanned.id offset 0) as a
        left join credit_limits o on o.id = a.offer_id
      where ${matches(sql, filter)}
      order by scanned.created_at desc, scanned.id desc limit ${size}`,
  );
  return [...rows];
}

/** The last place that a search came to; null where it came to the oldest decision. */
export async function selectSearchEnd(
  database: Database,
  search: Search,
): Promise<{ id: string; created_at: string } | null> {
  const [end] = await database.query(
    (sql) => sql<{ id: string; created_at: string }[]>`
      select id, ${isoMillis(sql, 'created_at')} as created_at
      from (${scanned(sql, search)} offset ${search.rowsMax - 1} limit 1) as scanned`,
  );
  return end ?? null;
}

/** Places of decisions in the order of the list, by the index of the filter that leaves the fewest. */
function scanned(sql: Sql, { filter, before }: Search) {
  const { since = null, until = null } = filter;
  const inRange = sql`
    ${since === null ? sql`` : sql`and c.created_at >= ${since}::text::timestamptz`}
    ${until === null ? sql`` : sql`and c.created_at < ${until}::text::timestamptz`}
    ${before === null ? sql`` : isBefore(sql, before)}`;
  const ordered = sql`order by c.created_at desc, c.id desc`;
  const by = (condition: ReturnType<Sql>) => sql`
    select c.created_at, c.id from credit_analyses c where ${condition} ${inRange} ${ordered}`;
  if (filter.user_id !== undefined) return by(sql`c.user_id = ${filter.user_id}`);
  if (filter.review !== undefined) {
    const ids = filter.review === 'override' ? sql`override_id` : sql`analysis_id`;
    return sql`
      select c.created_at, c.id from reviews join credit_analyses c on c.id = reviews.${ids}
      where ${inReviewState(sql, filter.review)} ${inRange} ${ordered}`;
  }
  if (filter.limit_reduced !== undefined) return by(sql`c.approved and jsonb_array_length(c.reasons) > 0`);
  if (filter.reason !== undefined) {
    const { reason } = filter;
    return sql`
      select created_at, id from (
        (${by(sql`c.reasons -> 0 ->> 'code' = ${reason}`)}) union all
        (${by(sql`c.reasons -> 1 ->> 'code' = ${reason}`)}) union all
        (${by(sql`c.reasons -> 2 ->> 'code' = ${reason}`)}) union all
        (${by(sql`c.reasons -> 3 ->> 'code' = ${reason}`)})
      ) as c ${ordered}`;
  }
  if (filter.policy_version !== undefined) return by(sql`c.policy_version = ${filter.policy_version}`);
  if (filter.jurisdiction !== undefined) return by(sql`c.jurisdiction = ${filter.jurisdiction}`);
  if (filter.emotion_effect !== undefined) return by(sql`c.emotion_effect = ${filter.emotion_effect}`);
  return by(sql`true`);
}

const isBefore = (sql: Sql, { at, id }: Place) =>
  sql`and (c.created_at, c.id) < (${at}::text::timestamptz, ${id}::uuid)`;

function matches(sql: Sql, filter: Filter) {
  const { outcome, reason, policy_version, jurisdiction, emotion_effect, limit_reduced, user_id, review } =
    filter;
  const when = (isAsked: boolean, condition: () => ReturnType<Sql>) =>
    isAsked ? sql`and ${condition()}` : sql``;
  return sql`true
    ${when(outcome !== undefined, () => sql`a.approved = ${outcome === 'approved'}`)}
    ${when(reason !== undefined, () => sql`a.reasons @> ${sql.json([{ code: reason ?? '' }])}::jsonb`)}
    ${when(policy_version !== undefined, () => sql`a.policy_version = ${policy_version ?? ''}`)}
    ${when(jurisdiction !== undefined, () => sql`a.jurisdiction = ${jurisdiction ?? ''}`)}
    ${when(emotion_effect !== undefined, () => sql`a.emotion_effect = ${emotion_effect ?? ''}`)}
    ${when(limit_reduced !== undefined, () => sql`a.approved and jsonb_array_length(a.reasons) > 0`)}
    ${when(
      review !== undefined && user_id !== undefined,
      () => sql`exists (
      select from reviews where ${inReviewState(sql, review ?? 'any')} and
        ${review === 'override' ? sql`override_id` : sql`analysis_id`} = a.id)`,
    )}`;
}

function inReviewState(sql: Sql, review: NonNullable<Filter['review']>) {
  if (review === 'open') return sql`state in ('requested', 'proposed')`;
  if (review === 'any') return sql`true`;
  return sql`state = ${review === 'override' ? 'overridden' : review}`;
}
