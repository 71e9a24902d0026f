import { createReadStream } from 'node:fs';
import { CliError, EXIT } from './cli-error.ts';

/** More than any password, key or policy has; a file without an end (`/dev/urandom`, `yes |`) has no more. */
const BYTES_MAX = 1024 * 1024;

/** Returns the text of a small file, or of standard input for `-`. Throws a usage error for a large one. */
export async function readSmall(file: string): Promise<string> {
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

export const nameOf = (file: string): string => (file === '-' ? 'standard input' : file);
