import type { Database } from '../../../platform/data/sql.ts';
import type { Failpoint } from '../../../platform/kernel/failpoint.ts';
import { CUSTOMER_TABLES } from '../../../platform/privacy/inventory.ts';
import type { OpenErasure } from '../../../platform/privacy/ledger-store.ts';
import { deleteSmallCellsOf } from '../cell-store.ts';
import {
  anonymizeDecisions,
  anonymizeLateActs,
  anonymizeLimits,
  deleteKeysOfEmail,
  deleteLatePredictions,
  deleteRows,
  eraseAccount,
} from './row-store.ts';

/** The last to go: from then on nothing new is stored. */
const ACCOUNT = 'users';
const DELETED = CUSTOMER_TABLES.filter(({ table, erasure }) => erasure === 'delete' && table !== ACCOUNT);
/** Without a row here no decision on the customer is recorded. */
const EXPOSURES = CUSTOMER_TABLES.filter(({ table }) => table === 'customer_exposures');

/**
 * Erases the rows of a customer, by the inventory; returns how many, by table. It begins anew wherever it
 * was broken off: each statement finds the rows that are left. An analysis at the same moment fails the last
 * statement by its reference to the account, and the next round finds it.
 */
export async function eraseRows(
  database: Database,
  erasure: OpenErasure,
  failpoint: Failpoint,
): Promise<Record<string, number>> {
  const { userId } = erasure;
  const counts: Record<string, number> = {};
  for (const holding of EXPOSURES) await deleteRows(database, holding, userId);
  counts.idempotency_keys = await deleteKeysOfEmail(database, userId);
  // Found by the customer's events and decisions.
  await deleteSmallCellsOf(database, userId);
  for (const holding of DELETED) {
    counts[holding.table] = (counts[holding.table] ?? 0) + (await deleteRows(database, holding, userId));
    failpoint('erase.rows');
  }
  counts.credit_analyses = await anonymizeDecisions(database, userId);
  failpoint('erase.decisions');
  counts.credit_limits = await anonymizeLimits(database, userId);
  await eraseAccount(database, erasure, counts);
  failpoint('erase.account');
  return counts;
}

/**
 * Erases rows that came late: statements that had begun before the account went do not see that, and store
 * their rows.
 */
export async function eraseLateRows(database: Database, erasure: OpenErasure): Promise<void> {
  const { userId } = erasure;
  await deleteSmallCellsOf(database, userId);
  for (const holding of DELETED) await deleteRows(database, holding, userId);
  await anonymizeDecisions(database, userId);
  await anonymizeLimits(database, userId);
  await anonymizeLateActs(database, erasure);
  await deleteLatePredictions(database);
}
