import { beforeAll, describe, expect, test } from 'bun:test';
import { connect } from 'nats';
import { readNatsUrl } from '../../platform/addresses/nats.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { EcsClient } from '../../sdk/index.ts';
import { createCli } from '../cli/harness.ts';
import { eventually } from '../harness/engines.ts';
import { newCustomer, useSystem } from '../harness/system.ts';

/** The source of an event is kept wherever the event goes, and a policy says which sources count. */
const LONG_MS = 60_000;
const system = useSystem({ split: false });
let platform: EcsClient;
let cli: ReturnType<typeof createCli>;

beforeAll(() => {
  platform = new EcsClient({ baseUrl: system().url, internalKey: system().internalKey });
  cli = createCli({ args: ['--data-dir', system().dataDir] });
});

async function openCustomer() {
  const { id, token } = await newCustomer(system().url);
  return { id, ecs: new EcsClient({ baseUrl: system().url, token }) };
}

/** The sources of the customer's transactions, once so many are stored. */
const sourcesOf = (userId: string, count: number) =>
  eventually(`${count} are stored`, async () => {
    const rows = await system().sql<{ source: string | null }[]>`
      select source from transactions where user_id = ${userId} order by id`;
    return rows.length === count && rows.map(({ source }) => source);
  });

describe('a policy says whose reports count', () => {
  const activate = (version: string) =>
    system().sql`
      insert into policy_activations (jurisdiction, version, activated_by) values ('*', ${version}, 'test')
      on conflict (jurisdiction) do update set version = excluded.version, activated_at = now()`;

  /** An analysis by this policy: an activation needs a moment to reach the service. */
  const analysisBy = (version: string, { id, ecs }: Awaited<ReturnType<typeof openCustomer>>) =>
    eventually(`${version} decides`, async () => {
      const analysis = await ecs.analyses.create(id);
      return analysis.policy_version === version && analysis;
    });

  async function reportPurchases(sender: EcsClient, userId: string) {
    const purchases = Array.from({ length: 40 }, () => ({ userId, amount: 150 }));
    expect(await sender.transactions.sendBatch(purchases)).toMatchObject({ accepted: 40, rejected: [] });
    await sourcesOf(userId, purchases.length);
  }

  test(
    "a denied customer cannot report his way to an approval where the platform's reports alone count",
    async () => {
      const ada = await openCustomer();
      await activate('prudent-1');
      expect(await analysisBy('prudent-1', ada)).toMatchObject({ approved: false });
      await reportPurchases(ada.ecs, ada.id);
      const denied = await analysisBy('prudent-1', ada);
      expect(denied).toMatchObject({ approved: false, offer: null });
      expect(denied.reasons.map(({ code }) => code)).toContain('few_transactions');
      await activate('v1');
      expect(await analysisBy('v1', ada)).toMatchObject({ approved: true, ml_risk_score: 0.25 });
      await activate('prudent-1');
      expect(await analysisBy('prudent-1', ada)).toMatchObject({ approved: false, offer: null });
    },
    LONG_MS,
  );

  test(
    "the platform's reports count under both, also for a customer who reported others before",
    async () => {
      const bruno = await openCustomer();
      await bruno.ecs.transactions.send({ userId: bruno.id, amount: 0.01 });
      await sourcesOf(bruno.id, 1);
      await platform.transactions.sendBatch(
        Array.from({ length: 40 }, () => ({ userId: bruno.id, amount: 150 })),
      );
      await sourcesOf(bruno.id, 41);
      await activate('prudent-1');
      // Without his own cent: 40 of 150.00.
      expect(await analysisBy('prudent-1', bruno)).toMatchObject({ approved: true, ml_risk_score: 0.25 });
      await activate('v1');
      const { approved, ml_risk_score } = await analysisBy('v1', bruno);
      expect({ approved, isWorse: ml_risk_score > 0.25 }).toEqual({ approved: true, isWorse: true });
    },
    LONG_MS,
  );
});

describe('the source of an event', () => {
  test(
    'is the same after a dead letter is replayed and after the stream is reprocessed',
    async () => {
      const userId = crypto.randomUUID();
      await platform.transactions.send({ userId, amount: 1 });
      await eventually('it is dead-lettered', async () => {
        const letters = await cli.data<unknown[]>(['dead-letters', 'ls', '--stream', 'transactions']);
        return letters.length === 1;
      });
      const { sql } = system();
      await sql`insert into users (id, email, password_hash) values (${userId}, ${userId}, 'x')`;
      expect((await cli.ecs(['dead-letters', 'replay', '--stream', 'transactions'])).code).toBe(0);
      expect(await sourcesOf(userId, 1)).toEqual(['platform']);

      await sql`delete from transactions where user_id = ${userId}`;
      const since = ['--since', '1h', '--stream', 'transactions'];
      expect((await cli.ecs(['events', 'replay', ...since])).code).toBe(0);
      expect(await sourcesOf(userId, 1)).toEqual(['platform']);
    },
    LONG_MS,
  );

  test('is none for a message of the version that kept none, which is stored and summed as before', async () => {
    const { id: userId } = await openCustomer();
    const message = {
      userId,
      amount: 2,
      eventId: crypto.randomUUID(),
      occurredAt: new Date().toISOString(),
      traceId: 'before',
    };
    const connection = await connect(readNatsUrl(system().natsUrl));
    await connection.jetstream().publish(TOPICS.transactions.subject, JSON.stringify(message));
    await connection.close();
    expect(await sourcesOf(userId, 1)).toEqual([null]);
    const [day] = await system().sql`
      select transaction_count::int as all, platform_transaction_count::int as platform
      from transaction_daily_sums where user_id = ${userId}`;
    expect(day).toEqual({ all: 1, platform: 0 });
  });
});
