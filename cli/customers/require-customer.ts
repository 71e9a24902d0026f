import type { Sql } from '../../platform/data/sql.ts';
import { readTypedId } from '../../platform/trace/identity.ts';
import { selectUsers, type UserFact } from '../../platform/trace/store.ts';
import { CliError, EXIT } from '../ui/output.ts';

/** Reads a customer by id or e-mail address. Throws exit code 3 without one. */
export async function requireCustomer(sql: Sql, text: string): Promise<UserFact> {
  const { uuid, email } = readTypedId(text);
  const [user] = await selectUsers(sql, uuid ? { id: uuid } : { email: email ?? '' });
  if (!user) throw unknownCustomer(text);
  return user;
}

export function unknownCustomer(text: string): CliError {
  return new CliError(`no customer is ${text}`, EXIT.notFound, 'an id or an e-mail');
}
