import type { Database } from '../data/sql.ts';
import { problem } from '../kernel/errors.ts';
import { selectPolicy, type StoredPolicy } from './policy-reads.ts';

/** Throws AppError 404 for a version that is not stored. */
export async function requirePolicy(
  database: Pick<Database, 'query'>,
  version: string,
): Promise<StoredPolicy> {
  const stored = await database.query((sql) => selectPolicy(sql, version));
  if (stored) return stored;
  throw problem('policy_not_found', { detail: `There is no policy ${version}.` });
}
