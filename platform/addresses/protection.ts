import { isThisMachine } from './host.ts';
import { readNatsUrl, withNatsFiles } from './nats.ts';
import { readPostgresUrl } from './postgres.ts';
import { NO_REDIS, readRedisUrl } from './redis.ts';
import type { TlsSettings } from './tls.ts';
import { parseHost } from './url.ts';

type Environment = Record<string, string | undefined>;

/**
 * How a connection to an address is protected on its way. `verified`: by TLS, with a certificate of a trusted
 * authority for the host's name. `this machine`: never leaves it. Each other state can be read by others.
 */
export type Protection = 'verified' | 'this machine' | 'unverified' | 'plain text';

/** The kind of an address: the protection of one, and how a verified one is written. */
export interface Transport {
  protectionOf(text: string, env: Environment): Protection;
  verifiedForm: string;
}

const http: Transport = {
  protectionOf(text) {
    const { protocol, hostname } = new URL(text);
    return protectionOf(protocol === 'https:' ? 'full' : null, [hostname.replace(/^\[(.*)\]$/, '$1')]);
  },
  verifiedForm: 'https://',
};

const nats: Transport = {
  protectionOf(text, env) {
    const { tls, servers } = readNatsUrl(withNatsFiles(text, env));
    const hosts = servers.map((server) => parseHost(server, 4222).host);
    return protectionOf(tls?.verify ?? null, hosts);
  },
  verifiedForm: 'tls://',
};

const postgres: Transport = {
  protectionOf(text) {
    const { ssl, host } = readPostgresUrl(text).address;
    // `prefer` takes a server without TLS as well.
    const verify = typeof ssl === 'object' ? ssl.verify : ssl === false ? null : 'none';
    return protectionOf(verify, host);
  },
  verifiedForm: 'sslmode=verify-full',
};

const redis: Transport = {
  protectionOf(text) {
    if (text === NO_REDIS) return 'this machine';
    const { tls, sentinels, host = '' } = readRedisUrl(text);
    const hosts = sentinels?.map((sentinel) => sentinel.host ?? '') ?? [host];
    return protectionOf(tls ? (tls as TlsSettings).verify : null, hosts);
  },
  verifiedForm: 'rediss:// with certificate and name checked',
};

export const TRANSPORTS = { http, nats, postgres, redis };

/** Throws where TLS is a must and an address would be reached without. */
export function requireProtection(transport: Transport, text: string, env: Environment): void {
  if (!isTlsRequired(env)) return;
  const protection = transport.protectionOf(text, env);
  if (protection === 'verified' || protection === 'this machine') return;
  const reached = protection === 'plain text' ? 'in plain text' : 'by TLS that does not verify the server';
  throw new Error(`would be reached ${reached}; TLS_REQUIRED=true demands ${transport.verifiedForm}`);
}

export function isTlsRequired(env: Environment): boolean {
  return env.TLS_REQUIRED?.trim() === 'true';
}

/** `verify`: what TLS verifies of the server; null without TLS. */
function protectionOf(verify: TlsSettings['verify'] | null, hosts: string[]): Protection {
  if (verify === 'full') return 'verified';
  if (hosts.every((host) => host.startsWith('/') || isThisMachine(host))) return 'this machine';
  return verify === null ? 'plain text' : 'unverified';
}
