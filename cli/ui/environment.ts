import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readHttpUrl } from '../../platform/addresses/http.ts';
import { readNatsUrl, withNatsFiles } from '../../platform/addresses/nats.ts';
import { readPostgresUrl } from '../../platform/addresses/postgres.ts';
import { readRedisUrl } from '../../platform/addresses/redis.ts';
import { CliError, EXIT } from './cli-error.ts';

/** The only place where the command line reads the environment. */
export function environment(): Record<string, string | undefined> {
  return process.env;
}

/**
 * Addresses and secrets that the user gives; `ecs up` makes the others. Throws a CliError that names all
 * addresses that are wrong, or that ask for something that is not supported.
 */
export function givenEnvironment() {
  const problems: string[] = [];
  const addressOf = (name: string, check: (text: string) => unknown): string | undefined => {
    const text = secretOf(name);
    try {
      if (text) readAddress(name, text, check);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
    return text;
  };
  const addresses = {
    databaseUrl: addressOf('DATABASE_URL', readPostgresUrl),
    natsUrl: addressOf('NATS_URL', (text) => readNatsUrl(withNatsFiles(text, process.env))),
    redisUrl: addressOf('REDIS_URL', readRedisUrl),
    secretKey: secretOf('SECRET_KEY'),
    internalKey: secretOf('INTERNAL_SERVICE_API_KEY'),
    token: secretOf('ECS_TOKEN'),
    url: addressOf('ECS_URL', readHttpUrl),
    opsUrls: addressOf('ECS_OPS_URLS', (text) => listOf(text).map(readHttpUrl)),
    modelUrl: addressOf('ECS_MODEL_URL', readHttpUrl),
    profile: process.env.ECS_PROFILE || undefined,
  };
  if (problems.length > 0) throw new CliError(problems.join('\n'), EXIT.usage);
  return {
    ...addresses,
    natsUrl: addresses.natsUrl === undefined ? undefined : withNatsFiles(addresses.natsUrl, process.env),
    opsUrls: addresses.opsUrls === undefined ? undefined : listOf(addresses.opsUrls),
  };
}

/** Where profiles and the logins to remote systems are kept. */
export function configFolder(): string {
  const { ECS_CONFIG_DIR, XDG_CONFIG_HOME } = process.env;
  return ECS_CONFIG_DIR || join(XDG_CONFIG_HOME || join(homedir(), '.config'), 'ecs');
}

/** Programs that are brought for this user, and can be brought again. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME } = process.env;
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'ecs');
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
    throw new CliError(`${name}_FILE: cannot read ${file}`, EXIT.usage);
  }
}

function listOf(text: string): string[] {
  return text.split(',').map((url) => url.trim().replace(/\/+$/, ''));
}

/** Throws a CliError for an address that is none. Never shows it: it may hold a password. */
export function readAddress(name: string, text: string, check: (text: string) => unknown): string {
  try {
    check(text);
    return text;
  } catch (error) {
    throw new CliError(`${name} ${error instanceof Error ? error.message : String(error)}`, EXIT.usage);
  }
}
