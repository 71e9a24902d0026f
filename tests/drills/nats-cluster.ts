import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type JetStreamManager, type NatsConnection, type StreamInfo } from 'nats';
import { type Child, startChild, untilReady } from '../../deploy/local/processes/child.ts';
import { freePort, isListening } from '../../deploy/local/processes/ports.ts';
import { ensurePrograms } from '../../deploy/local/engines/install.ts';
import { endOnSignal } from '../harness/end-on-signal.ts';
import { eventually } from '../harness/engines.ts';
import { openProxy, type Proxy } from './proxy.ts';

/** Three nats-servers that keep every stream three times, as in compose.cluster.yaml, without containers. */
export interface NatsCluster {
  url: string;
  nodes: string[];
  /** Returns the leader of a stream. */
  leaderOf(stream: string): Promise<string>;
  signal(node: string, signal: NodeJS.Signals): void;
  /** Starts a node that was killed. */
  start(node: string): Promise<void>;
  /** Nobody of the cluster hears a node any more, nor is heard by it; its clients still reach it. */
  isolate(node: string): void;
  rejoin(): void;
  /**
   * Resolves when every stream has all its replicas, all of them have all, and no server leads all the
   * partitions of a topic.
   */
  untilWhole(): Promise<void>;
  stop(): Promise<void>;
}

interface Node {
  name: string;
  port: number;
  configFile: string;
  logFile: string;
  /** In front of its cluster port; the others know it by no other address. */
  proxy: Proxy;
  child?: Child;
}

const NODES = ['ecs-1', 'ecs-2', 'ecs-3'];
const READY_MS = 15_000;
const WHOLE_MS = 60_000;

export async function startNatsCluster(dataDir: string): Promise<NatsCluster> {
  const program = ensurePrograms(['nats']).nats ?? 'nats-server';
  const nodes = await planNodes(dataDir);
  const find = (name: string): Node => {
    const node = nodes.find((candidate) => candidate.name === name);
    if (!node) throw new Error(`no node ${name}`);
    return node;
  };
  const start = async (name: string): Promise<void> => {
    const node = find(name);
    const command = [program, '--config', node.configFile];
    const child = startChild({ name, command, logFile: node.logFile, cwd: '/' });
    node.child = child;
    await untilReady(child, () => isListening(node.port), { deadlineMs: READY_MS, logFile: node.logFile });
  };
  const kill = () => {
    for (const { child } of nodes) child?.kill('SIGKILL');
  };
  const ignoreSignals = endOnSignal({ kill });
  await Promise.all(NODES.map(start));
  const url = nodes.map(({ port }) => `nats://127.0.0.1:${port}`).join(',');
  const watcher = await watch(nodes);

  return {
    url,
    nodes: NODES,
    start,
    leaderOf: (stream) =>
      eventually(`${stream} has a leader`, async () => {
        return (await watcher.jsm.streams.info(stream)).cluster?.leader;
      }),
    signal: (name, signal) => find(name).child?.kill(signal),
    isolate(name) {
      const isOurs = (greeting: string) => nameIn(greeting) === name;
      for (const node of nodes) {
        const isRefused = node.name === name ? () => true : isOurs;
        node.proxy.refuse(isRefused);
        node.proxy.cut(isRefused);
      }
    },
    rejoin() {
      for (const { proxy } of nodes) proxy.refuse(null);
    },
    untilWhole: () =>
      eventually('every stream is whole again', () => isWhole(watcher.jsm), WHOLE_MS).then(() => {}),
    async stop() {
      await watcher.connection.close();
      await Promise.all(nodes.flatMap(({ child }) => child?.stop('SIGKILL', 1000) ?? []));
      for (const { proxy } of nodes) proxy.close();
      ignoreSignals();
    },
  };
}

async function planNodes(dataDir: string): Promise<Node[]> {
  const planned = await Promise.all(
    NODES.map(async (name) => {
      const clusterPort = await freePort();
      return { name, port: await freePort(), clusterPort, proxy: openProxy('127.0.0.1', clusterPort) };
    }),
  );
  return planned.map(({ name, port, clusterPort, proxy }) => {
    const folder = join(dataDir, 'nats-cluster', name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const configFile = join(folder, 'nats.conf');
    const peers = planned.filter((peer) => peer.name !== name);
    const lines = [
      `server_name: ${name}`,
      'host: "127.0.0.1"',
      `port: ${port}`,
      `jetstream { store_dir: ${JSON.stringify(join(folder, 'jetstream'))}, max_file_store: 16GB }`,
      'max_payload: 1MB',
      'cluster {',
      '  name: ecs',
      `  listen: "127.0.0.1:${clusterPort}"`,
      `  advertise: "127.0.0.1:${proxy.port}"`,
      `  routes: [${peers.map((peer) => `"nats://127.0.0.1:${peer.proxy.port}"`).join(', ')}]`,
      '}',
    ];
    writeFileSync(configFile, `${lines.join('\n')}\n`);
    return { name, port, configFile, proxy, logFile: join(folder, 'nats.log') };
  });
}

/** A server that joins says its name in the first line. */
function nameIn(greeting: string): string | undefined {
  return /"(?:server_)?name":"(ecs-\d)"/.exec(greeting)?.[1];
}

async function watch(nodes: Node[]): Promise<{ connection: NatsConnection; jsm: JetStreamManager }> {
  const servers = nodes.map(({ port }) => `127.0.0.1:${port}`);
  const options = { servers, maxReconnectAttempts: -1, reconnectTimeWait: 100, pingInterval: 1000 };
  const connection = await connect({ ...options, maxPingOut: 2 });
  const jsm = await connection.jetstreamManager({ checkAPI: false, timeout: 1000 });
  await eventually('the cluster has a leader', () => jsm.getAccountInfo(), WHOLE_MS);
  return { connection, jsm };
}

async function isWhole(jsm: JetStreamManager): Promise<boolean> {
  const streams = await jsm.streams.list().next();
  const hasReplicas = streams.every(({ cluster }) => {
    const replicas = cluster?.replicas ?? [];
    return (
      replicas.length === NODES.length - 1 && replicas.every(({ current, offline }) => current && !offline)
    );
  });
  const leaders = Map.groupBy(streams, ({ config }) => config.name.replace(/-\d+$/, ''));
  return hasReplicas && [...leaders.values()].every(isSpread);
}

function isSpread(partitions: StreamInfo[]): boolean {
  return partitions.length === 1 || new Set(partitions.map(({ cluster }) => cluster?.leader)).size > 1;
}
