import { ENDPOINT_LIST } from '../../../sdk/contracts/endpoints.ts';
import { isOpenTo, OPERATOR_ROLES } from '../../../sdk/contracts/operator-roles.ts';

/** The table of operators' endpoints and the roles that open them, in Markdown. */
export function createRoleTable(): string {
  const rows = ENDPOINT_LIST.flatMap(([, { auth, roles, method, path, summary }]) => {
    if (auth !== 'operator' || !roles) return [];
    const marks = OPERATOR_ROLES.map((role) => (isOpenTo(roles, [role]) ? 'yes' : ''));
    return [`| \`${method} ${path}\` | ${summary} | ${marks.join(' | ')} |`];
  });
  return [
    '# What each role of an operator opens',
    '',
    'Made by `npm run documents` of the table of endpoints. `tests/e2e/operator-matrix.slow.test.ts` tries',
    "every cell, through the gateway and at the service's own port, with accounts and with tokens of",
    "OpenID Connect. Neither a customer's token nor the internal key opens one.",
    '',
    `| endpoint | | ${OPERATOR_ROLES.join(' | ')} |`,
    `| --- | --- |${OPERATOR_ROLES.map(() => ' --- |').join('')}`,
    ...rows,
    '',
  ].join('\n');
}
