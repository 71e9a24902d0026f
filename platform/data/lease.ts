import type { Sql } from './sql.ts';

/**
 * Tells rows that nobody holds by a lease of so many seconds; the column has its end. One that ends later
 * than any could was given before the clock of the database was set back, and holds nothing: by twice its
 * length, since a statement of the same moment may have begun later.
 */
export const isUnleased = (sql: Sql, column: string, seconds: number) =>
  sql`(${sql(column)} is null or ${sql(column)} < now()
    or ${sql(column)} > now() + make_interval(secs => ${2 * seconds}))`;
