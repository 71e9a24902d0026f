import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Addresses that are not of the public internet, and those of clouds' metadata services. */
const PRIVATE_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  // The platform services of Azure.
  '168.63.129.16/32',
];
/** Of IPv6, unicast of the public internet alone is open; so are no addresses that stand for one of IPv4. */
const PUBLIC_V6 = '2000::/3';
const PRIVATE_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** Names that lead to no public address, wherever they are looked up (RFC 6761, 6762, 8375). */
const PRIVATE_NAME = /(^|\.)(localhost|local|internal|home\.arpa)$/i;

const privateV4 = listOf(PRIVATE_V4);
const publicV6 = listOf([PUBLIC_V6]);
const privateV6 = listOf(PRIVATE_V6);

/** Returns the addresses of a name, none of a name that has none; throws where the resolver cannot say. */
export type LookUp = (name: string) => Promise<string[]>;

/** The resolver has looked, and the name or its addresses do not exist. */
const NOT_THERE = new Set(['ENOTFOUND', 'ENODATA']);

const lookUp: LookUp = async (name) => {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch (error) {
    if (NOT_THERE.has((error as { code?: string }).code ?? '')) return [];
    throw error;
  }
};

/** An address of a receiver that is refused. */
class PrivateAddressError extends Error {
  override name = 'PrivateAddressError';
}

/** A name of a receiver that leads nowhere. */
class NoAddressError extends Error {
  override name = 'NoAddressError';
}

/** Whether deliveries may go to an address: a public one, or one that `allowed` names. */
export function isOpenAddress(address: string, allowed: BlockList | null): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  if (allowed?.check(address, family === 4 ? 'ipv4' : 'ipv6')) return true;
  if (family === 4) return !privateV4.check(address, 'ipv4');
  // A zone, `%eth0`, is of a link.
  if (address.includes('%')) return false;
  return publicV6.check(address, 'ipv6') && !privateV6.check(address, 'ipv6');
}

/**
 * Returns the addresses of a host, looked up now. Throws PrivateAddressError when one of them is private, as
 * a name with both kinds is an attempt or a mistake, and NoAddressError when there are none.
 */
export async function resolveOpenAddresses(
  host: string,
  allowed: BlockList | null,
  look: LookUp = lookUp,
): Promise<string[]> {
  const literal = nameOfHost(host);
  // With open networks of its own the name may be one of these: its addresses decide.
  if (allowed === null && PRIVATE_NAME.test(literal)) {
    throw new PrivateAddressError('the host has a private name');
  }
  const addresses = isIP(literal) === 0 ? await look(literal) : [literal];
  if (addresses.length === 0) throw new NoAddressError('the host has no address');
  if (!addresses.every((address) => isOpenAddress(address, allowed))) {
    throw new PrivateAddressError('the host has a private address');
  }
  return addresses;
}

/** Returns a URL's host as it is looked up and as TLS names it, without brackets and without the last dot. */
export const nameOfHost = (host: string): string => host.replace(/^\[|\]$|\.$/g, '');

/**
 * Returns the fault of the URL of an endpoint; null of a good one. A lookup that fails is no fault of the
 * URL: the process may be in a closed network, and each delivery looks again.
 */
export async function faultOfWebhookUrl(
  text: string,
  allowed: BlockList | null,
  look: LookUp = lookUp,
): Promise<string | null> {
  if (!URL.canParse(text)) return 'must be a URL';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'must have no user and password';
  if (url.hash !== '') return 'must have no fragment';
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback && allowed !== null)) {
    return 'must be https';
  }
  try {
    await resolveOpenAddresses(url.hostname, allowed, look);
  } catch (error) {
    if (error instanceof PrivateAddressError) return 'must be of a public address';
    if (!url.hostname.includes('.')) return 'must be of a host with a full name';
    if (error instanceof NoAddressError) return 'must be of a host that has an address: its name has none';
  }
  return null;
}

function listOf(networks: string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/');
    list.addSubnet(address, Number(prefix), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
