import { readFileSync } from 'node:fs';
import { requirePair } from '../addresses/tls-variables.ts';
import { requireCertificate, systemAuthorities } from '../addresses/tls.ts';
import { ConfigError, type ConfigOf, type PROCESS_VARIABLES } from '../kernel/config.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import { startLoop } from '../kernel/loop.ts';
import type { Metrics } from '../kernel/metrics.ts';

/** Of a server that this process calls: undefined where the runtime's own settings will do. */
export type ClientTls = { ca?: string[]; cert?: string; key?: string } | undefined;

/** Of a listener of this process. */
export interface ListenerTls {
  cert: string;
  key: string;
  ca?: string;
  requestCert?: true;
  rejectUnauthorized?: true;
}

/**
 * The certificates of a process, as their files are at the moment: each getter returns the same object
 * until they are renewed, so that connections are kept.
 */
export interface ProcessTls {
  /** Null where listeners take plain HTTP. */
  listener(): ListenerTls | null;
  /** To services of ours: of our authorities alone. */
  toServices(): ClientTls;
  /** To servers of others, as models are: of our authorities and the runtime's. */
  toOthers(): ClientTls;
  onRenewal(renew: () => void): void;
}

type Files = Pick<
  ConfigOf<typeof PROCESS_VARIABLES>,
  'TLS_CERT_FILE' | 'TLS_KEY_FILE' | 'TLS_CA_FILE' | 'TLS_CLIENT_CA_FILE'
>;

const RENEWAL_POLL_MS = 60_000;

/**
 * Reads the files at start, again every minute and at SIGHUP. Renewed ones are used for new connections;
 * files that do not fit together, as in the middle of a renewal, are not.
 */
export function openProcessTls(
  files: Files,
  { log, lifecycle, metrics }: { log: Logger; lifecycle: Lifecycle; metrics: Metrics },
): ProcessTls {
  let current = readAtStart(files);
  const renewals: (() => void)[] = [];
  const certificateEnd = metrics.gauge({
    name: 'ecs_tls_certificate_not_after_seconds',
    help: 'End of the certificate of TLS_CERT_FILE, in seconds since 1970; 0 without one',
  });
  const report = () => certificateEnd.set((current.notAfterMs ?? 0) / 1000);
  const renew = () => {
    try {
      const read = readFiles(files);
      if (read.fingerprint === current.fingerprint) return;
      current = read;
      report();
      log.info({ notAfter: current.notAfterMs && new Date(current.notAfterMs) }, 'certificates renewed');
      for (const renewal of renewals) renewal();
    } catch (error) {
      log.warn(errorFields(error), 'certificates not renewed: the ones in use stay');
    }
  };
  report();
  if (Object.values(files).some((file) => file !== null)) {
    startLoop({ name: 'certificates', everyMs: RENEWAL_POLL_MS, lifecycle, work: async () => renew() });
    process.on('SIGHUP', renew);
    lifecycle.onClose('certificates', () => void process.off('SIGHUP', renew));
  }
  return {
    listener: () => current.listener,
    toServices: () => current.toServices,
    toOthers: () => current.toOthers,
    onRenewal: (renewal) => void renewals.push(renewal),
  };
}

/** Of a process without certificates. */
export const NO_CERTIFICATES: ProcessTls = {
  listener: () => null,
  toServices: () => undefined,
  toOthers: () => undefined,
  onRenewal: () => {},
};

function readAtStart(files: Files) {
  try {
    return readFiles(files);
  } catch (error) {
    throw new ConfigError([error instanceof Error ? error.message : String(error)]);
  }
}

function readFiles(files: Files) {
  const read = (path: string | null) => (path === null ? undefined : readFileSync(path, 'utf8'));
  const cert = read(files.TLS_CERT_FILE);
  const key = read(files.TLS_KEY_FILE);
  const authority = read(files.TLS_CA_FILE);
  const clientAuthority = read(files.TLS_CLIENT_CA_FILE);
  for (const text of [authority, clientAuthority]) if (text !== undefined) requireCertificate(text);
  const pair = cert !== undefined && key !== undefined ? { cert, key } : null;
  const parsed = pair && requirePair(pair.cert, pair.key);
  const withAuthorities = (...authorities: string[]): ClientTls =>
    pair || authority !== undefined
      ? { ...pair, ...(authority === undefined ? {} : { ca: [authority, ...authorities] }) }
      : undefined;
  const clients =
    clientAuthority === undefined
      ? {}
      : { ca: clientAuthority, requestCert: true as const, rejectUnauthorized: true as const };
  return {
    listener: pair && { ...pair, ...clients },
    toServices: withAuthorities(),
    toOthers: withAuthorities(systemAuthorities()),
    notAfterMs: parsed && Date.parse(parsed.validTo),
    fingerprint: JSON.stringify([cert, key, authority, clientAuthority]),
  };
}
