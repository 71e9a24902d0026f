import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CliError, EXIT } from './cli-error.ts';

/** The only place where the command line reads the environment. */
export function environment(): Record<string, string | undefined> {
  return process.env;
}

/** Addresses and secrets the user gives; what is not given `ecs up` makes. */
export function givenEnvironment() {
  return {
    databaseUrl: addressOf('DATABASE_URL', 'postgres://user:password@host:5432/database'),
    natsUrl: addressOf('NATS_URL', 'nats://host:4222'),
    redisUrl: addressOf('REDIS_URL', 'redis://host:6379'),
    secretKey: secretOf('SECRET_KEY'),
    internalKey: secretOf('INTERNAL_SERVICE_API_KEY'),
    token: secretOf('ECS_TOKEN'),
    url: addressOf('ECS_URL', 'http://host:9999'),
    opsUrls: addressesOf('ECS_OPS_URLS', 'http://host:9464'),
    modelUrl: addressOf('ECS_MODEL_URL', 'http://host:8004'),
    profile: process.env.ECS_PROFILE || undefined,
  };
}

/** Where profiles and the logins to remote systems are kept. */
export function configFolder(): string {
  const { ECS_CONFIG_DIR, XDG_CONFIG_HOME } = process.env;
  return ECS_CONFIG_DIR || join(XDG_CONFIG_HOME || join(homedir(), '.config'), 'ecs');
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

function addressOf(name: string, example: string): string | undefined {
  const text = secretOf(name);
  if (!text) return undefined;
  return readAddress(name, text, example);
}

function addressesOf(name: string, example: string): string[] | undefined {
  return addressOf(name, example)
    ?.split(',')
    .map((one) => one.trim().replace(/\/$/, ''));
}

/**
 * An address that is none is said before anything is started with it. Never shows it: it may hold a password.
 */
export function readAddress(name: string, text: string, example: string): string {
  const protocol = example.slice(0, example.indexOf(':'));
  const isUrl = text.split(',').every((one) => URL.canParse(one) && new URL(one).hostname !== '');
  if (isUrl) return text;
  throw new CliError(
    `${name} is not a URL that starts with ${protocol}://`,
    EXIT.usage,
    `${name}=${example}`,
  );
}
