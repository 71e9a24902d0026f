import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundleProgram } from './bundle-program.ts';

const TOP = join(import.meta.dir, '..', '..', '..');
const sourceOf = (top: string) => join(top, 'apps', 'main.ts');
export const SOURCE = sourceOf(TOP);
/** Beside the packages that it contains; checkouts may share those. */
const CACHE = join(TOP, 'node_modules', '.cache', 'ecs', Bun.hash(TOP).toString(36));

/** Returns the file that starts the services: a bundle, made in half a second, or compiled in three. */
export function bundleServices({ cache = CACHE, top = TOP, isCompiled = false } = {}): Promise<string> {
  return bundleProgram({ source: sourceOf(top), top }, cache, isCompiled);
}

/** Returns the sources in the place of a bundle that is gone. */
export const existingEntry = (entry: string): string => (existsSync(entry) ? entry : SOURCE);
