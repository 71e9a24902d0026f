import { join } from 'node:path';
import type { Command } from 'commander';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { readUserEnvironment } from '../ui/environment.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { type Context, resolveContext } from './context.ts';
import { readLogins, writeLogins } from './login-file.ts';
import { LOCAL } from './profiles.ts';
import type { SystemFlags } from './session.ts';

/** A login of an operator that is kept. `system` is as in credentials.ts. */
interface OperatorCredential {
  system: string;
  name: string;
  token: string;
  expiresAt: string;
}

export interface OperatorFlags extends SystemFlags {
  operator?: string;
}

export function operatorOption(command: Command): Command {
  return command.option(
    '--operator <name>',
    'the operator to act as (or ECS_OPERATOR; default: the last login)',
  );
}

export interface OperatorSession {
  api: EcsOperatorClient;
  context: Context;
}

/** The known private ports of the services; none for a named operator: that one means the API. */
export function opsUrlsOf({ opsUrls }: Context, { operator }: OperatorFlags): Context['opsUrls'] {
  return operator === undefined ? opsUrls : [];
}

/** The API as the operator of the token in ECS_OPERATOR_TOKEN, else of the kept login. */
export function openOperator(flags: OperatorFlags): OperatorSession {
  const context = resolveContext(flags);
  const { operatorToken, operator } = readUserEnvironment();
  const environmentToken = flags.operator === undefined ? operatorToken : undefined;
  const token = environmentToken ?? pickLogin(context, flags.operator ?? operator).token;
  return { api: new EcsOperatorClient({ baseUrl: context.url, token }), context };
}

/** The same, or null where no operator is meant: none is named, and none ever logged in at this system. */
export function findOperator(flags: OperatorFlags): OperatorSession | null {
  const { operatorToken, operator } = readUserEnvironment();
  const isNamed = [operatorToken, operator, flags.operator].some((name) => name !== undefined);
  return isNamed || hasLogin(flags) ? openOperator(flags) : null;
}

/** A database alone is no system. */
function hasLogin(flags: OperatorFlags): boolean {
  try {
    const context = resolveContext(flags);
    return loadLogins(context).some(({ system }) => system === systemOf(context));
  } catch (error) {
    if (error instanceof CliError) return false;
    throw error;
  }
}

/** Keeps a login as the default one, for the owner's eyes only. */
export function saveOperatorLogin(context: Context, login: Omit<OperatorCredential, 'system'>): void {
  const system = systemOf(context);
  const otherLogins = loadLogins(context).filter(
    (saved) => saved.system !== system || keyOf(saved.name) !== keyOf(login.name),
  );
  writeLogins(fileOf(context), [{ system, ...login }, ...otherLogins]);
}

/** Forgets the logins of a system, or the one of a name; returns the names. */
export function forgetOperatorLogins(context: Context, name?: string): string[] {
  const logins = loadLogins(context);
  const isMeant = (login: OperatorCredential) =>
    login.system === systemOf(context) && (name === undefined || keyOf(login.name) === keyOf(name));
  const forgotten = logins.filter(isMeant);
  if (forgotten.length === 0) return [];
  const remaining = logins.filter((login) => !isMeant(login));
  writeLogins(fileOf(context), remaining);
  return forgotten.map((login) => login.name);
}

/** A token is only ever sent to the system that gave it. Throws a CliError that says how to log in. */
function pickLogin(context: Context, name: string | undefined, now = Date.now()): OperatorCredential {
  const here = loadLogins(context).filter(({ system }) => system === systemOf(context));
  const login = name === undefined ? here[0] : here.find((saved) => keyOf(saved.name) === keyOf(name));
  const isExpired = login !== undefined && Date.parse(login.expiresAt) <= now;
  if (login && !isExpired) return login;
  const who = login?.name ?? name;
  let message = who === undefined ? 'no operator is logged in' : `the operator ${who} is not logged in`;
  if (isExpired) message = `the login of the operator ${who} has expired`;
  throw new CliError(message, EXIT.notAllowed, `ecs operators login ${who ?? 'NAME'}`);
}

const loadLogins = ({ home }: Context) => loadOperatorLogins(home);

/** The last login first. */
export function loadOperatorLogins(home: string): OperatorCredential[] {
  return readLogins<OperatorCredential>(join(home, 'operators.json'));
}

const fileOf = ({ home }: Context) => join(home, 'operators.json');
const systemOf = ({ isLocal, url }: Context) => (isLocal ? LOCAL : url);
const keyOf = (name: string) => (name.includes('@') ? name : name.toLowerCase());
