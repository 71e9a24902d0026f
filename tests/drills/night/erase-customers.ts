import type { Customer } from '../customers.ts';
import { requestErasures } from '../erasure.ts';
import { eventually } from '../../harness/engines.ts';
import { insist, newCustomer, type NightStage, repeat } from './night-stage.ts';

const EVENTS = 10;
const ERASED_MS = 120_000;

/** Has customers with events erased, one after the other. */
export function openErasures(stage: NightStage) {
  const { system, query, random } = stage;
  const erased: Customer[] = [];

  const eraseOnce = async (): Promise<void> => {
    const customer = await newCustomer(stage);
    const lines = Array.from({ length: EVENTS }, () =>
      JSON.stringify({
        userId: customer.id,
        eventId: random.uuid(),
        timestamp: new Date().toISOString(),
        emotionEvent: { type: 'calm', metrics: { positivity: 0.5, intensity: 0.5, stress_level: 0.25 } },
      }),
    );
    const headers = { 'x-internal-key': system.internalKey, 'content-type': 'application/x-ndjson' };
    await insist('events', async () => {
      const init = { method: 'POST', headers, body: lines.join('\n'), signal: AbortSignal.timeout(10_000) };
      const response = await fetch(`${system.url}/v1/emotions/batch`, init);
      if (response.status !== 202) throw new Error(`${response.status}`);
    });
    await insist('an erasure', () => query((sql) => requestErasures({ system, sql }, [customer])));
    erased.push(customer);
  };
  return {
    run: (over: AbortSignal) => repeat(stage, over, [500, 2000], eraseOnce),
    /** Claims that nothing of them is left in the tables. */
    async judge(): Promise<number> {
      const ids = erased.map(({ id }) => id);
      await eventually('all are erased', () => isNoneOpen(stage), ERASED_MS);
      const [count] = await stage.sql`
        select (select count(*)::int from users where id = any(${ids}::uuid[]))
          + (select count(*)::int from emotional_events where user_id = any(${ids}::uuid[]))
          + (select count(*)::int from emotional_daily_sums where user_id = any(${ids}::uuid[])) as rows`;
      stage.claim('no row of an erased customer is left', count?.rows === 0);
      return ids.length;
    },
  };
}

async function isNoneOpen({ sql }: NightStage): Promise<boolean> {
  const [row] = await sql`select count(*)::int as open from erasures where erased_at is null`;
  return row?.open === 0;
}
