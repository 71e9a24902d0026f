import { beforeAll, describe, expect, test } from 'bun:test';
import type { OfferApprovedMessage } from '../../platform/messaging/credit-topics.ts';
import type { Database } from '../../platform/data/sql.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { createActivateOffer } from './activate-offer.ts';

const runtime = createTestRuntime();
let database: Database;
let activate: ReturnType<typeof createActivateOffer>;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  activate = createActivateOffer({ database });
});

async function newUser(): Promise<string> {
  const id = Bun.randomUUIDv7();
  await database.query((sql) => sql`insert into users (id, email, password_hash) values (${id}, ${id}, 'x')`);
  return id;
}

async function approvedOffer(userId: string, status = 'accepted'): Promise<OfferApprovedMessage> {
  const offerId = Bun.randomUUIDv7();
  await database.query(
    (sql) => sql`
      insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
      values (${offerId}, ${userId}, ${status}, 5000, 9.5, 'SHORT_TERM_PERSONAL_LOAN', now() + interval '7 days')`,
  );
  const acceptedAt = new Date().toISOString();
  const terms = { creditLimit: 5000, interestRate: 9.5, creditType: 'SHORT_TERM_PERSONAL_LOAN' } as const;
  return { offerId, userId, ...terms, acceptedAt };
}

function effectsOf(userId: string) {
  return database.query(
    (sql) => sql`
      select c.status, n.position::int, n.message, o.topic, o.payload->>'notificationId' = n.id::text as same
      from credit_limits c left join notifications n on n.offer_id = c.id
      left join outbox o on o.payload->>'offerId' = c.id::text
      where c.user_id = ${userId} order by n.position`,
  );
}

describe('activating an offer', () => {
  test('counts the time since its acceptance once, however often its message comes', async () => {
    const seconds: number[] = [];
    const counted = createActivateOffer({ database, observeActivation: (value) => void seconds.push(value) });
    const approval = await approvedOffer(await newUser());
    await database.query(
      (sql) => sql`
        update credit_limits set accepted_at = now() - interval '40 seconds' where id = ${approval.offerId}`,
    );
    await counted([approval, approval]);
    await counted([approval]);
    expect(seconds).toHaveLength(1);
    expect(seconds[0]).toBeGreaterThanOrEqual(40);
    expect(seconds[0]).toBeLessThan(60);
  });

  test('makes it active with one notification and one message, however often its message comes', async () => {
    const userId = await newUser();
    const approval = await approvedOffer(userId);
    await activate([approval, approval]);
    await Promise.all([activate([approval]), activate([approval])]);
    expect([...(await effectsOf(userId))]).toEqual([
      {
        status: 'active',
        position: 1,
        message: 'Your short-term credit limit of 5,000.00 at 9.50 % a year can be used now.',
        topic: 'userNotifications',
        same: true,
      },
    ]);
  });

  test.each([
    ['en', 'Your credit limit is active', 'at 9.50 % a year'],
    ['pt-BR', 'Seu limite de crédito está ativo', 'de curto prazo no valor de 5.000,00, a 9,50 % ao ano'],
    [undefined, 'Your credit limit is active', 'at 9.50 % a year'],
  ] as const)('speaks the language of its customer: %s', async (locale, title, terms) => {
    const userId = await newUser();
    const approval = await approvedOffer(userId);
    await activate([{ ...approval, locale }]);
    const [notice] = await database.query(
      (sql) => sql`select title, message from notifications where user_id = ${userId}`,
    );
    expect(notice).toMatchObject({ title, message: expect.stringContaining(terms) });
  });

  test("a user's notifications are numbered without gaps, whichever worker is faster", async () => {
    const userId = await newUser();
    const approvals = await Promise.all(Array.from({ length: 30 }, () => approvedOffer(userId)));
    await Promise.all(approvals.map((approval) => activate([approval])));
    const effects = await effectsOf(userId);
    expect(effects.map(({ position }) => position)).toEqual(
      Array.from({ length: 30 }, (_, index) => index + 1),
    );
  });

  test('takes the message of an offer that was closed since for one that is done', async () => {
    const userId = await newUser();
    const approval = await approvedOffer(userId, 'closed');
    expect(await activate([approval])).toEqual([]);
    expect([...(await effectsOf(userId))]).toMatchObject([{ status: 'closed', position: null }]);
  });

  test('rejects an offer that is unknown or was never accepted, and activates the others', async () => {
    const userId = await newUser();
    const good = await approvedOffer(userId);
    const open = await approvedOffer(await newUser(), 'offered');
    const rejections = await activate([open, good, { ...good, offerId: Bun.randomUUIDv7() }]);
    expect(rejections.map(({ index, code }) => [index, code])).toEqual([
      [0, 'offer_not_accepted'],
      [2, 'offer_not_accepted'],
    ]);
    expect(await effectsOf(userId)).toMatchObject([{ status: 'active' }]);
    expect(await effectsOf(open.userId)).toMatchObject([{ status: 'offered', topic: null }]);
  });
});
