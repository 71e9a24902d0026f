import { readFileSync } from 'node:fs';
import { writePrivate } from './profiles.ts';

/** Reads the logins of a file, the last one first; none of a file that is absent or damaged. */
export function readLogins<Login>(file: string): Login[] {
  try {
    const { logins } = JSON.parse(readFileSync(file, 'utf8')) as { logins?: Login[] };
    return Array.isArray(logins) ? logins : [];
  } catch {
    return [];
  }
}

/** Keeps logins for the owner's eyes only. */
export function writeLogins(file: string, logins: object[]): void {
  writePrivate(file, `${JSON.stringify({ logins }, null, 2)}\n`);
}
