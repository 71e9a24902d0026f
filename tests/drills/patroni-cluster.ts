import { chownSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { YAML } from 'bun';
import { ensurePrograms } from '../../deploy/local/engines/install.ts';
import { endLeftBackends, worksIn } from '../../deploy/local/engines/left-backends.ts';
import { unprivilegedUser } from '../../deploy/local/engines/postgres.ts';
import { type Child, startChild, untilReady } from '../../deploy/local/processes/child.ts';
import { freePort, isListening } from '../../deploy/local/processes/ports.ts';
import { connectPostgres } from '../../platform/data/connect-postgres.ts';
import { endOnSignal } from '../harness/end-on-signal.ts';
import { eventually } from '../harness/engines.ts';
import { descendantsOf } from './faults.ts';

/** Two PostgreSQL servers under Patroni, configured as in compose.cluster.yaml, without containers. */
export interface PatroniCluster {
  /** Names both servers, and asks for the primary. */
  url: string;
  /** Returns the name of the primary of a cluster that is whole. */
  primary(): Promise<string>;
  /** Kills a server and its Patroni, as the loss of a machine would. */
  kill(node: string): void;
  /** Starts Patroni again, as a supervisor would. */
  start(node: string): void;
  /** Freezes the server of the other node, or lets it go on. */
  signalStandbyOf(primary: string, signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Whether Patroni has noticed that the standby lacks more bytes of WAL than these. */
  isBehind(bytes: number): Promise<boolean>;
  /** Freezes etcd, or lets it go on. */
  signalEtcd(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves when the primary has a synchronous standby that may take over. */
  untilWhole(): Promise<void>;
  stop(): Promise<void>;
}

interface Node {
  name: string;
  folder: string;
  port: number;
  apiUrl: string;
  configFile: string;
  logFile: string;
  child?: Child;
}

interface Member {
  name: string;
  role: string;
  state: string;
  lag?: number | string;
}

const NODES = ['postgres-1', 'postgres-2'];
const CONFIGURATION = join(import.meta.dir, '..', '..', 'deploy', 'patroni', 'patroni.yaml');
const USER = 'ecsuser';
const DATABASE = 'ecsdb';
const READY_MS = 15_000;
const WHOLE_MS = 120_000;

export async function startPatroniCluster(dataDir: string): Promise<PatroniCluster> {
  const programs = ensurePrograms(['postgres', 'pgRewind', 'etcd', 'patroni']);
  const folder = join(dataDir, 'patroni');
  const owner = unprivilegedUser();
  const give = (path: string) => owner && chownSync(path, owner.uid, owner.gid);
  mkdirSync(folder, { mode: 0o700 });
  give(folder);
  const password = crypto.randomUUID();
  const etcd = await startEtcd(programs.etcd ?? '', folder, owner);
  const nodes = await Promise.all(
    NODES.map(async (name): Promise<Node> => {
      const [port, apiPort] = [await freePort(), await freePort()];
      const configFile = join(folder, `${name}.json`);
      const node = {
        name,
        folder: join(folder, name),
        port,
        apiUrl: `http://127.0.0.1:${apiPort}`,
        configFile,
      };
      const binFolder = dirname(realpathSync(programs.pgRewind ?? ''));
      writeFileSync(configFile, configure(node, etcd.url, binFolder, password), { mode: 0o600 });
      give(configFile);
      return { ...node, logFile: join(folder, `${name}.log`) };
    }),
  );
  const find = (name: string): Node => {
    const node = nodes.find((candidate) => candidate.name === name);
    if (!node) throw new Error(`no node ${name}`);
    return node;
  };
  const start = (name: string): void => {
    const node = find(name);
    // As the end of its container would.
    endLeftBackends(node.folder);
    const command = [programs.patroni ?? '', node.configFile];
    node.child = startChild({ name, command, logFile: node.logFile, cwd: '/', owner });
  };
  const kill = (name: string): void => {
    const node = find(name);
    if (!node.child) return;
    const server = serverOf(node);
    node.child.kill('SIGKILL');
    delete node.child;
    if (server !== null) send(server, 'SIGKILL');
  };
  const killAll = () => {
    NODES.forEach(kill);
    etcd.kill('SIGKILL');
  };
  const ignoreSignals = endOnSignal({ kill: killAll });
  NODES.forEach(start);
  const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const urlOf = (database: string) =>
    `postgres://${USER}:${password}@${hosts}/${database}?target_session_attrs=primary`;
  const untilWhole = () =>
    eventually('the primary has a synchronous standby', () => isWhole(nodes, urlOf('postgres')), WHOLE_MS);
  const stop = async (): Promise<void> => {
    // The data is removed afterwards.
    killAll();
    await etcd.exited;
    for (const node of nodes) endLeftBackends(node.folder);
    ignoreSignals();
  };
  try {
    await untilWhole();
    await createDatabase(urlOf('postgres'));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: urlOf(DATABASE),
    primary: () =>
      eventually('there is a primary', async () => {
        const members = await membersOf(nodes);
        return members.find(({ role }) => role === 'leader')?.name;
      }),
    kill,
    start,
    signalStandbyOf(primary, signal) {
      const server = nodes.filter(({ name }) => name !== primary).map(serverOf)[0] ?? null;
      if (server === null) return;
      for (const pid of [server, ...descendantsOf(server)]) send(pid, signal);
    },
    isBehind: async (bytes) => (await membersOf(nodes)).some(({ lag }) => Number(lag) > bytes),
    signalEtcd: (signal) => etcd.kill(signal),
    untilWhole: async () => void (await untilWhole()),
    stop,
  };
}

async function startEtcd(program: string, folder: string, owner: ReturnType<typeof unprivilegedUser>) {
  const [port, peerPort] = [await freePort(), await freePort()];
  const [url, peerUrl] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  const settings = {
    name: 'etcd',
    'data-dir': join(folder, 'etcd'),
    'listen-client-urls': url,
    'advertise-client-urls': url,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `etcd=${peerUrl}`,
  };
  const command = [program, ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`)];
  const logFile = join(folder, 'etcd.log');
  const child = startChild({ name: 'etcd', command, logFile, cwd: '/', owner });
  await untilReady(child, () => isListening(port), { deadlineMs: READY_MS, logFile });
  return { ...child, url };
}

/** The shipped configuration with the places of one node; Patroni reads JSON as well, which is YAML. */
function configure(
  { name, folder, port, apiUrl }: Pick<Node, 'name' | 'folder' | 'port' | 'apiUrl'>,
  etcdUrl: string,
  binFolder: string,
  password: string,
): string {
  const { bootstrap, postgresql } = YAML.parse(readFileSync(CONFIGURATION, 'utf8')) as Record<string, object>;
  const address = `127.0.0.1:${port}`;
  const api = new URL(apiUrl).host;
  return JSON.stringify({
    bootstrap: { ...bootstrap, post_bootstrap: undefined },
    scope: 'ecs',
    name,
    restapi: { listen: api, connect_address: api, authentication: { username: 'patroni', password } },
    etcd3: { hosts: [new URL(etcdUrl).host] },
    postgresql: {
      ...postgresql,
      callbacks: undefined,
      listen: address,
      connect_address: address,
      data_dir: folder,
      bin_dir: binFolder,
      pgpass: `${folder}.pgpass`,
      authentication: {
        superuser: { username: USER, password },
        replication: { username: 'ecs_replication', password },
      },
      parameters: { unix_socket_directories: '' },
    },
  });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone by itself.
  }
}

/** The pid of the running server; null for that of one that was killed. */
function serverOf({ folder }: Node): number | null {
  try {
    const pid = Number(readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return worksIn(pid, folder) ? pid : null;
  } catch {
    return null;
  }
}

/** Asks the primary and Patroni alike: Patroni chooses a successor by its own list. */
async function isWhole(nodes: Node[], url: string): Promise<boolean> {
  const sql = connectPostgres(url, { max: 1, name: 'drill', connectSeconds: 2 });
  try {
    const rows = await sql`
      select from pg_stat_replication where state = 'streaming' and sync_state = 'sync'`;
    if (rows.length === 0) return false;
  } finally {
    await sql.end({ timeout: 0 });
  }
  const members = await membersOf(nodes);
  const alive = members.filter(({ state }) => state === 'running' || state === 'streaming');
  return ['leader', 'sync_standby'].every((wanted) => alive.some(({ role }) => role === wanted));
}

async function membersOf(nodes: Node[]): Promise<Member[]> {
  const replies = nodes.map(async ({ apiUrl }) => {
    const response = await fetch(`${apiUrl}/cluster`, { signal: AbortSignal.timeout(2000) });
    return ((await response.json()) as { members: Member[] }).members;
  });
  return Promise.any(replies);
}

async function createDatabase(url: string): Promise<void> {
  const sql = connectPostgres(url, { max: 1, name: 'drill', connectSeconds: 2 });
  await sql.unsafe(`create database ${DATABASE}`);
  await sql.end();
}
