import type { FromUser } from '../protocol/messages.ts';
import type { createInbox } from './inbox.ts';

/** As long as fetch keeps them. */
const KEPT_MS = 30_000;

/** Returns the lookup of a name by the main thread, for which the thread waits. */
export function createLookup(
  inbox: Pick<ReturnType<typeof createInbox>, 'awaitAddresses'>,
  post: (message: FromUser) => void,
): (name: string, deadline: number) => string[] {
  const addressesByName = new Map<string, { addresses: string[]; until: number }>();
  return (name, deadline) => {
    const now = performance.now();
    const entry = addressesByName.get(name);
    if (entry && entry.until > now) return entry.addresses;
    post({ kind: 'lookUp', name });
    const addresses = inbox.awaitAddresses(name, performance.timeOrigin + deadline);
    if (!addresses) throw new DOMException('the name was not found in time', 'TimeoutError');
    if (addresses.length > 0) addressesByName.set(name, { addresses, until: now + KEPT_MS });
    return addresses;
  };
}
