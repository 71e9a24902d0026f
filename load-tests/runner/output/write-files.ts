import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigError } from '../protocol/endings.ts';

/** Throws a ConfigError for a file that cannot be written: at the end of a test it would be too late. */
export function requireWritable(flag: string, file: string | undefined): void {
  if (file === undefined || file === '' || file === '-') return;
  try {
    const isThere = existsSync(file);
    if (isThere && statSync(file).isDirectory()) throw new Error('it is a folder');
    accessSync(isThere ? file : dirname(resolve(file)), constants.W_OK);
  } catch (error) {
    throw cannotWrite(flag, file, error);
  }
}

export function writeText(flag: string, file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw cannotWrite(flag, file, error);
  }
}

export const cannotWrite = (flag: string, file: string, error: unknown) =>
  new ConfigError(`${flag}: could not write ${file}: ${(error as Error).message}`);
