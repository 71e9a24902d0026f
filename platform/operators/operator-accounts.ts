import type { Database } from '../data/sql.ts';
import type { OperatorAccess } from '../http/operator-access.ts';
import { selectOperator } from './operator-store.ts';
import { recordRequest } from './record-request.ts';

/**
 * Asks the database at each request: operators are few, and one that is disabled is so at once. Roles are
 * those of the account at this moment, as far as the token has them; of an operator of OpenID Connect, who
 * has a row only to be barred, those of the token.
 */
export function createOperatorAccounts(database: Database): Required<OperatorAccess> {
  return {
    record: (request) => recordRequest(database, request),
    async current(operator) {
      const account = await selectOperator(database, operator.name);
      if (operator.tokenVersion === null) return account?.isDisabled ? null : operator;
      if (!account || account.isDisabled || account.tokenVersion !== operator.tokenVersion) return null;
      const roles = account.roles.filter((role) => operator.roles.includes(role));
      return { ...operator, roles };
    },
  };
}
