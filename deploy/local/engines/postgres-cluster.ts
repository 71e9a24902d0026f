import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { identityOf, type Owner } from '../processes/child.ts';
import { withMark } from '../processes/child-mark.ts';
import { syncPath } from '../processes/sync-path.ts';
import { SetupError } from '../setup-error.ts';

/** The files of a PostgreSQL server, as initdb makes them. */
interface Cluster {
  /** Of the system that it belongs to. */
  dataDir: string;
  /** Without symbolic links in it. */
  folder: string;
  initdb: string;
  user: string;
  password: string;
  owner: Owner | null;
  signal?: AbortSignal | undefined;
}

/** In a folder whose first files may be lost with the power. */
const UNSYNCED = 'ecs-unsynced';
const DRAFT = /\.ecs-new$/;

/** Whether the folder has a cluster that was whole and on the disk once. */
export function isSynced(folder: string): boolean {
  return existsSync(join(folder, 'PG_VERSION')) && !existsSync(join(folder, UNSYNCED));
}

/**
 * Makes a cluster in the place of an empty folder, or of a cluster that was never synced. initdb works in a
 * folder beside it, so that one that is killed leaves nothing that looks like a cluster. The files are not on
 * the disk when it returns: nothing may be promised of them before `syncCluster`.
 */
export async function initializeCluster(cluster: Cluster): Promise<void> {
  const { folder } = cluster;
  const isUnsynced = existsSync(join(folder, UNSYNCED));
  if (!isUnsynced && readdirSync(folder).length > 0)
    throw new SetupError(`${folder} has files in it, but no PostgreSQL cluster`);
  removeDrafts(folder);
  // Another name each time: an initdb of a killed process may still write into its own.
  const draft = `${folder}.${crypto.randomUUID()}.ecs-new`;
  mkdirSync(draft, { mode: 0o700 });
  chmodSync(draft, 0o700);
  await runInitdb({ ...cluster, folder: draft });
  writeFileSync(join(draft, UNSYNCED), '');
  // The mark is on the disk before the name that makes it a cluster.
  syncPath(draft);
  if (isUnsynced) rmSync(folder, { recursive: true });
  renameSync(draft, folder);
}

/** Resolves when the files of a new cluster are on the disk, also where they are changed meanwhile. */
export async function syncCluster(cluster: Cluster): Promise<void> {
  const { folder, initdb } = cluster;
  await run([initdb, '--sync-only', `--pgdata=${folder}`], cluster);
  syncPath(dirname(folder));
  rmSync(join(folder, UNSYNCED));
  // Else the mark of a cluster with data in it might come back with the power.
  syncPath(folder);
  removeDrafts(folder);
}

function removeDrafts(folder: string): void {
  const parent = dirname(folder);
  const isDraft = (name: string) => name.startsWith(`${basename(folder)}.`) && DRAFT.test(name);
  for (const name of readdirSync(parent).filter(isDraft)) {
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch {
      // A left initdb still fills it: missing files make it fail, and it has ended when this one is synced.
    }
  }
}

async function runInitdb(cluster: Cluster): Promise<void> {
  const { folder, initdb, user, password, owner } = cluster;
  // The server's user must be able to read it, others must not; it is gone after this.
  const passwordFile = join(tmpdir(), `ecs-initdb-${crypto.randomUUID()}`);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  try {
    if (owner) {
      chownSync(folder, owner.uid, owner.gid);
      chownSync(passwordFile, owner.uid, owner.gid);
    }
    const command = [
      initdb,
      `--pgdata=${folder}`,
      `--username=${user}`,
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--auth=scram-sha-256',
      '--no-instructions',
      '--no-sync',
    ];
    await run(command, cluster);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Throws a SetupError with the program's own words. */
async function run(command: string[], { dataDir, owner, signal }: Cluster): Promise<void> {
  signal?.throwIfAborted();
  const child = withMark(dataDir, (mark) =>
    Bun.spawn(command, {
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe', mark],
      ...identityOf(owner),
      ...(signal ? { signal, killSignal: 'SIGKILL' } : {}),
      // Ctrl-C in the terminal is the supervisor's to act on.
      detached: true,
    }),
  );
  const [text, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  signal?.throwIfAborted();
  if (code !== 0) throw new SetupError(`${command[0]} failed: ${text.trim() || child.signalCode || code}`);
}
