import type { TransactionInput } from '../../sdk/index.ts';

/**
 * Returns transactions of today that bring the customer's features to those of a recourse: their number, and
 * with it the average that is asked for, or else the average as it was.
 */
export function transactionsToReach(
  features: Record<string, number>,
  recourse: { feature: string; to: number }[],
): Omit<TransactionInput, 'userId'>[] {
  const target = { ...features, ...Object.fromEntries(recourse.map(({ feature, to }) => [feature, to])) };
  const { transaction_count_30d: count = 0, avg_transaction_value_30d: average = 0 } = features;
  const { transaction_count_30d: countToReach = 0, avg_transaction_value_30d: averageToReach = 0 } = target;
  const added = Math.max(1, countToReach - count);
  const cents = Math.ceil(((count + added) * averageToReach - count * average) * (100 / added) - 1e-6);
  return Array.from({ length: added }, () => ({ amount: Math.max(1, cents) / 100 }));
}
