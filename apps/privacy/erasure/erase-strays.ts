import type { Database } from '../../../platform/data/sql.ts';
import type { Bus } from '../../../platform/messaging/bus.ts';
import { eraseFromMessage } from '../../../platform/messaging/erase-lines.ts';
import { subjectOf } from '../../../platform/messaging/topology.ts';
import type { CustomerHash } from '../../../platform/privacy/customer-hash.ts';
import { deleteStray, selectLedger, selectStrays } from '../../../platform/privacy/ledger-store.ts';

const STRAYS_AT_ONCE = 200;

/**
 * Takes events that came after their customer was erased out of the streams: the worker that dropped them has
 * noted their places, and the ledger tells their customers.
 */
export async function eraseStrays(deps: {
  database: Database;
  bus: Bus;
  hashOf: CustomerHash;
}): Promise<void> {
  const { database, bus, hashOf } = deps;
  const strays = await selectStrays(database, STRAYS_AT_ONCE);
  if (strays.length === 0) return;
  const ledger = await selectLedger(database);
  const isErased = (id: string) => ledger.has(hashOf(id));
  for (const { stream, sequence } of strays) {
    const subject = subjectOf(stream);
    if (subject !== '') await eraseFromMessage(bus, { stream, subject, sequence }, isErased);
    await deleteStray(database, { stream, sequence });
  }
}
