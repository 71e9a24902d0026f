import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

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
    if (existsSync(file)) return readFileSync(file, 'utf8').trim();
    const secret = randomBytes(32).toString('base64url');
    writeFileSync(file, `${secret}\n`, { mode: 0o600 });
    return secret;
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
