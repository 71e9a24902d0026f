import { chmodSync, chownSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, startChild, untilReady } from '../../deploy/local/processes/child.ts';
import { freePort, isListening } from '../../deploy/local/processes/ports.ts';
import { ensurePrograms } from '../../deploy/local/engines/install.ts';
import { connectPostgres } from '../../platform/data/connect-postgres.ts';
import type { Certificates } from './certificates.ts';
import { temporaryFolder } from './engines.ts';

/** Engines that speak TLS with chosen certificates, for the tests of the TLS options of a URL. */

const READY_MS = 15_000;

interface ConfiguredNats extends Child {
  port: number;
  /** Has it read other settings in place of its own, while it runs. */
  reload(settings: string[]): void;
  readLog(): string;
}

/** A nats-server of these settings; `port` is added. */
export async function startNatsWith(settings: string[]): Promise<ConfiguredNats> {
  const folder = temporaryFolder();
  const port = await freePort();
  const file = join(folder, 'nats.conf');
  const write = (lines: string[]) =>
    writeFileSync(file, [`listen: "127.0.0.1:${port}"`, ...lines, ''].join('\n'));
  write(settings);
  const program = ensurePrograms(['nats']).nats ?? '';
  const child = await start('nats', [program, '--config', file], folder, port);
  return {
    ...child,
    reload(lines) {
      write(lines);
      child.kill('SIGHUP');
    },
    readLog: () => readFileSync(join(folder, 'nats.log'), 'utf8'),
  };
}

export const natsTls = ({ certFile, keyFile }: Certificates): string =>
  `tls { cert_file: "${certFile}", key_file: "${keyFile}" }`;

/** A Redis of these settings, with TLS alone on its port when there are certificates. */
export async function startRedisWith(
  settings: string[],
  certificates: Certificates | null,
): Promise<Child & { port: number }> {
  const folder = temporaryFolder();
  const port = await freePort();
  const file = join(folder, 'redis.conf');
  const tls = certificates && [
    `port 0\ntls-port ${port}\ntls-auth-clients no`,
    `tls-cert-file ${certificates.certFile}\ntls-key-file ${certificates.keyFile}`,
    `tls-ca-cert-file ${certificates.caFile}`,
    'tls-replication yes',
  ];
  const common = ['bind 127.0.0.1', `dir ${folder}`, 'save ""'];
  writeFileSync(file, [...common, ...(tls ?? [`port ${port}`]), ...settings, ''].join('\n'));
  const mode = settings.some((line) => line.startsWith('sentinel ')) ? ['--sentinel'] : [];
  return start('redis', [ensurePrograms(['redis']).redis ?? '', file, ...mode], folder, port);
}

/** Has a PostgreSQL offer TLS from its next connections on. */
export async function offerTls(url: string, certificates: Certificates): Promise<void> {
  const sql = connectPostgres(url, { max: 1, name: 'test', connectSeconds: 5 });
  const [{ data_directory: folder } = { data_directory: '' }] = await sql<{ data_directory: string }[]>`
    show data_directory`;
  const { uid, gid } = statSync(folder);
  const files = { 'server.crt': certificates.certFile, 'server.key': certificates.keyFile };
  for (const [name, source] of Object.entries(files)) {
    copyFileSync(source, join(folder, name));
    chownSync(join(folder, name), uid, gid);
    chmodSync(join(folder, name), 0o600);
  }
  await sql.unsafe('alter system set ssl = on');
  await sql`select pg_reload_conf()`;
  await sql.end();
}

async function start(name: string, command: string[], folder: string, port: number) {
  const logFile = join(folder, `${name}.log`);
  const child = startChild({ name, command, logFile, cwd: '/' });
  await untilReady(child, () => isListening(port), { deadlineMs: READY_MS, logFile });
  return { ...child, port };
}
