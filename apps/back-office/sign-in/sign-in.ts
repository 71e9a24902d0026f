import type { AccessToken } from '../../../sdk/contracts/auth.ts';
import type { OperatorLogin } from '../../../sdk/contracts/operator.ts';
import { appendAct } from '../../../platform/audit/append-act.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { ClientAddress } from '../../../platform/http/client-address.ts';
import type { OperatorTokens } from '../../../platform/http/operator-token.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { selectAccount } from '../../../platform/operators/operator-store.ts';
import type { Passwords } from '../../../platform/sign-in/passwords.ts';

/**
 * An operator's login, which is an act of the audit log. It does not reveal whether a name has an account, or
 * a disabled one: neither by its response nor by its time. Guesses are bounded around this, see
 * login-limits.ts.
 */
export function createOperatorSignIn(deps: {
  database: Database;
  verify: Passwords['verify'];
  tokens: OperatorTokens;
  onAttempt?: (outcome: 'in' | 'refused') => void;
}) {
  const { database, verify, tokens, onAttempt } = deps;
  return async ({ name, password }: OperatorLogin, from: ClientAddress): Promise<AccessToken> => {
    const account = await selectAccount(database, name);
    const matches = await verify(password, account?.passwordHash ?? null, from);
    onAttempt?.(account && matches ? 'in' : 'refused');
    if (!account || !matches) {
      throw problem('invalid_credentials', { detail: 'The name or the password is wrong.' });
    }
    await database.query((sql) =>
      appendAct(sql, {
        actor: { kind: 'operator', name: account.name },
        act: 'operator.log_in',
        subject: { kind: 'operator', id: account.name },
      }),
    );
    const { token, expiresInSeconds } = await tokens.sign(account);
    return { access_token: token, token_type: 'bearer', expires_in: expiresInSeconds };
  };
}

export type LogInOperator = ReturnType<typeof createOperatorSignIn>;
