import { insertOperator } from '../../cli/operators/operator-store.ts';
import type { Sql } from '../../platform/data/sql.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
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
  return { ...account, token: await logIn(url, account) };
}

/** The same as a client that logs in again once its token has expired, as in a drill of hours. */
export async function openOperator(
  { url, sql }: { url: string; sql: Sql },
  roles: readonly OperatorRole[],
): Promise<EcsOperatorClient> {
  const account = await newOperator({ url, sql }, roles);
  let { token } = account;
  return new EcsOperatorClient({
    baseUrl: url,
    async tokenProvider({ rejected }) {
      if (rejected === token) token = await logIn(url, account);
      return token;
    },
  });
}

async function logIn(url: string, { name, password }: { name: string; password: string }): Promise<string> {
  const response = await fetch(`${url}/v1/operators/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  });
  if (!response.ok) throw new Error(`login of an operator: ${response.status} ${await response.text()}`);
  const { access_token: token } = (await response.json()) as { access_token: string };
  return token;
}

/** A check costs what its hash costs: a 200th of one of the command line's, where guesses are no matter. */
const CHEAP_ARGON = { algorithm: 'argon2id', memoryCost: 64, timeCost: 1 } as const;

export async function newAccount(sql: Sql, roles: readonly OperatorRole[] = OPERATOR_ROLES) {
  const [name, password] = [`operator-${crypto.randomUUID()}`, `password ${crypto.randomUUID()}`];
  const passwordHash = await Bun.password.hash(password, CHEAP_ARGON);
  await insertOperator(sql, { name, passwordHash, roles });
  return { name, password };
}
