import { describe, expect, test } from 'bun:test';
import { openDeadLetters } from '../harness/dead-letters.ts';
import { createLog } from '../../platform/kernel/log.ts';
import { createMetrics } from '../../platform/kernel/metrics.ts';
import { eventually } from '../harness/engines.ts';
import { freeze } from '../harness/freeze.ts';
import { bearer, type Customer, newCustomer, useSystem } from '../harness/system.ts';

// needs: redis

/** Keys of events over real processes, from the gateway to the table. */
describe('an idempotency key', () => {
  const system = useSystem({ split: true });

  async function post(customer: Customer, path: string, key: string, ...events: object[]) {
    const isBatch = path.endsWith('/batch');
    const response = await fetch(`${system().url}/v1/${path}`, {
      method: 'POST',
      headers: {
        ...bearer(customer),
        'content-type': isBatch ? 'application/x-ndjson' : 'application/json',
        'idempotency-key': key,
      },
      body: events.map((event) => JSON.stringify({ userId: customer.id, ...event })).join('\n'),
    });
    const body = (await response.json()) as { code?: string; eventId: string; accepted: number };
    return { status: response.status, replayed: response.headers.get('idempotency-replayed'), body };
  }

  async function amountsOf({ id }: Customer): Promise<number[]> {
    const rows = await system().sql`
      select amount::float8 as amount from transactions where user_id = ${id} order by amount`;
    return rows.map(({ amount }) => amount as number);
  }

  test('with another body is refused, and a corrected batch has its corrected lines stored', async () => {
    const customer = await newCustomer(system().url);
    const first = await post(customer, 'transactions', 'k1', { amount: 10 });
    expect(first).toMatchObject({ status: 202, replayed: null });
    const reused = await post(customer, 'transactions', 'k1', { amount: 9999 });
    expect([reused.status, reused.body.code]).toEqual([422, 'idempotency_key_reused']);
    const again = await post(customer, 'transactions', 'k1', { amount: 10 });
    expect(again).toEqual({ ...first, replayed: 'true' });

    const batch = await post(
      customer,
      'transactions/batch',
      'k2',
      { amount: 1 },
      { amount: 0 },
      { amount: 3 },
    );
    expect(batch).toMatchObject({ status: 202, body: { accepted: 2 } });
    const fixed = await post(customer, 'transactions/batch', 'k2', { amount: 2 });
    expect(fixed).toMatchObject({ status: 202, replayed: null, body: { accepted: 1 } });
    // A batch that was sent again as it was, and one with all lines at last.
    await post(customer, 'transactions/batch', 'k2', { amount: 1 }, { amount: 0 }, { amount: 3 });
    await post(customer, 'transactions/batch', 'k2', { amount: 1 }, { amount: 2 }, { amount: 3 });
    await post(customer, 'transactions', 'k3', { amount: 20_000 });
    await eventually('the last is stored', async () => (await amountsOf(customer)).includes(20_000));
    expect(await amountsOf(customer)).toEqual([1, 2, 3, 10, 20_000]);
  });

  test('with another body while Redis is frozen: the second 202 is a dead letter that an operator sees', async () => {
    const customer = await newCustomer(system().url);
    const redis = system()
      .state()
      .children.find(({ name }) => name === 'redis');
    if (!redis?.pid) throw new Error('no Redis');
    freeze(redis.pid);
    try {
      for (const amount of [5, 6]) {
        expect((await post(customer, 'transactions', 'k1', { amount })).status).toBe(202);
      }
    } finally {
      process.kill(redis.pid, 'SIGCONT');
    }
    const log = createLog({ name: 'test', level: 'silent' });
    const letters = await openDeadLetters({ natsUrl: system().natsUrl, log, metrics: createMetrics() });
    try {
      const [conflict] = await eventually('it is dead-lettered', async () => {
        const conflicts = await letters.list({ code: 'conflict' });
        return conflicts.length > 0 && conflicts;
      });
      expect(conflict?.stream).toBe('transactions');
      expect(JSON.parse(conflict?.payload ?? '{}')).toMatchObject({ userId: customer.id, amount: 6 });
    } finally {
      await letters.close();
    }
    expect(await amountsOf(customer)).toEqual([5]);
    const worker = system()
      .state()
      .children.find(({ name }) => name === 'transaction-processing');
    const metrics = await (await fetch(`${worker?.opsUrl}/metrics`)).text();
    expect(metrics).toMatch(/ecs_events_parked_total\{[^}]*code="conflict"[^}]*\} 1\n/);
  });
});
