import { problem } from '../kernel/errors.ts';

export interface StreamLimits {
  total: number;
  perCustomer: number;
}

interface Holder {
  userId: string;
  /** Of the client, see `clientAddressOf`. */
  address: string;
  /** Ends the response at once, before its end; its client may ask again. */
  end(): void;
}

const RETRY_AFTER_SECONDS = 5;

/**
 * Slots for open responses of one kind, bounded in total and for each customer. Once all are taken, a stream
 * of another address takes the place of the oldest one of the address with the most: accounts are free, so
 * that a client could hold every slot by its registrations.
 */
export function createStreamSlots({ total, perCustomer }: StreamLimits, streamsName: string) {
  const countOf = new Map<string, number>();
  /** By address, from its oldest to its newest. */
  const holdersAt = new Map<string, Set<Holder>>();
  let taken = 0;

  const release = ({ userId, address }: Holder, holders: Set<Holder>): void => {
    taken -= 1;
    const count = (countOf.get(userId) ?? 1) - 1;
    if (count > 0) countOf.set(userId, count);
    else countOf.delete(userId);
    if (holders.size === 0) holdersAt.delete(address);
  };

  /** Ends a stream of the address with the most, if that is more than this one would have then. */
  const makeRoom = (address: string): void => {
    let most = new Set<Holder>();
    for (const holders of holdersAt.values()) if (holders.size > most.size) most = holders;
    const [oldest] = most;
    if (!oldest || most.size <= (holdersAt.get(address)?.size ?? 0) + 1) {
      throw problem('overloaded', { detail: `Too many ${streamsName} are open.` });
    }
    oldest.end();
  };

  return {
    /** Returns the release of the slot. Throws AppError 429 `too_many_streams` or 503 `overloaded`. */
    take(holder: Holder): () => void {
      const { userId, address } = holder;
      if ((countOf.get(userId) ?? 0) >= perCustomer) {
        const detail = `A customer may have ${perCustomer} ${streamsName} open.`;
        throw problem('too_many_streams', { detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      if (taken >= total) makeRoom(address);
      taken += 1;
      countOf.set(userId, (countOf.get(userId) ?? 0) + 1);
      const holders = holdersAt.get(address) ?? new Set();
      holdersAt.set(address, holders.add(holder));
      return () => {
        if (holders.delete(holder)) release(holder, holders);
      };
    },
    taken: () => taken,
  };
}
