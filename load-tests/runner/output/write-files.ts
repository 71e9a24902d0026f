import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigError } from '../protocol/endings.ts';

/** Throws a ConfigError for a file that cannot be written: at the end of a test it would be too late. */
export function requireWritable(flag: string, file: string | undefined): void {
  if (file === undefined || file === '' || file === '-') return;
  try {
    const isThere = existsSync(file);
    const folder = dirname(resolve(file));
    if (isThere ? statSync(file).isDirectory() : file.endsWith('/')) {
      throw new Error(`it is a folder: name a file, as ${join(file, 'out')}`);
    }
    if (!existsSync(folder) || !statSync(folder).isDirectory()) {
      throw new Error(`there is no folder ${folder}: make it, or name another file`);
    }
    accessSync(isThere ? file : folder, constants.W_OK);
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
