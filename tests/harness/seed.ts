import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { prepareEngines } from '../../deploy/local/engines/engine.ts';
import { loadSecrets } from '../../deploy/local/stack/secrets.ts';
import { migrate } from '../../platform/data/migrate.ts';
import { temporaryFolder } from './engines.ts';

/** Names the variable in which a run hands the folder of its seed to its test processes. */
export const SEED = 'ECS_TEST_SEED';

const CLUSTER = 'postgresql';
const PASSWORD = join('secrets', 'postgres-password');
const STOP_MS = 20_000;

/** Makes a data folder with a migrated database that no service has used, and returns it. */
export async function makeSeed(): Promise<string> {
  const dataDir = temporaryFolder();
  const { passwords } = loadSecrets(dataDir, {});
  const [engine] = await prepareEngines({
    dataDir,
    passwords,
    given: { natsUrl: 'not needed', redisUrl: 'not needed' },
  });
  if (!engine) throw new Error('no PostgreSQL');
  const server = await engine.start();
  try {
    await migrate(server.url);
  } finally {
    await server.stop(engine.stopSignal, STOP_MS);
  }
  return dataDir;
}

/**
 * Puts the database of the seed, and its password, into a new data folder, for a third of the processor that initdb
 * and the migrations take. Does nothing for a file that runs alone: the system makes its database then. The
 * files are not on the disk for sure.
 */
export function plantSeed(dataDir: string): void {
  const seed = process.env[SEED];
  if (!seed) return;
  // Keeps the owner, PostgreSQL's own user.
  const { exitCode, stderr } = Bun.spawnSync(['cp', '-a', join(seed, CLUSTER), join(dataDir, CLUSTER)]);
  if (exitCode !== 0) throw new Error(stderr.toString());
  mkdirSync(join(dataDir, 'secrets'), { mode: 0o700 });
  copyFileSync(join(seed, PASSWORD), join(dataDir, PASSWORD));
}
