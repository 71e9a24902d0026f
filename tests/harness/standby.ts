import { join } from 'node:path';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { identityOf } from '../../deploy/local/processes/child.ts';
import { ensurePrograms } from '../../deploy/local/engines/install.ts';
import { startPostgres, unprivilegedUser } from '../../deploy/local/engines/postgres.ts';
import { startEngine, temporaryFolder } from './engines.ts';

/**
 * Starts a PostgreSQL server and a standby that follows it; returns their URLs. Stop the standby by its
 * child.
 */
export async function startReplicatedPostgres() {
  const primary = await startEngine('postgresql');
  const dataDir = temporaryFolder();
  const owner = unprivilegedUser();
  const { postgres: program = '', pgBasebackup = '' } = ensurePrograms(['postgres', 'pgBasebackup']);
  const command = [
    pgBasebackup,
    `--pgdata=${join(dataDir, 'postgresql')}`,
    `--dbname=${primary.url}`,
    '--write-recovery-conf',
    '--wal-method=stream',
    '--checkpoint=fast',
  ];
  if (owner) Bun.spawnSync(['chown', String(owner.uid), dataDir]);
  const { exitCode, stderr } = Bun.spawnSync(command, { cwd: '/', ...identityOf(owner) });
  if (exitCode !== 0) throw new Error(`pg_basebackup failed: ${stderr.toString()}`);
  const password = decodeURIComponent(new URL(primary.url).password);
  const settings = { program, initdb: '', port: await freePort(), dataDir, password };
  const standby = await startPostgres({ ...settings, logFile: join(dataDir, 'standby.log') });
  return { primaryUrl: primary.url, standby };
}
