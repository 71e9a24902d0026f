import { type BlockList, isIP } from 'node:net';

/**
 * The address that a request comes from: its connection's other end or, where that is a trusted proxy, the
 * address that the proxy names in `X-Forwarded-For`. Limits count by it, so an IPv6 client is its /64: a
 * household gets one, and has 2^64 addresses in it.
 */
export type ClientAddress = string;

/** Set by a gateway for the services behind it; a client's own never passes a gateway. */
export const CLIENT_ADDRESS_HEADER = 'x-client-address';

/** Stands for a client that left before its address was read: all of those count as one. */
export const UNKNOWN_ADDRESS: ClientAddress = 'unknown';

/** Walks from the connection to the left of the list, for as long as trusted proxies say it. */
export function clientAddressOf(
  peer: string | null,
  forwardedFor: string | null,
  trusted: BlockList | null,
): ClientAddress {
  const connected = peer === null ? null : parseAddress(peer);
  if (connected === null) return UNKNOWN_ADDRESS;
  let address: string = connected;
  const hops = trusted && forwardedFor ? forwardedFor.split(',') : [];
  for (const text of hops.toReversed()) {
    const hop: string | null = trusted && isTrusted(address, trusted) ? parseAddress(text) : null;
    if (hop === null) break;
    address = hop;
  }
  return isIP(address) === 6 ? networkOf(address) : address;
}

interface AddressSource {
  requestIP(request: Request): { address: string } | null;
}

/** The other end of a request's connection, whichever listener of the process took it. */
export interface Peers {
  add(listener: AddressSource): void;
  /** Records that a request stands for the one that its listener took. */
  replace(received: Request, request: Request): void;
  /**
   * Null when the client has left. Costs a microsecond: call it where it is needed, not for every request.
   */
  of(request: Request): string | null;
}

export function createPeers(): Peers {
  const listeners: AddressSource[] = [];
  const originals = new WeakMap<Request, Request>();
  return {
    replace: (received, request) => void originals.set(request, received),
    add: (listener) => void listeners.push(listener),
    of(request) {
      for (const listener of listeners) {
        const peer = listener.requestIP(originals.get(request) ?? request);
        if (peer) return peer.address;
      }
      return null;
    },
  };
}

/** Whether the other end of a connection is a trusted proxy. */
export function isTrustedPeer(peer: string, trusted: BlockList | null): boolean {
  const address = trusted && parseAddress(peer);
  return trusted !== null && address !== null && isTrusted(address, trusted);
}

function isTrusted(address: string, trusted: BlockList): boolean {
  return trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** With a port, in brackets, with a zone, or an IPv4 address written as IPv6: the bare address, or null. */
function parseAddress(text: string): string | null {
  const bare = text.trim().replace(/^\[(.*)\](:\d+)?$|^([\d.]+):\d+$/, '$1$3');
  const address = bare.replace(/%.*$/, '');
  if (isIP(address) !== 6) return isIP(address) === 4 ? address : null;
  const groups = groupsOf(address);
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  return isMapped ? [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.') : address;
}

/** `2001:db8:0:7::1` -> `2001:db8:0:7::/64` */
function networkOf(address: string): string {
  const head = groupsOf(address).slice(0, 4);
  return `${head.map((group) => group.toString(16)).join(':')}::/64`;
}

/** The eight numbers of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const parse = (part = '') =>
    (part === '' ? [] : part.split(':')).flatMap((group) => {
      if (!group.includes('.')) return [Number.parseInt(group, 16)];
      const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
      return [(a << 8) | b, (c << 8) | d];
    });
  const [head, tail] = address.split('::').map(parse);
  const [left = [], right = []] = [head, tail];
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}
