import { lookup } from 'node:dns/promises';

type Lookup = (host: string) => Promise<{ address: string; family: number }[]>;

const lookUpAll: Lookup = (host) => lookup(host, { all: true });

/**
 * Returns the private address of each process: a name with several addresses, as that of a service with
 * replicas has, stands for a process each. A name that is not found stays, so that it is missed.
 */
export async function findProcesses(opsUrls: readonly string[], lookUp = lookUpAll): Promise<string[]> {
  const processes = await Promise.all(opsUrls.map((opsUrl) => addressesOf(opsUrl, lookUp)));
  return [...new Set(processes.flat())];
}

async function addressesOf(opsUrl: string, lookUp: Lookup): Promise<string[]> {
  const url = new URL(opsUrl);
  // A certificate is for the name.
  if (url.protocol !== 'http:') return [opsUrl];
  const addresses = await lookUp(url.hostname.replace(/^\[|\]$/g, '')).catch(() => []);
  // A name may have addresses of both families for the same process.
  const ofFamily = addresses.filter(({ family }) => family === addresses[0]?.family);
  if (ofFamily.length <= 1) return [opsUrl];
  return ofFamily.map(({ address, family }) => {
    url.hostname = family === 6 ? `[${address}]` : address;
    return url.href.replace(/\/$/, '');
  });
}
