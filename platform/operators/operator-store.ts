import type { OperatorRole } from '../../sdk/contracts/operator-roles.ts';
import type { Database } from '../data/sql.ts';

interface OperatorState {
  name: string;
  roles: OperatorRole[];
  tokenVersion: number;
  isDisabled: boolean;
}

/** Returns an operator that has a row, by the name in any case; null without one. */
export async function selectOperator(database: Database, name: string): Promise<OperatorState | null> {
  const [row] = await database.query(
    (sql) => sql<OperatorState[]>`
      select name, roles, token_version as "tokenVersion", disabled_at is not null as "isDisabled"
      from operators
      where name_key = case when strpos(${name}, '@') > 0 then ${name} else lower(${name} collate "C") end`,
  );
  return row ?? null;
}

/** Returns an account that may log in, with the hash of its password; null without one. */
export async function selectAccount(
  database: Database,
  name: string,
): Promise<(Omit<OperatorState, 'isDisabled'> & { passwordHash: string }) | null> {
  const [row] = await database.query(
    (sql) => sql<(Omit<OperatorState, 'isDisabled'> & { passwordHash: string })[]>`
      select name, roles, token_version as "tokenVersion", password_hash as "passwordHash"
      from operators
      where name_key = lower(${name} collate "C") and password_hash is not null and disabled_at is null`,
  );
  return row ?? null;
}
