import type { Sql } from './sql.ts';

/** The name of a column, `a.created_at`, or an expression. */
type Time = string | ReturnType<Sql>;

/** Renders a time as ISO 8601 in UTC with whole seconds, as tables for people have it. */
export const isoSeconds = (sql: Sql, time: Time) =>
  sql`to_char(${expressionOf(sql, time)} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

/** Renders a time as ISO 8601 in UTC with milliseconds, as responses have it: `2026-11-23T09:30:00.123Z`. */
export const isoMillis = (sql: Sql, time: Time) =>
  sql`to_char(${expressionOf(sql, time)} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Renders a time as ISO 8601 in UTC with all the microseconds that the database keeps. */
export const isoMicros = (sql: Sql, time: Time) =>
  sql`to_char(${expressionOf(sql, time)} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const expressionOf = (sql: Sql, time: Time) => (typeof time === 'string' ? sql(time) : time);
