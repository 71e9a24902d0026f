import { beforeAll, describe, expect, test } from 'bun:test';
import type { DecisionMessage, LimitClosedMessage } from '../../platform/messaging/credit-topics.ts';
import type { Database } from '../../platform/data/sql.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { createNotifyOfClosings, createNotifyOfDenials } from './notify-customers.ts';

const runtime = createTestRuntime();
let database: Database;
let notifyOfDenials: ReturnType<typeof createNotifyOfDenials>;
let notifyOfClosings: ReturnType<typeof createNotifyOfClosings>;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  notifyOfDenials = createNotifyOfDenials({ database });
  notifyOfClosings = createNotifyOfClosings({ database });
});

async function newUser(): Promise<string> {
  const id = Bun.randomUUIDv7();
  await database.query((sql) => sql`insert into users (id, email, password_hash) values (${id}, ${id}, 'x')`);
  return id;
}

async function newDecision(userId: string, change: Partial<DecisionMessage> = {}): Promise<DecisionMessage> {
  const analysisId = Bun.randomUUIDv7();
  await database.query(
    (sql) => sql`
      insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version, features,
        contributions, reasons)
      values (${analysisId}, ${userId}, false, 0.8, 'm', 'v1', '{}', '{}', '[]')`,
  );
  return {
    analysisId,
    userId,
    approved: false,
    reason: 'There are few transactions in the last 30 days.',
    locale: 'en',
    jurisdiction: 'BR',
    versions: { features: 'f', model: 'm', policy: 'v1', policy_hash: 'h' },
    twin: { features: {}, prediction: { risk_score: 0.8, model_version: 'm' } },
    full: null,
    basis: 'twin',
    decidedAt: new Date().toISOString(),
    traceId: null,
    ...change,
  };
}

async function newClosing(userId: string): Promise<LimitClosedMessage> {
  const offerId = Bun.randomUUIDv7();
  await database.query(
    (sql) => sql`
      insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
      values (${offerId}, ${userId}, 'closed', 5000, 9.5, 'SHORT_TERM_PERSONAL_LOAN', now())`,
  );
  const closedAt = new Date().toISOString();
  return { offerId, userId, creditLimit: 5000, reason: 'withdrawn', locale: 'pt-BR', closedAt };
}

const notificationsOf = (userId: string) =>
  database.query(
    (sql) => sql`
      select position::int, type, message, offer_id as "offerId", analysis_id as "analysisId",
        (select payload->>'notificationId' = n.id::text from outbox
          where outbox.id = 'userNotifications:' || coalesce(analysis_id, offer_id) || ':' || type) as "isQueued"
      from notifications n where user_id = ${userId} order by position`,
  );

test('news of what a restored database has forgotten are told apart, and hold nothing else up', async () => {
  const [ada, bruno] = [await newUser(), await newUser()];
  const [denial, closing] = [await newDecision(ada), await newClosing(bruno)];
  const forgotten = { analysisId: Bun.randomUUIDv7() };
  const rejection = { index: 1, code: 'unknown_decision', message: 'there is no such decision to be told' };
  expect(await notifyOfDenials([denial, { ...denial, ...forgotten }])).toEqual([rejection]);
  const lostClosing = { ...closing, offerId: Bun.randomUUIDv7() };
  expect(await notifyOfClosings([closing, lostClosing])).toEqual([rejection]);
  expect([await notificationsOf(ada), await notificationsOf(bruno)].map(({ length }) => length)).toEqual([
    1, 1,
  ]);
});

describe('notifying a customer', () => {
  test('tells of a denial once, however often its message comes and whichever worker gets it', async () => {
    const userId = await newUser();
    const decision = await newDecision(userId);
    await notifyOfDenials([decision, decision]);
    await Promise.all(Array.from({ length: 8 }, () => notifyOfDenials([decision])));
    expect([...(await notificationsOf(userId))]).toEqual([
      {
        position: 1,
        type: 'CREDIT_DENIED',
        message:
          'We cannot offer you a credit limit now. There are few transactions in the last 30 days. ' +
          'The decision has all reasons, and the change that would turn it where one is known. ' +
          'You may ask for a person to review it.',
        offerId: null,
        analysisId: decision.analysisId,
        isQueued: true,
      },
    ]);
  });

  test('tells of a closing in the language of the customer', async () => {
    const userId = await newUser();
    const closing = await newClosing(userId);
    await notifyOfClosings([closing]);
    await notifyOfClosings([closing]);
    expect(await notificationsOf(userId)).toMatchObject([
      {
        type: 'CREDIT_LIMIT_CLOSED',
        message: 'Você desistiu do seu limite de crédito de 5.000,00. Ele não pode mais ser usado.',
        offerId: closing.offerId,
        isQueued: true,
      },
    ]);
  });

  test('does not tell of an approval, which has an offer', async () => {
    const userId = await newUser();
    expect(await notifyOfDenials([await newDecision(userId, { approved: true, reason: null })])).toEqual([]);
    expect(await notificationsOf(userId)).toHaveLength(0);
  });

  test('numbers the notifications without gaps, though workers compete over the same messages', async () => {
    const userId = await newUser();
    const decisions = await Promise.all(Array.from({ length: 12 }, () => newDecision(userId)));
    await Promise.all([...decisions, ...decisions].map((decision) => notifyOfDenials([decision])));
    const positions = (await notificationsOf(userId)).map(({ position }) => position as number);
    expect(positions).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  });

  test('counts on above all lost notifications once the database is another one, for who was there before', async () => {
    const positionsOf = async (userId: string) =>
      (await notificationsOf(userId)).map(({ position }) => position as number);
    const [ada, bruno] = [await newUser(), await newUser()];
    const notify = async (userId: string) =>
      expect(await notifyOfDenials([await newDecision(userId)])).toEqual([]);
    await notify(ada);
    // What a restore, a recovery or a failover changes is not this process's to change.
    await database.query((sql) => sql`update notification_floors set identity = 'a server before'`);
    await Promise.all([notify(ada), notify(bruno), notify(ada)]);
    const carla = await newUser();
    await Promise.all([notify(carla), notify(ada)]);
    expect(await positionsOf(ada)).toEqual([1, 100_001, 100_002, 100_003]);
    expect(await positionsOf(bruno)).toEqual([100_001]);
    expect(await positionsOf(carla)).toEqual([1]);
  });

  test('rejects the message of a deleted customer and notifies the others', async () => {
    const userId = await newUser();
    const decision = await newDecision(userId);
    const rejections = await notifyOfDenials([{ ...decision, userId: Bun.randomUUIDv7() }, decision]);
    expect(rejections).toMatchObject([{ index: 0, code: 'unknown_user' }]);
  });
});
