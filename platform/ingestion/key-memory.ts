import type { EventClaim } from '../../sdk/contracts/events/event-id.ts';
import { DAY_SECONDS } from '../../sdk/contracts/time.ts';
import type { Cache } from '../data/cache.ts';

/**
 * Remembers for a day the content sent under an idempotency key or an event's own id, so that ingestion
 * rejects other content with 422 and returns the first response for the same content. A hint in Redis:
 * without it, or after an eviction, every claim is new, and the worker compares with the stored event.
 */
export interface KeyMemory {
  /** Claims places in one round trip, and returns the previous claim of each. Never throws. */
  claim(claims: EventClaim[], first: First): Promise<Recollection[]>;
}

/** The time and the trace of the first request with a content. */
export interface First {
  atMs: number;
  traceId: string;
}

type Recollection = { verdict: 'new' } | { verdict: 'other' } | ({ verdict: 'same' } & First);

const CONTENT_LENGTH = 22;
const SECRET_LENGTH = 4;
const NEW: Recollection = { verdict: 'new' };

/** Stores keyed hashes of places and contents in Redis, since both are personal data. */
export function createKeyMemory(options: {
  cache: Pick<Cache<'emotion-ingestion' | 'transaction-ingestion'>, 'setAbsent'>;
  /** A list with commas rotates the key: claims hashed with another key count as absent. */
  secretKey: string;
  topic: 'emotions' | 'transactions';
}): KeyMemory {
  const { cache, topic } = options;
  const secret = options.secretKey.split(',')[0] ?? '';
  const hash = (text: string) => new Bun.CryptoHasher('sha256', secret).update(text).digest('base64url');
  const secretTag = hash('key memory').slice(0, SECRET_LENGTH);
  const isOurs = (claimText: string) => claimText.startsWith(secretTag);

  return {
    async claim(claims, { atMs, traceId }) {
      const entries = claims.map(({ place, content }) => ({
        key: `event-key:${topic}:${hash(place.join('\n')).slice(0, CONTENT_LENGTH)}` as const,
        value: `${secretTag}${hash(content).slice(0, CONTENT_LENGTH)}${atMs}:${traceId}`,
      }));
      const before = await cache.setAbsent(entries, DAY_SECONDS);
      return entries.map(({ value }, index) => {
        const claimText = before?.[index];
        if (!claimText || !isOurs(claimText)) return NEW;
        const length = SECRET_LENGTH + CONTENT_LENGTH;
        if (claimText.slice(0, length) !== value.slice(0, length)) return { verdict: 'other' };
        const [firstAt = '', firstTrace = ''] = claimText.slice(length).split(':');
        return { verdict: 'same', atMs: Number(firstAt), traceId: firstTrace };
      });
    },
  };
}
