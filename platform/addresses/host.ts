import { isIP, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { bracketed } from './url.ts';

/** The host that a process listens on: an address, or a name. Throws a condition. */
export function readHost(text: string): string {
  const host = text.replace(/^\[(.*)\]$/, '$1');
  const isNumeric = /^[\d.]+$/.test(host);
  if (isIP(host) > 0 || (!isNumeric && /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(host))) return host;
  throw new Error('must be an address like 127.0.0.1 or ::, or the name of a host');
}

/**
 * Opens a server on a host. `::` serves both families; where the kernel has no IPv6, it means IPv4 alone, so
 * that one setting fits every machine.
 */
export function listenOn<T>(host: string, open: (hostname: string) => T): T {
  try {
    return open(host);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (host !== '::' || (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL')) throw error;
    return open('0.0.0.0');
  }
}

/** Whether connections to a host never leave this machine. */
export function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/**
 * Returns the host, as it stands in a URL, at which this machine reaches a process that listens on a host.
 */
export function askedHost(host: string, interfaces = networkInterfaces()): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host !== '::') return bracketed(host);
  const hasIPv6 = Object.values(interfaces).some((list) => list?.some(({ family }) => family === 'IPv6'));
  return hasIPv6 ? '[::1]' : '127.0.0.1';
}
