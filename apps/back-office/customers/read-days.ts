import type { CustomerDays } from '../../../sdk/contracts/operator-customers.ts';
import { DAY_MS } from '../../../sdk/contracts/time.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { selectUsers } from '../../../platform/trace/store.ts';
import { selectEmotionDays, selectSpendingDays } from './customer-store.ts';

/** Emotions and spending of the last days, of those that have events. Throws AppError 404. */
export async function readDays(
  database: Database,
  userId: string,
  days: number,
  nowMs = Date.now(),
): Promise<CustomerDays> {
  const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const from = dayOf(nowMs - (days - 1) * DAY_MS);
  return database.query(async (sql) => {
    const [[user], emotions, spending] = await Promise.all([
      selectUsers(sql, { id: userId }),
      selectEmotionDays(sql, { userId, from }),
      selectSpendingDays(sql, { userId, from }),
    ]);
    if (!user) throw problem('user_not_found');
    return { from, until: dayOf(nowMs), emotions: [...emotions], spending: [...spending] };
  });
}
