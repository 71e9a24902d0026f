import { createReadStream, readFileSync } from 'node:fs';
import { CliError, EXIT } from './cli-error.ts';

/** More than any password, key or policy has; a file without an end (`/dev/urandom`, `yes |`) has no more. */
const BYTES_MAX = 1024 * 1024;

/**
 * Returns the text of a small file that the user names, or of standard input for `-`. Throws a CliError for a
 * large one, and for one that cannot be read.
 */
export async function readSmall(file: string): Promise<string> {
  try {
    return await readBounded(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Returns the text of a file of any size that the user names. Throws as `readSmall` does. */
export function readWhole(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function readBounded(file: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const chunks: AsyncIterable<Uint8Array> = file === '-' ? Bun.stdin.stream() : createReadStream(file);
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > BYTES_MAX) throw new CliError(`${nameOf(file)} is longer than 1 MiB`, EXIT.usage);
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}

function unreadable(file: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return new CliError(`there is no file ${file}`, EXIT.notFound);
  return code === 'EISDIR' ? new CliError(`${file} is a folder`, EXIT.usage) : error;
}

export const nameOf = (file: string): string => (file === '-' ? 'standard input' : file);
