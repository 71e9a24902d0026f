import { type Command, Option } from 'commander';
import { OPERATOR_ROLES, type OperatorRole } from '../../sdk/contracts/operator-roles.ts';
import { OPERATOR_NAME } from '../../sdk/contracts/operator.ts';
import type { Sql } from '../../platform/data/sql.ts';
import { hashPassword } from '../../platform/sign-in/passwords.ts';
import { resolveContext } from '../config/context.ts';
import {
  forgetOperatorLogins,
  openOperator,
  type OperatorFlags,
  operatorOption,
} from '../config/operator-session.ts';
import { type PasswordFlags, passwordOptions, readPassword } from '../config/password.ts';
import type { SystemFlags } from '../config/session.ts';
import {
  changePassword,
  changeRoles,
  disableOperator,
  enableOperator,
  insertOperator,
  selectOperators,
} from '../operators/operator-store.ts';
import { logIn } from '../operators/operator-login.ts';
import { withOperators } from '../operators/operators-database.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, print, printJson, printList, talk } from '../ui/output.ts';

type RoleFlags = SystemFlags & PasswordFlags & { role: OperatorRole[] };

const PASSWORD = { min: 12, max: 128 };
/** The system itself, and its services' users of the database: the audit log names them as such. */
const RESERVED = /^ecs(_|$|user$)/i;

export function register(program: Command): void {
  const operators = program
    .command('operators')
    .description(
      `Operators have accounts and roles: ${OPERATOR_ROLES.join(', ')}. What a viewer may do, every role ` +
        'may. add, ls, roles, password, disable and enable work on the database, for its owner alone; ' +
        'elsewhere they need DATABASE_URL. The acts of an operator need a login.',
    );
  withExamples(
    operators,
    ['ecs operators add ada --role risk --role operator', 'asks for the password'],
    ['ecs operators login ada', 'for the commands that follow, for an hour'],
    ['ecs operators login --oidc', 'at the provider of OpenID Connect, where there is one'],
    ['ecs operators disable ada', 'void at once, with every token'],
    ['ecs operators disable 248289761001@https://login.example.com', 'one of OpenID Connect'],
  );
  registerSessions(operators);
  registerAccounts(operators);
  registerBars(operators);
}

function registerSessions(operators: Command): void {
  passwordOptions(
    operators
      .command('login [name]')
      .summary('log an operator in for the commands that follow: by password, or at a provider')
      .option('--oidc', 'at the provider of OpenID Connect: opens no browser, shows an address and a code')
      .option('--token-stdin', 'with a token of the provider, from standard input'),
  ).action(run(logIn));
  operatorOption(operators.command('me').summary('the operator that commands act as, with the roles')).action(
    run(async (flags: OperatorFlags) => {
      const me = await openOperator(flags).api.auth.me();
      if (flags.json) printJson(me);
      else print(`${me.name}: ${me.roles.join(', ')}; until ${me.token_expires_at}`);
    }),
  );
  operators
    .command('logout [name]')
    .summary('forget the logins on this machine; a token that is kept elsewhere lives on')
    .action(
      run(async (name: string | undefined, flags: SystemFlags) => {
        const names = forgetOperatorLogins(resolveContext(flags), name);
        if (flags.json) printJson({ loggedOut: names });
        else print(names.length === 0 ? 'no operator was logged in' : `logged out: ${names.join(', ')}`);
      }),
    );
}

function registerAccounts(operators: Command): void {
  passwordOptions(roleOption(operators.command('add <name>').summary('make an account'))).action(
    run(async (name: string, flags: RoleFlags) => {
      if (!new RegExp(OPERATOR_NAME).test(name) || RESERVED.test(name)) {
        throw new CliError(
          `${JSON.stringify(name)} is no name for an operator`,
          EXIT.usage,
          'up to 63 letters, digits and . _ - that begin with a letter or digit',
        );
      }
      const passwordHash = await readPasswordHash(name, flags);
      const isNew = await withOperators(flags, (sql) =>
        insertOperator(sql, { name, passwordHash, roles: flags.role }),
      );
      if (!isNew)
        throw new CliError(`there is an operator ${name} already`, EXIT.conflict, 'ecs operators ls');
      if (flags.json) printJson({ name, roles: flags.role });
      else {
        print(`added the operator ${name}: ${flags.role.join(', ')}`);
        talk(`next: ecs operators login ${name}`);
      }
    }),
  );
  operators
    .command('ls')
    .summary('list them: roles, and who was disabled by whom')
    .action(
      run(async (flags: SystemFlags) => {
        const rows = await withOperators(flags, selectOperators);
        printList(rows, flags, {
          none: 'no operators yet\nnext: ecs operators add NAME --role operator',
          toLine: ({ roles, ...row }) => ({ ...row, roles: roles.join(', ') || null }),
        });
      }),
    );
  roleOption(operators.command('roles <name>').summary('give an account these roles, and no others')).action(
    run(async (name: string, flags: RoleFlags) => {
      await change(flags, name, (sql) => changeRoles(sql, name, flags.role));
      if (flags.json) printJson({ name, roles: flags.role });
      else print(`the operator ${name} has: ${flags.role.join(', ')}`);
    }),
  );
  passwordOptions(
    operators.command('password <name>').summary('give an account another password; its tokens are void'),
  ).action(
    run(async (name: string, flags: RoleFlags) => {
      const passwordHash = await readPasswordHash(name, flags);
      await change(flags, name, (sql) => changePassword(sql, name, passwordHash));
      if (flags.json) printJson({ name });
      else print(`the operator ${name} has a new password; all earlier tokens are void`);
    }),
  );
}

function registerBars(operators: Command): void {
  operators
    .command('disable <name>')
    .summary('void at once, with every token; one of OpenID Connect as SUBJECT@ISSUER')
    .action(
      run(async (name: string, flags: SystemFlags) => {
        await change(flags, name, (sql) => disableOperator(sql, name), 'is no operator, or disabled already');
        if (flags.json) printJson({ name, state: 'disabled' });
        else print(`disabled the operator ${name}`);
      }),
    );
  operators
    .command('enable <name>')
    .summary('allow a disabled one to log in again')
    .action(
      run(async (name: string, flags: SystemFlags) => {
        await change(flags, name, (sql) => enableOperator(sql, name), 'is no operator that was disabled');
        if (flags.json) printJson({ name, state: 'active' });
        else print(`enabled the operator ${name}`);
      }),
    );
}

/** `--role` once for each role. */
function roleOption(command: Command): Command {
  const option = new Option('--role <role>', `once for each: ${OPERATOR_ROLES.join(', ')}`);
  option.makeOptionMandatory();
  // For completion; the parser collects, which commander's own choices would not.
  option.argChoices = [...OPERATOR_ROLES];
  return command.addOption(
    option.argParser((role: string, roles: string[] | undefined) => {
      if (OPERATOR_ROLES.includes(role as OperatorRole)) return [...new Set([...(roles ?? []), role])];
      throw new CliError(`${JSON.stringify(role)} is no role`, EXIT.usage, OPERATOR_ROLES.join(', '));
    }),
  );
}

async function readPasswordHash(name: string, flags: PasswordFlags): Promise<string> {
  const { min, max } = PASSWORD;
  const password = await readPassword(
    flags,
    `Password of the operator ${name} (${min} to ${max} characters)`,
  );
  if (password.length >= min && password.length <= max) return hashPassword(password);
  throw new CliError(`a password of an operator has ${min} to ${max} characters`, EXIT.usage);
}

/** Throws exit code 3 when there was nothing to change. */
async function change(
  flags: SystemFlags,
  name: string,
  work: (sql: Sql) => Promise<boolean>,
  fault = 'is no account of an operator',
): Promise<void> {
  if (await withOperators(flags, work)) return;
  throw new CliError(`${name} ${fault}`, EXIT.notFound, 'ecs operators ls');
}
