import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { syncPath } from '../processes/sync-path.ts';
import { SetupError } from '../setup-error.ts';

export interface Secrets {
  secretKey: string;
  internalKey: string;
  erasureKey: string;
  passwords: Record<'postgres' | 'nats' | 'redis', string>;
}

const secretsFolder = (dataDir: string) => join(dataDir, 'secrets');
export const internalKeyFile = (dataDir: string) => join(secretsFolder(dataDir), 'internal-key');
export const erasureKeyFile = (dataDir: string) => join(secretsFolder(dataDir), 'erasure-key');

/**
 * The system's secrets, made once and kept for the owner's eyes only; those that are given are used and not
 * kept.
 */
export function loadSecrets(
  dataDir: string,
  given: Partial<Record<'secretKey' | 'internalKey' | 'erasureKey', string | undefined>>,
): Secrets {
  const folder = secretsFolder(dataDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const keep = (name: string): string => {
    const file = join(folder, name);
    if (!existsSync(file)) writeSecret(folder, name, randomBytes(32).toString('base64url'));
    const secret = readFileSync(file, 'utf8').trim();
    if (secret) return secret;
    throw new SetupError(`${file} is empty`, {
      hint: 'put it back from a copy; of a system without data, remove it',
    });
  };
  return {
    secretKey: given.secretKey ?? keep('secret-key'),
    internalKey: given.internalKey ?? keep('internal-key'),
    erasureKey: given.erasureKey ?? keep('erasure-key'),
    passwords: {
      postgres: keep('postgres-password'),
      nats: keep('nats-password'),
      redis: keep('redis-password'),
    },
  };
}

/** The files of a system that have a secret: its own, and those that were written with one. */
export function filesWithSecrets(dataDir: string): string[] {
  const folder = secretsFolder(dataDir);
  const secrets = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const written = ['state.json', 'nats/nats.conf', 'redis/redis.conf'].map((name) => join(dataDir, name));
  return [...secrets, ...written];
}

/** Whole and on the disk, or not at all: a database that was made with a lost password opens for nobody. */
function writeSecret(folder: string, name: string, secret: string): void {
  const draft = join(folder, `${name}.${process.pid}.tmp`);
  writeFileSync(draft, `${secret}\n`, { mode: 0o600 });
  syncPath(draft);
  renameSync(draft, join(folder, name));
  syncPath(folder);
}
