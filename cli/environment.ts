import { CliError, EXIT } from './output.ts';

/** The only place where the command line reads the environment. */
export function environment(): Record<string, string | undefined> {
  return process.env;
}

/** Addresses and secrets the user gives; what is not given `ecs up` makes. */
export function givenEnvironment() {
  const { DATABASE_URL, NATS_URL, REDIS_URL, SECRET_KEY, INTERNAL_SERVICE_API_KEY, ECS_URL } = process.env;
  return {
    databaseUrl: addressOf('DATABASE_URL', DATABASE_URL, 'postgres://user:password@host:5432/database'),
    natsUrl: addressOf('NATS_URL', NATS_URL, 'nats://host:4222'),
    redisUrl: addressOf('REDIS_URL', REDIS_URL, 'redis://host:6379'),
    secretKey: SECRET_KEY || undefined,
    internalKey: INTERNAL_SERVICE_API_KEY || undefined,
    url: addressOf('ECS_URL', ECS_URL, 'http://host:9999'),
  };
}

/**
 * An address that is none is said before anything is started with it. Never shows it: it may hold a password.
 */
function addressOf(name: string, text: string | undefined, example: string): string | undefined {
  if (!text) return undefined;
  const protocol = example.slice(0, example.indexOf(':'));
  const isUrl = text.split(',').every((one) => URL.canParse(one) && new URL(one).hostname !== '');
  if (isUrl) return text;
  throw new CliError(
    `${name} is not a URL that starts with ${protocol}://`,
    EXIT.usage,
    `${name}=${example}`,
  );
}
