import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Sql } from 'postgres';
import { type Notify, printNotice } from '../notice.ts';
import { SetupError } from '../setup-error.ts';
import { endLeftBackends } from './left-backends.ts';
import { initializeCluster, isSynced, syncCluster } from './postgres-cluster.ts';
import { type Child, type EngineOptions, type Owner, startChild, untilReady } from '../processes/child.ts';

/** A private PostgreSQL server. Durability is a promise: fsync and synchronous_commit stay on. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '500',
  shared_buffers: '128MB',
  wal_compression: 'on',
  max_wal_size: '2GB',
  log_min_messages: 'warning',
};

const USER = 'ecsuser';
const DATABASE = 'ecsdb';
const READY_MS = 30_000;
const NO_DATABASE = '3D000';
const DATABASE_OF_URL = new RegExp(`/${DATABASE}$`);

interface PostgresOptions extends EngineOptions {
  initdb: string;
  password: string;
  notify?: Notify;
  /** Called when it takes connections. Of a new one, the files are not yet on the disk for sure. */
  onAccepting?: (() => void) | undefined;
}

export async function startPostgres(options: PostgresOptions): Promise<Child & { url: string }> {
  const owner = unprivilegedUser();
  const folder = dataFolder(options.dataDir, owner, options.notify);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  endLeftBackends(realpathSync(folder));
  const cluster = { ...options, folder: realpathSync(folder), user: USER, owner };
  const isNew = !isSynced(cluster.folder);
  if (isNew) await initializeCluster(cluster);
  const settings = Object.entries({ ...SETTINGS, port: String(options.port) });
  const child = startChild({
    name: 'postgresql',
    dataDir: options.dataDir,
    signal: options.signal,
    // Immediate shutdown, as safe as a crash: after a SIGKILL its backends would finish their statements.
    killSignal: 'SIGQUIT',
    onSpawn: options.onSpawn,
    command: [
      options.program,
      '-D',
      realpathSync(folder),
      ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    logFile: options.logFile,
    cwd: '/',
    owner,
  });
  const url = postgresUrlOf(options);
  try {
    await untilReady(child, () => acceptsConnections(folder, child.pid, { url, isNew }), {
      deadlineMs: READY_MS,
      logFile: options.logFile,
    });
    options.onAccepting?.();
    if (isNew) await syncCluster(cluster);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return { ...child, url };
}

export function postgresUrlOf({ port, password }: { port: number; password: string }): string {
  return `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`;
}

/** PostgreSQL refuses to run as root; otherwise it runs as the current user. */
export function unprivilegedUser(): Owner | null {
  if (process.getuid?.() !== 0) return null;
  const entries = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const entry = entries.find((fields) => fields[0] === name);
    if (entry) return { name, uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new SetupError('PostgreSQL refuses to run as root, and there is no other user to run it as', {
    hint: 'run as another user',
  });
}

/**
 * `<data>/postgresql`; where its owner cannot reach that (a checkout below /root), a folder elsewhere with a
 * link to it.
 */
function dataFolder(dataDir: string, owner: Owner | null, notify: Notify = printNotice): string {
  const folder = join(dataDir, 'postgresql');
  if (!owner) return folder;
  if (existsSync(folder) || reaches(owner, dataDir)) return folder;
  // A new name each time: a folder left there by a removed data folder has another password.
  const elsewhere = join('/var/lib/ecs', crypto.randomUUID(), 'postgresql');
  mkdirSync(elsewhere, { recursive: true });
  // A dangling link points at a folder that was removed by hand.
  rmSync(folder, { force: true });
  symlinkSync(elsewhere, folder);
  notify(`the user ${owner.name} cannot reach ${dataDir}: PostgreSQL's data is in ${elsewhere}`);
  return folder;
}

function reaches(owner: Owner, folder: string): boolean {
  return Bun.spawnSync(['test', '-x', folder], { uid: owner.uid, gid: owner.gid }).exitCode === 0;
}

/**
 * Ready when the server with our child in its pid file accepts a connection; makes the database on the way.
 */
async function acceptsConnections(
  folder: string,
  pid: number,
  { url, isNew }: { url: string; isNew: boolean },
): Promise<boolean> {
  const [owner] = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n');
  if (Number(owner) !== pid) return false;
  const exists = await withConnection(url, async (sql) => {
    await sql`select`;
    return true;
  }).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === NO_DATABASE) return false;
    throw error;
  });
  if (!exists)
    await withConnection(url.replace(DATABASE_OF_URL, '/template1'), (sql) => makeDatabase(sql, isNew));
  return true;
}

/** A database of a new cluster need not be copied: initdb has made one, which nobody needs by its name. */
async function makeDatabase(sql: Sql, isNew: boolean): Promise<void> {
  await sql.unsafe(isNew ? `alter database postgres rename to ${DATABASE}` : `create database ${DATABASE}`);
}

async function withConnection<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  // Not before initdb: it takes longer to load than all that a start needs first.
  const { connectPostgres } = await import('../../../platform/data/connect-postgres.ts');
  const sql = connectPostgres(url, { max: 1, name: 'ecs up', connectSeconds: 1 });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
