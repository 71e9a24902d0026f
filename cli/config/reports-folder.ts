import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dataDirOf } from './context.ts';

/**
 * The folder that keeps reports of load runs and drills: the one that is named, else `reports` of the data
 * folder, where there is one. `ecs up` shows its operators the latter.
 */
export function reportsFolder(flags: { reports?: unknown; dataDir?: string }): string | undefined {
  if (typeof flags.reports === 'string') {
    const folder = resolve(flags.reports);
    // Checked before a run of minutes, so that the run does not fail at its end.
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return folder;
  }
  const dataDir = dataDirOf(flags);
  return existsSync(dataDir) ? join(dataDir, 'reports') : undefined;
}
