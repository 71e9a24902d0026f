import { chmodSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes the data folder of a private system. */
export function makeDataDir(prefix = 'ecs-demo-'): string {
  const dataDir = mkdtempSync(join(tmpdir(), prefix));
  // PostgreSQL may run as another user, with a need to pass through.
  chmodSync(dataDir, 0o711);
  return dataDir;
}

/** Removes the data; after a failure all but the logs. */
export function removeDataDir(dataDir: string, keepLogs: boolean): void {
  for (const name of readdirSync(dataDir)) {
    if (keepLogs && name === 'logs') continue;
    // PostgreSQL's data may be a link to where its user can reach it.
    for (const path of [realpathSync(join(dataDir, name)), join(dataDir, name)]) {
      rmSync(path, { recursive: true, force: true });
    }
  }
  if (readdirSync(dataDir).length === 0) rmSync(dataDir, { recursive: true });
}
