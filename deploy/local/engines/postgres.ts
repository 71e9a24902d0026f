import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectPostgres } from '../../../platform/data/connect-postgres.ts';
import { type Notify, printNotice } from '../notice.ts';
import { SetupError } from '../setup-error.ts';
import { endLeftBackends } from './left-backends.ts';
import {
  type Child,
  type EngineOptions,
  identityOf,
  type Owner,
  startChild,
  untilReady,
} from '../processes/child.ts';

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

export async function startPostgres(
  options: EngineOptions & { initdb: string; password: string; notify?: Notify },
): Promise<Child & { url: string }> {
  const owner = unprivilegedUser();
  const folder = dataFolder(options.dataDir, owner, options.notify);
  if (!existsSync(join(folder, 'PG_VERSION'))) initialize(folder, owner, options);
  endLeftBackends(realpathSync(folder));
  const settings = Object.entries({ ...SETTINGS, port: String(options.port) });
  const child = startChild({
    name: 'postgresql',
    signal: options.signal,
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
  const url = `postgres://${USER}:${options.password}@127.0.0.1:${options.port}`;
  try {
    await untilReady(child, () => acceptsConnections(folder, child.pid, `${url}/postgres`), {
      deadlineMs: READY_MS,
      logFile: options.logFile,
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return { ...child, url: `${url}/${DATABASE}` };
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

function initialize(
  folder: string,
  owner: Owner | null,
  options: { initdb: string; password: string },
): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const real = realpathSync(folder);
  chmodSync(real, 0o700);
  // The server's user must be able to read it, others must not; it is gone after this.
  const passwordFile = join(tmpdir(), `ecs-initdb-${crypto.randomUUID()}`);
  writeFileSync(passwordFile, options.password, { mode: 0o600 });
  try {
    if (owner) {
      chownSync(real, owner.uid, owner.gid);
      chownSync(passwordFile, owner.uid, owner.gid);
    }
    const command = [
      options.initdb,
      `--pgdata=${real}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--auth=scram-sha-256',
      '--no-instructions',
    ];
    const { exitCode, stderr } = Bun.spawnSync(command, { cwd: '/', ...identityOf(owner) });
    if (exitCode !== 0) throw new SetupError(`${options.initdb} failed: ${stderr.toString().trim()}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * Ready when the server with our child in its pid file accepts a connection; makes the database on the way.
 */
async function acceptsConnections(folder: string, pid: number, url: string): Promise<boolean> {
  const [owner] = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n');
  if (Number(owner) !== pid) return false;
  const sql = connectPostgres(url, { max: 1, name: 'ecs up', connectSeconds: 1 });
  try {
    const [row] = await sql`select from pg_database where datname = ${DATABASE}`;
    if (!row) await sql.unsafe(`create database ${DATABASE}`);
    return true;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
