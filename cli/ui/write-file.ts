import { accessSync, constants, writeSync } from 'node:fs';
import { CliError, EXIT } from './output.ts';

/** Writes all of a text to an open file, in as many parts as the system takes; returns its bytes. */
export function writeWhole(path: string, file: number, text: string): number {
  const bytes = Buffer.from(text);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
  } catch (error) {
    throw cannotWrite(path, error);
  }
  return bytes.length;
}

/** Returns the failure of a write, in one line. */
export function cannotWrite(path: string, error: unknown): CliError {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  const full = FULL[code];
  if (full !== undefined)
    return new CliError(`cannot write ${path}: ${full} (${code})`, EXIT.failed, 'make room');
  return new CliError(`cannot write ${path} (${code})`, EXIT.failed);
}

const FULL: Record<string, string> = {
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'the file is larger than files may be there',
};

export function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
