import type postgres from 'postgres';

/** The newest migration: the code of a service may use its tables, columns and functions. */
export const SCHEMA_VERSION = 40;

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
  const version = await query(
    (sql) => sql<{ version: number | null }[]>`select max(version)::int as version from schema_version`,
  ).then(
    ([row]) => row?.version ?? 0,
    (error: { code?: unknown }) => {
      if (error.code === NO_TABLE || error.code === NO_RIGHT) return null;
      throw error;
    },
  );
  if (version !== null && version >= SCHEMA_VERSION) return;
  const current = version === null ? 'an older version' : `version ${version}`;
  throw new Error(`the schema is of ${current}, this process wants ${SCHEMA_VERSION}: ecs migrate`);
}
