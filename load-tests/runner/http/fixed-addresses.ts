import { isIP } from 'node:net';
import type { HttpOptions } from '../protocol/requests.ts';
import { BLOCKED, RequestError } from './http-errors.ts';

/** Where a request is to go, and the address that it reaches as far as that is certain. */
export interface Destination {
  /** The host and port to connect to, in place of those of the URL. */
  connectTo?: string;
  /** The port of `connectTo`; empty for the protocol's own. */
  port?: string;
  remoteIp: string;
}

/**
 * Returns the address of a URL that needs no lookup: by `hosts`, or a URL of an address. Throws a
 * RequestError when `blockHostnames` forbids the name.
 */
export function findFixed(
  url: URL,
  { hosts, blockHostnames }: Pick<HttpOptions, 'hosts' | 'blockHostnames'>,
): Destination | undefined {
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (blockHostnames.some((pattern) => matchesHost(pattern, name))) {
    throw new RequestError('hostname is blocked', BLOCKED);
  }
  const host = findHost(hosts, name, url.port || DEFAULT_PORTS[url.protocol] || '');
  if (host) {
    const port = host.port || url.port;
    return { connectTo: joinHost(host.address, port), port, remoteIp: host.address };
  }
  return isIP(name) === 0 ? undefined : { remoteIp: name };
}

const DEFAULT_PORTS: Record<string, string> = { 'http:': '80', 'https:': '443' };

/** `*.example.com` stands for all names that end so, `*` for every name. */
export function matchesHost(pattern: string, name: string): boolean {
  if (!pattern.startsWith('*')) return pattern === name;
  return name.endsWith(pattern.slice(1)) && name.length > pattern.length - 1;
}

/** An entry with a port goes before one without, a name before a pattern, the longest pattern first. */
function findHost(hosts: HttpOptions['hosts'], name: string, port: string) {
  const rank = ({ pattern }: { pattern: string }) => (pattern.startsWith('*') ? pattern.length : 1000);
  const best = (name: string) =>
    hosts.filter(({ pattern }) => matchesHost(pattern, name)).toSorted((a, b) => rank(b) - rank(a))[0];
  return best(`${name}:${port}`) ?? best(name);
}

export const joinHost = (address: string, port: string) =>
  `${isIP(address) === 6 ? `[${address}]` : address}${port ? `:${port}` : ''}`;
