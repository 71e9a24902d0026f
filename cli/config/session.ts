import type { Command } from 'commander';
import { commandLine, steps } from '../../deploy/local/command-line.ts';
import { again } from '../ui/command-line.ts';
import { EcsClient, type EcsClientOptions, type RetryEvent, userIdOfToken } from '../../sdk/index.ts';
import { talkColors } from '../ui/colors.ts';
import { loadCredentials, pickCredential } from './credentials.ts';
import { configFolder } from '../ui/config-folder.ts';
import { readUserEnvironment } from '../ui/environment.ts';
import { onEndingSignal } from '../../deploy/local/processes/signals.ts';
import { CliError, EXIT, talk } from '../ui/output.ts';
import { LOCAL } from './profiles.ts';
import { chooseRemote, dataDirOf, resolveContext, type Context } from './context.ts';

/** The flags of the whole program, see program.ts. */
export interface SystemFlags {
  dataDir?: string;
  url?: string;
  profile?: string;
  json?: boolean;
  quiet?: boolean;
}

export interface CustomerFlags extends SystemFlags {
  as?: string;
}

export function customerOptions(command: Command): Command {
  return command.option('--as <email>', 'the customer to act as (default: the last login)');
}

interface Session {
  ecs: EcsClient;
  context: Context;
  /** The name of the local system's logins. */
  system: string;
}

/** The API without credentials. */
export function openSession(flags: SystemFlags, options: Partial<EcsClientOptions> = {}): Session {
  const context = resolveContext(flags);
  return { ecs: clientOf(context, options), context, system: context.isLocal ? LOCAL : context.url };
}

/** Where logins are kept, and the name of the system in them: needs no system that runs. */
export function resolveHome(flags: SystemFlags): { home: string; system: string } {
  const remote = chooseRemote(flags);
  if (!remote) return { home: dataDirOf(flags), system: LOCAL };
  const home = flags.dataDir === undefined ? configFolder() : dataDirOf(flags);
  return { home, system: remote.profile.url.replace(/\/+$/, '') };
}

/** The API as the customer of the kept login, or of the token in ECS_TOKEN. */
export function openCustomer(
  flags: CustomerFlags,
  options: Partial<EcsClientOptions> = {},
): Session & { userId: string; email: string } {
  const session = openSession(flags);
  const { userId, email, token } =
    flags.as === undefined && readUserEnvironment().token !== undefined
      ? givenToken(readUserEnvironment().token ?? '')
      : pickCredential(session.context.home, { system: session.system, email: flags.as });
  return { ...session, ecs: clientOf(session.context, { ...options, token }), userId, email };
}

function givenToken(token: string): { userId: string; email: string; token: string } {
  const userId = userIdOfToken(token);
  if (userId) return { userId, email: userId, token };
  throw new CliError(
    'ECS_TOKEN is not an access token',
    EXIT.usage,
    `unset ECS_TOKEN; ${commandLine('login', 'EMAIL')}`,
  );
}

/** The API for one user's events: as that customer when logged in, else with the platform's own key. */
export function openFor(userId: string | undefined, flags: CustomerFlags): WriterSession {
  const ofOwner = (session: Session & { userId: string }) => ({ ...session, ownerId: session.userId });
  if (userId === undefined) return ofOwner(openCustomer(flags));
  const session = openSession(flags);
  const login = loadCredentials(session.context.home).find(
    (login) => login.system === session.system && login.userId.toLowerCase() === userId.toLowerCase(),
  );
  if (login) return ofOwner(openCustomer({ ...flags, as: login.email }));
  return {
    ...session,
    ownerId: null,
    ecs: clientOf(session.context, { internalKey: requireInternalKey(session.context) }),
    userId,
  };
}

/** Writes the events of a customer; with the internal key, without an owner, of anybody. */
export type WriterSession = Session & { userId: string; ownerId: string | null };

function requireInternalKey(context: Context): string {
  // Of a list that rotates it, any will do.
  const [first] = context.internalKey?.split(',') ?? [];
  if (first) return first;
  throw new CliError(
    'the internal key is needed to write for a customer who is not logged in',
    EXIT.notAllowed,
    steps(`INTERNAL_SERVICE_API_KEY_FILE=FILE ${again()}`, 'ecs login EMAIL'),
  );
}

/** Registers a customer with a random password, which is not kept, and logs in. */
export async function newCustomer(
  { ecs, context }: Pick<Session, 'ecs' | 'context'>,
  email: string,
  signal?: AbortSignal,
  jurisdiction?: string,
): Promise<{ userId: string; ecs: EcsClient; token: string; expiresAt: string }> {
  const password = `${crypto.randomUUID()}${crypto.randomUUID()}`;
  const { id: userId } = await ecs.auth.register(
    { email, password, ...(jurisdiction && { jurisdiction }) },
    { signal },
  );
  const { access_token: token, expires_in } = await ecs.auth.login({ email, password }, { signal });
  const expiresAt = new Date(Date.now() + expires_in * 1000).toISOString();
  return { userId, ecs: clientOf(context, { token }), token, expiresAt };
}

function clientOf(context: Context, options: Partial<EcsClientOptions>): EcsClient {
  return new EcsClient({
    baseUrl: context.url,
    onRetry: printRetry,
    ...options,
  });
}

/** The codes of retried errors that were printed already. */
const printedCodes = new Set<string>();

/** Prints each retry on a terminal; elsewhere one per code, since an import may have thousands. */
function printRetry({ error: { code }, delayMs }: RetryEvent): void {
  const isFirst = !printedCodes.has(code);
  printedCodes.add(code);
  if (!isFirst && !process.stderr.isTTY) return;
  const rest = process.stderr.isTTY ? '' : '; later ones are not shown';
  talk(talkColors.dim(`${code}: trying again in ${(delayMs / 1000).toFixed(1)} s${rest}`));
}

/** Aborted by the first Ctrl-C, so that a command can end its work; the second one ends the process. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const ignoreSignals = onEndingSignal(() => {
    ignoreSignals();
    controller.abort(new CliError('interrupted', EXIT.interrupted));
  });
  return controller.signal;
}

/** A number of a flag within bounds; throws a usage error that names the flag. */
export function readNumber(flag: string, text: string, bounds: { min: number; max: number }): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= bounds.min && value <= bounds.max) return value;
  throw new CliError(`${flag} must be a number from ${bounds.min} to ${bounds.max}, not ${text}`, EXIT.usage);
}

export function readInteger(flag: string, text: string, bounds: { min: number; max: number }): number {
  const value = readNumber(flag, text, bounds);
  if (Number.isInteger(value)) return value;
  throw new CliError(`${flag} must be a whole number, not ${text}`, EXIT.usage);
}
