import { readNatsUrl, withNatsFiles } from '../../platform/addresses/nats.ts';
import { readPostgresUrl } from '../../platform/addresses/postgres.ts';
import { requireProtection, type Transport, TRANSPORTS } from '../../platform/addresses/protection.ts';
import { checkRedisAddress } from '../../platform/addresses/redis.ts';
import { environment, readSecrets, secretOf } from './environment.ts';
import { SetupError } from './setup-error.ts';

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
    const readProtected = (value: string) => {
      const address = read(value);
      if (transport) requireProtection(transport, value, environment());
      return address;
    };
    try {
      const text = secretOf(variable);
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

/** Returns a reader that checks an address and returns it unchanged. */
export function checkedBy(check: (text: string) => unknown): (text: string) => string {
  return (text) => {
    check(text);
    return text;
  };
}

function readNatsAddress(text: string): string {
  const url = withNatsFiles(text, environment());
  readNatsUrl(url);
  return url;
}
