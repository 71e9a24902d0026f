import type postgres from 'postgres';

/** The newest migration: the code of a service may use its tables, columns and functions. */
export const SCHEMA_VERSION = 43;
/** How many migrations there are up to it: one that was merged after a later number may be missing below. */
export const SCHEMA_MIGRATIONS = 41;

const NO_TABLE = '42P01';
/** Roles may read the version since migration 39: before it the schema is older in any case. */
const NO_RIGHT = '42501';

/**
 * Throws while the database is of a version before this code, as when a new version starts beside its
 * migrations, or a dump of before an upgrade was restored: statements would fail for missing columns and
 * functions. A newer schema is fine, since migrations only add.
 */
export async function requireSchema(
  query: <T>(statement: (sql: postgres.Sql) => PromiseLike<T>) => Promise<T>,
): Promise<void> {
  const schema = await query(
    (sql) => sql<{ version: number; migrations: number }[]>`
      select coalesce(max(version), 0)::int as version,
        (count(*) filter (where version between 1 and ${SCHEMA_VERSION}))::int as migrations
      from schema_version`,
  ).then(
    ([row]) => row ?? null,
    (error: { code?: unknown }) => {
      if (error.code === NO_TABLE || error.code === NO_RIGHT) return null;
      throw error;
    },
  );
  if (schema && schema.version >= SCHEMA_VERSION) {
    if (schema.migrations >= SCHEMA_MIGRATIONS) return;
    throw new Error(`the schema lacks a migration below version ${SCHEMA_VERSION}: ecs migrate`);
  }
  const current = schema === null ? 'an older version' : `version ${schema.version}`;
  throw new Error(`the schema is of ${current}, this process wants ${SCHEMA_VERSION}: ecs migrate`);
}
