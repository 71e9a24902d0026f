import type { Database } from '../data/sql.ts';
import type { Bus } from '../messaging/bus.ts';
import { readStream } from '../messaging/read-stream.ts';
import type { ErasureMessage } from '../messaging/privacy-topics.ts';
import { TOPICS } from '../messaging/topics.ts';
import type { CustomerHash } from './customer-hash.ts';
import { insertForgotten, type OpenErasure, pagesOfCustomerIds, selectLedger } from './ledger-store.ts';

/**
 * The ledger is kept twice: as rows, and as messages of a stream that keeps them for ten years. A database
 * that is restored from an old dump has forgotten erasures, and has their customers again; a broker that lost
 * its store has forgotten all of them. Each learns from the other.
 */
interface Deps {
  database: Database;
  bus: Bus;
  hashOf: CustomerHash;
}

const IDS_PER_PAGE = 5000;

/**
 * Makes both copies whole; returns how many customers have to be erased again. Thorough, it compares every
 * customer with the whole ledger, for a table that was restored without the others.
 */
export async function reapplyLedger(deps: Deps, { isThorough = false } = {}): Promise<number> {
  const { database, bus } = deps;
  const [rows, messages] = await Promise.all([selectLedger(database), readLedger(bus)]);
  for (const [customerHash, requestedAt] of rows) {
    if (!messages.has(customerHash)) await announce(bus, { customerHash, requestedAt });
  }
  const forgotten = isThorough
    ? new Map([...rows, ...messages])
    : new Map([...messages].filter(([customerHash]) => !rows.has(customerHash)));
  return forgotten.size === 0 ? 0 : enterForgotten(deps, forgotten);
}

/** Publishes the hashes of new erasures, and waits until they are kept. */
export async function announceErasures(
  { database, bus }: Pick<Deps, 'database' | 'bus'>,
  erasures: OpenErasure[],
): Promise<void> {
  if (erasures.length === 0) return;
  const ledger = await selectLedger(database);
  for (const { customerHash } of erasures) {
    await announce(bus, { customerHash, requestedAt: ledger.get(customerHash) ?? new Date().toISOString() });
  }
}

/** Finds the customers of hashes, and enters their erasures; returns how many there are. */
export async function enterForgotten(
  { database, hashOf }: Omit<Deps, 'bus'>,
  forgotten: Map<string, string>,
): Promise<number> {
  const userIds = new Map<string, string>();
  for await (const ids of pagesOfCustomerIds(database, IDS_PER_PAGE)) {
    for (const id of ids) {
      const customerHash = hashOf(id);
      if (forgotten.has(customerHash)) userIds.set(customerHash, id);
    }
  }
  return insertForgotten(
    database,
    [...forgotten].map(([customerHash, requestedAt]) => ({
      customerHash,
      requestedAt,
      userId: userIds.get(customerHash) ?? null,
    })),
  );
}

/** Publishes an entry of the ledger, and waits until it is kept. */
export async function announce(bus: Bus, message: ErasureMessage): Promise<void> {
  await bus.publish(TOPICS.customerErasures.subject, JSON.stringify(message), {
    id: `erasure:${message.customerHash}`,
  });
}

async function readLedger(bus: Bus): Promise<Map<string, string>> {
  const ledger = new Map<string, string>();
  await readStream(bus, TOPICS.customerErasures.stream, { mustBeWhole: true }, ({ data }) => {
    const { customerHash, requestedAt } = JSON.parse(new TextDecoder().decode(data)) as ErasureMessage;
    ledger.set(customerHash, requestedAt);
    return true;
  });
  return ledger;
}
