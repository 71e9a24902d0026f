import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** More of a file than any reader wants to see. */
const BYTES_MAX = 64 * 1024 * 1024;

/** Reads the lines of a log file that are new since the last call; a part of a line waits for its end. */
export interface LogTail {
  name: string;
  read(): string[];
}

/** Lists the log files of a folder, by the names of their processes. */
export function logNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .flatMap((name) => (name.endsWith('.log') ? [name.slice(0, -4)] : []))
      .toSorted();
  } catch {
    return [];
  }
}

/** A file that was rotated (another is there by its name) or cut short is read from its beginning. */
export function openLogTail(folder: string, name: string): LogTail {
  const path = join(folder, `${name}.log`);
  let inode = 0;
  let offset = 0;
  let rest = Buffer.alloc(0);

  const read = (): string[] => {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch {
      // Between two files.
      return [];
    }
    try {
      const { ino, size } = fstatSync(file);
      if (ino !== inode || size < offset) {
        offset = inode === 0 ? Math.max(0, size - BYTES_MAX) : 0;
        rest = Buffer.alloc(0);
        inode = ino;
      }
      const chunk = Buffer.alloc(Math.min(size - offset, BYTES_MAX));
      const length = readSync(file, chunk, 0, chunk.length, offset);
      offset += length;
      const text = Buffer.concat([rest, chunk.subarray(0, length)]);
      const end = text.lastIndexOf(10) + 1;
      rest = text.subarray(end);
      return end === 0
        ? []
        : text
            .subarray(0, end - 1)
            .toString()
            .split('\n');
    } finally {
      closeSync(file);
    }
  };
  return { name, read };
}
