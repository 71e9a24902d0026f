import type { ConnectionOptions, SecureVersion } from 'node:tls';
import type { TlsOptions } from '../protocol/requests.ts';
import { matchesHost } from './fixed-addresses.ts';

export type FetchTls = Omit<TlsOptions, 'certificates'> & {
  cert?: string;
  key?: string;
  passphrase?: string;
  serverName?: string;
};

/** Returns the choice of fetch's TLS options for a URL; undefined where its own are right. */
export function createTlsSelection({ certificates, ...common }: TlsOptions) {
  // One object per host: connections are reused only under the same options.
  const byHost = new Map<string, FetchTls | undefined>();
  const optionsFor = (hostname: string, isRedirected: boolean): FetchTls | undefined => {
    const certificate = certificates.find(
      ({ patterns }) => patterns.length === 0 || patterns.some((pattern) => matchesHost(pattern, hostname)),
    );
    const { patterns: _, ...pem } = certificate ?? { patterns: [] };
    // The certificate is that of the name, not of the address in its place.
    const options = { ...common, ...pem, ...(isRedirected ? { serverName: hostname } : {}) };
    return Object.keys(options).length === 0 ? undefined : options;
  };
  return ({ protocol, hostname }: URL, isRedirected: boolean): FetchTls | undefined => {
    if (protocol !== 'https:') return undefined;
    const key = `${hostname} ${isRedirected}`;
    if (!byHost.has(key)) byHost.set(key, optionsFor(hostname, isRedirected));
    return byHost.get(key);
  };
}

/** By the numbers of the protocol, which fetch takes. */
const VERSION_NAMES: Record<number, SecureVersion> = {
  0x0301: 'TLSv1',
  0x0302: 'TLSv1.1',
  0x0303: 'TLSv1.2',
  0x0304: 'TLSv1.3',
};

/** Returns the same options for sockets of Node. */
export function toSocketTls({
  minVersion,
  maxVersion,
  serverName,
  ...tls
}: FetchTls = {}): ConnectionOptions {
  return {
    ...tls,
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(minVersion === undefined ? {} : { minVersion: VERSION_NAMES[minVersion] }),
    ...(maxVersion === undefined ? {} : { maxVersion: VERSION_NAMES[maxVersion] }),
  };
}

/** The URL with another host and port to connect to. */
export function replaceHost(url: URL, host: string): string {
  const other = new URL(url);
  other.host = host;
  return other.href;
}
