import { homedir } from 'node:os';
import { join } from 'node:path';
import { variableText } from '../../platform/addresses/variable-text.ts';
import { SetupError } from './setup-error.ts';

/** The only place where local systems and the command line read the environment. */
export function environment(): Record<string, string | undefined> {
  return process.env;
}

export function readSecrets() {
  return {
    secretKey: secretOf('SECRET_KEY'),
    internalKey: secretOf('INTERNAL_SERVICE_API_KEY'),
    erasureKey: secretOf('ERASURE_KEY'),
  };
}

/** A secret from `NAME`, or from the file that `NAME_FILE` names. */
export function secretOf(name: string): string | undefined {
  try {
    return variableText(process.env, name) || undefined;
  } catch (error) {
    throw new SetupError(`${name} ${error instanceof Error ? error.message : ''}`, { kind: 'usage' });
  }
}

/** The folder of programs that are downloaded for this user, and can be downloaded again. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME } = process.env;
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'ecs');
}
