import { insertOperator } from '../../cli/operators/operator-store.ts';
import type { Sql } from '../../platform/data/sql.ts';
import { hashPassword } from '../../platform/sign-in/passwords.ts';
import { OPERATOR_ROLES, type OperatorRole } from '../../sdk/contracts/operator-roles.ts';

export interface TestOperator {
  name: string;
  password: string;
  token: string;
}

/** Makes an operator's account, with every role unless some are named, and logs in over HTTP. */
export async function newOperator(
  { url, sql }: { url: string; sql: Sql },
  roles: readonly OperatorRole[] = OPERATOR_ROLES,
): Promise<TestOperator> {
  const account = await newAccount(sql, roles);
  const response = await fetch(`${url}/v1/operators/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  });
  if (!response.ok) throw new Error(`login of an operator: ${response.status} ${await response.text()}`);
  const { access_token: token } = (await response.json()) as { access_token: string };
  return { ...account, token };
}

export async function newAccount(sql: Sql, roles: readonly OperatorRole[] = OPERATOR_ROLES) {
  const [name, password] = [`operator-${crypto.randomUUID()}`, `password ${crypto.randomUUID()}`];
  await insertOperator(sql, { name, passwordHash: await hashPassword(password), roles });
  return { name, password };
}
