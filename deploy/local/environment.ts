import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readNatsUrl, withNatsFiles } from '../../platform/addresses/nats.ts';
import { readPostgresUrl } from '../../platform/addresses/postgres.ts';
import { requireProtection, type Transport, TRANSPORTS } from '../../platform/addresses/protection.ts';
import { checkRedisAddress } from '../../platform/addresses/redis.ts';
import { SetupError } from './setup-error.ts';

/** The only place where local systems and the command line read the environment. */
export function environment(): Record<string, string | undefined> {
  return process.env;
}

/**
 * A variable, the function that returns its value or throws for a wrong one, and the kind of address that
 * TLS_REQUIRED is about.
 */
type Variable<Value> = readonly [name: string, read: (text: string) => Value, transport?: Transport];

export const ENGINE_ADDRESSES = {
  databaseUrl: ['DATABASE_URL', checkedBy(readPostgresUrl), TRANSPORTS.postgres],
  natsUrl: ['NATS_URL', readNatsAddress, TRANSPORTS.nats],
  redisUrl: ['REDIS_URL', checkedBy(checkRedisAddress), TRANSPORTS.redis],
} as const satisfies Record<string, Variable<string>>;

/**
 * Returns the addresses and secrets that the user sets; `ecs up` makes the others. Throws a SetupError that
 * names all addresses that are wrong.
 */
export function readEngineEnvironment() {
  return { ...readAddresses(ENGINE_ADDRESSES), ...readSecrets() };
}

export function readSecrets() {
  return {
    secretKey: secretOf('SECRET_KEY'),
    internalKey: secretOf('INTERNAL_SERVICE_API_KEY'),
    erasureKey: secretOf('ERASURE_KEY'),
  };
}

/**
 * Returns the values of variables that hold addresses. Throws a SetupError that names all addresses that are
 * wrong, or that ask for a feature that is not supported.
 */
export function readAddresses<Values extends Record<string, unknown>>(
  variables: {
    [Name in keyof Values]: Variable<Values[Name]>;
  },
): Partial<Values> {
  const problems: string[] = [];
  const values: Partial<Values> = {};
  for (const name in variables) {
    const [variable, read, transport] = variables[name];
    const text = secretOf(variable);
    const readProtected = (value: string) => {
      const address = read(value);
      if (transport) requireProtection(transport, value, process.env);
      return address;
    };
    try {
      if (text) values[name] = readAddress(variable, text, readProtected);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (problems.length > 0) throw new SetupError(problems.join('\n'), { kind: 'usage' });
  return values;
}

/** Throws a SetupError for a wrong address. Never shows it: it may hold a password. */
export function readAddress<Value>(name: string, text: string, read: (text: string) => Value): Value {
  try {
    return read(text);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new SetupError(`${name} ${problem}`, { kind: 'usage' });
  }
}

/** Returns a function that returns the address as it is, after the check. */
export function checkedBy(check: (text: string) => unknown): (text: string) => string {
  return (text) => {
    check(text);
    return text;
  };
}

/** A secret from `NAME`, or from the file that `NAME_FILE` names. */
export function secretOf(name: string): string | undefined {
  const value = process.env[name];
  if (value) return value;
  const file = process.env[`${name}_FILE`];
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    throw new SetupError(`${name}_FILE: cannot read ${file}`, { kind: 'usage' });
  }
}

/** The folder of programs that are downloaded for this user, and can be downloaded again. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME } = process.env;
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'ecs');
}

function readNatsAddress(text: string): string {
  const url = withNatsFiles(text, process.env);
  readNatsUrl(url);
  return url;
}
