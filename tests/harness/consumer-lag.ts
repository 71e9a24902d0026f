import type { System } from '../../deploy/local/stack/system.ts';

/** The services that consume streams, where each is a process or all are one. */
const CONSUMERS = 3;

/** Returns the messages that wait for the consumers of a system; null while not all of them report. */
export async function consumerLagOf(system: System): Promise<number | null> {
  const opsUrls = system.state().children.flatMap(({ opsUrl }) => opsUrl ?? []);
  const pages = await Promise.all(opsUrls.map(fetchStatus));
  const consumers = pages.flatMap(({ parts }) => parts.flatMap(({ consumer }) => consumer ?? []));
  if (consumers.length < CONSUMERS) return null;
  return consumers.reduce((total, { pending, unacknowledged }) => total + pending + unacknowledged, 0);
}

interface StatusPage {
  parts: { consumer?: { pending: number; unacknowledged: number } }[];
}

async function fetchStatus(opsUrl: string): Promise<StatusPage> {
  return (await fetch(`${opsUrl}/statusz`)).json() as Promise<StatusPage>;
}
