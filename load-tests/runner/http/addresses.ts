import { lookup } from 'node:dns/promises';
import { rangeTest } from '../options/http-options.ts';
import type { DnsOptions, HttpOptions } from '../protocol/requests.ts';
import { type Destination, findFixed, joinHost } from './fixed-addresses.ts';
import { BLACKLISTED, RequestError } from './http-errors.ts';

const DEFAULT_DNS: DnsOptions = { ttlMs: 5 * 60_000, select: 'random', policy: 'preferIPv4' };

/** Obeys `hosts`, `blockHostnames`, `blacklistIPs` and `dns`; without them fetch resolves names by itself. */
export function createAddressBook({ hosts, blockHostnames, blacklistIPs, dns }: Options) {
  const isBlacklisted = rangeTest(blacklistIPs);
  const resolve = createResolver(dns ?? DEFAULT_DNS);
  const resolvesItself = dns !== null || blacklistIPs.length > 0;
  const certain = new Map<string, string>();
  /** Returns the only address of a name; a name of several, or of none, has no certain address. */
  const lookUpCertain = async (name: string): Promise<Destination> => {
    const records = await lookup(name, { all: true }).catch(() => []);
    const address = records.length === 1 ? (records[0]?.address ?? '') : '';
    certain.set(name, address);
    return { remoteIp: address };
  };
  const checkAddress = (address: string): string => {
    if (isBlacklisted(address)) throw new RequestError('ip is blacklisted', BLACKLISTED);
    return address;
  };
  return {
    /** Returns at once what needs no lookup. Throws a RequestError when the options forbid the address. */
    find(url: URL): Destination | Promise<Destination> {
      const fixed = findFixed(url, { hosts, blockHostnames });
      if (fixed) {
        checkAddress(fixed.remoteIp);
        return fixed;
      }
      const name = url.hostname.toLowerCase();
      if (resolvesItself) {
        return resolve(name)
          .then(checkAddress)
          .then((remoteIp) => ({ connectTo: joinHost(remoteIp, url.port), remoteIp }));
      }
      const remoteIp = certain.get(name);
      return remoteIp === undefined ? lookUpCertain(name) : { remoteIp };
    },
  };
}

type Options = Pick<HttpOptions, 'hosts' | 'blockHostnames' | 'blacklistIPs' | 'dns'>;

/** Returns a lookup of names as the `dns` option asks for. */
function createResolver({ ttlMs, select, policy }: DnsOptions): (name: string) => Promise<string> {
  const cache = new Map<string, { addresses: Promise<string[]>; until: number; next: number }>();
  const order = (addresses: { address: string; family: number }[]): string[] => {
    const of = (family: number) => addresses.filter((entry) => entry.family === family);
    const [four, six] = [of(4), of(6)];
    const lists = {
      onlyIPv4: four,
      onlyIPv6: six,
      preferIPv4: four.length > 0 ? four : six,
      preferIPv6: six.length > 0 ? six : four,
      any: addresses,
    };
    return lists[policy].map(({ address }) => address);
  };
  return async (name) => {
    let entry = cache.get(name);
    if (!entry || entry.until <= performance.now()) {
      const addresses = lookup(name, { all: true }).then(order);
      entry = { addresses, until: performance.now() + ttlMs, next: 0 };
      cache.set(name, entry);
      // A name that was not found is looked up again by the next request.
      addresses.catch(() => cache.delete(name));
    }
    const addresses = await entry.addresses;
    if (addresses.length === 0) throw new RequestError(`lookup ${name}: no ${policy} address`, 1100);
    if (select === 'first') return addresses[0]!;
    if (select === 'random') return addresses[Math.floor(Math.random() * addresses.length)]!;
    entry.next += 1;
    return addresses[(entry.next - 1) % addresses.length]!;
  };
}
