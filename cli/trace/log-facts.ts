import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '../../platform/trace/timeline.ts';

/** So many of the newest bytes of each log are searched. */
const BYTES_MAX = 32 * 1024 * 1024;
const ENTRIES_MAX = 200;

/** Returns lines of a local system's logs that have one of the words: problems, errors. */
export function findLogLines(dataDir: string, words: string[]): Entry[] {
  const folder = join(dataDir, 'logs');
  const names = listNames(folder).filter((name) => name.endsWith('.log'));
  return names.flatMap((name) => linesOf(join(folder, name), words)).slice(-ENTRIES_MAX);
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linesOf(path: string, words: string[]): Entry[] {
  return readEnd(path)
    .split('\n')
    .filter((line) => line.startsWith('{') && words.some((word) => line.includes(word)))
    .flatMap(toEntry);
}

function readEnd(path: string): string {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, BYTES_MAX));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString();
  } finally {
    closeSync(file);
  }
}

function toEntry(line: string): Entry[] {
  try {
    const { time, level, msg, part, name, error, ...details } = JSON.parse(line) as Record<string, unknown>;
    if (typeof time !== 'string') return [];
    const why = typeof error === 'string' ? `: ${error}` : '';
    const what = `${String(part ?? name)} ${String(level)}: ${String(msg)}${why}`;
    return [{ at: time, where: 'log', what, details: { level, part, ...details } }];
  } catch {
    return [];
  }
}
