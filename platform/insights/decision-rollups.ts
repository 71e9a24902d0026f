import type { PendingQuery, Row } from 'postgres';
import type { Sql } from '../data/sql.ts';

/**
 * Steps that count decisions and offers in the rollups of the population, in the statement of the decision,
 * the acceptance or the activation. Cells are locked in one order, after the locks of customers.
 */

/** Counts the decisions of a step with the columns of a new analysis. */
export const countDecisions = (sql: Sql, from: PendingQuery<Row[]>) =>
  addToCells(
    sql,
    sql`
      select (now() at time zone 'utc')::date as day, coalesce(jurisdiction, 'unknown') as jurisdiction,
        user_id, figure, part, histogram
      from ${from} as decided
      cross join lateral decision_parts(reasons, record, credit_limit, interest_rate)`,
  );

/** Counts the offers of a step with the columns of `credit_limits`, on the day of their decision. */
export const countOffers = (sql: Sql, stage: 'accepted' | 'active', from: PendingQuery<Row[]>) =>
  addToCells(
    sql,
    sql`
      select (created_at at time zone 'utc')::date as day,
        coalesce((
          select jurisdiction from credit_analyses
          where credit_analyses.user_id = reached.user_id and offer_id = reached.id limit 1
        ), 'unknown') as jurisdiction,
        user_id, 'stage' as figure, ${stage}::text as part,
        ${stage === 'active' ? secondsToActive(sql) : sql`0`} as histogram
      from ${from} as reached`,
  );

const secondsToActive = (sql: Sql) =>
  sql`seconds_bin(extract(epoch from activated_at - coalesce(accepted_at, activated_at)))`;

const addToCells = (sql: Sql, counted: PendingQuery<Row[]>) => sql`
  insert into decision_rollups as cell
    (day, jurisdiction, figure, part, slot, customers, occurrences, histogram)
  select day, jurisdiction, figure, part, pg_backend_pid() % 4, bit_or(customer_bit(user_id)), count(*),
    sum(histogram)
  from (${counted}) as counted
  group by day, jurisdiction, figure, part order by day, jurisdiction, figure, part
  on conflict (day, jurisdiction, figure, part, slot) do update set
    customers = cell.customers | excluded.customers,
    occurrences = cell.occurrences + excluded.occurrences,
    histogram = cell.histogram + excluded.histogram`;
