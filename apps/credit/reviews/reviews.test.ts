import { beforeAll, describe, expect, test } from 'bun:test';
import { replayDecisions } from '../../../cli/decisions/replay-decisions.ts';
import { selectActs } from '../../../platform/audit/act-store.ts';
import { linkRows } from '../../../platform/audit/link-rows.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { storeDecisions } from '../../../tests/harness/stored-decisions.ts';
import { DECISION_CHAIN } from '../chain/decision-chain.ts';
import { changeConsent } from '../consents/consent-store.ts';
import { acceptOffer } from '../offers/offer-store.ts';
import { SHIPPED_POLICIES } from '../policies/active-policies.ts';
import { insertShippedPolicies } from '../policies/policy-store.ts';
import { createDecideReview } from './decide-review.ts';
import { insertOverride, selectOverrideFacts } from './override-store.ts';
import { countOpenReviews, insertReview, selectReview, selectReviews } from './review-store.ts';

const runtime = createTestRuntime();
let database: Database;
let decide: ReturnType<typeof createDecideReview>;
let denials: { id: string; userId: string }[];
let approval: { id: string; userId: string };

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  await insertShippedPolicies(database, SHIPPED_POLICIES);
  await database.query((sql) => storeDecisions(sql, 200));
  const rows = await database.query(
    (sql) => sql<{ id: string; userId: string; approved: boolean }[]>`
      select distinct on (user_id) id, user_id as "userId", approved from credit_analyses
      order by user_id, approved`,
  );
  denials = rows.filter(({ approved }) => !approved);
  const [approved] = rows.filter((row) => row.approved);
  if (!approved || denials.length < 10) throw new Error('there are too few decisions');
  approval = approved;
  decide = createDecideReview({
    database,
    defaultJurisdiction: null,
    consentMode: 'recorded',
    fourEyesAbove: 5000,
  });
}, 60_000);

const ada = { by: 'ada', traceId: 'trace-1' };
const grace = { by: 'grace', traceId: 'trace-2' };
const note = 'three payslips seen';
const uphold = { reason_code: 'facts_confirmed', note } as const;
const overrideOf = (credit_limit: number) =>
  ({
    reason_code: 'income_verified',
    note,
    credit_limit,
    interest_rate: 12.5,
    credit_type: 'SHORT_TERM_PERSONAL_LOAN',
  }) as const;

/** A review of a denial that no other test has, by its customer. */
async function request(statement: string | null = 'My salary came late.') {
  const denial = denials.pop();
  if (!denial) throw new Error('there are too few denials');
  const requested = await insertReview(database, { analysisId: denial.id, userId: denial.userId, statement });
  if (typeof requested === 'string') throw new Error(requested);
  return { reviewId: requested.reviewId, ...denial };
}

/** Reviews of two denials of one customer without limits. */
async function requestTwice() {
  const rows = await database.query(
    (sql) => sql<{ ids: string[]; userId: string }[]>`
      select array_agg(id) as ids, user_id as "userId" from credit_analyses
      join customer_exposures using (user_id)
      where not approved and exposure = 0
        and not exists (select from reviews where reviews.user_id = credit_analyses.user_id)
      group by user_id having count(*) > 1 limit 1`,
  );
  const { ids = [], userId = '' } = rows[0] ?? {};
  denials = denials.filter((denial) => denial.userId !== userId);
  const requests = await Promise.all(
    ids.slice(0, 2).map((analysisId) => insertReview(database, { analysisId, userId, statement: null })),
  );
  const [first, second] = requests.map((review) => ({ ...(review as { reviewId: string }), userId }));
  if (!first || !second) throw new Error('no customer has two denials');
  return [first, second] as const;
}

const messagesOf = (reviewId: string) =>
  database.query(
    (sql) => sql<{ payload: Record<string, unknown> }[]>`
      select payload from outbox where topic = 'creditReviewsDecided' and payload->>'reviewId' = ${reviewId}`,
  );
const offersOf = (userId: string) =>
  database.query(
    (sql) => sql<{ id: string; status: string; limit: number }[]>`
      select id, status, credit_limit::float8 as limit from credit_limits
      where user_id = ${userId} and status = 'offered'`,
  );
const actsOn = async (analysisId: string) =>
  (await database.query((sql) => selectActs(sql, { subject: analysisId, limit: 10 }))).map(
    ({ act, actor }) => `${act} ${actor}`,
  );

describe('a customer', () => {
  test('has an own denial reviewed, once; nothing else', async () => {
    const { reviewId, id, userId } = await request();
    const again = { analysisId: id, userId, statement: null };
    expect(await insertReview(database, again)).toBe('review_requested');
    expect(await insertReview(database, { ...again, userId: approval.userId })).toBe('not_found');
    expect(
      await insertReview(database, { analysisId: approval.id, userId: approval.userId, statement: null }),
    ).toBe('not_a_denial');
    expect(await selectReview(database, reviewId)).toMatchObject({
      state: 'requested',
      statement: 'My salary came late.',
      analysis_id: id,
    });
    expect(await actsOn(id)).toEqual(['review.request null']);
    expect((await countOpenReviews(database)).open).toBeGreaterThan(0);
  });
});

describe('an operator', () => {
  test('upholds a denial, once, and the customer is told', async () => {
    const { reviewId, id } = await request();
    expect(await decide.uphold(reviewId, uphold, ada)).toMatchObject({
      state: 'upheld',
      decided_by: 'ada',
      note,
    });
    await expect(decide.uphold(reviewId, uphold, grace)).rejects.toMatchObject({ code: 'review_decided' });
    await expect(decide.override(reviewId, overrideOf(2000), grace)).rejects.toMatchObject({
      code: 'review_decided',
    });
    const messages = await messagesOf(reviewId);
    expect(messages.map(({ payload }) => payload)).toMatchObject([
      { analysisId: id, outcome: 'upheld', offerId: null, creditLimit: null, locale: 'en' },
    ]);
    expect(await actsOn(id)).toEqual(['review.uphold ada', 'review.request null']);
  });

  test('upholds no review in another state than was seen: a proposal of another is not undone unseen', async () => {
    const { reviewId } = await request();
    await expect(decide.uphold(reviewId, { ...uphold, state: 'proposed' }, grace)).rejects.toMatchObject({
      code: 'review_not_proposed',
    });
    await decide.override(reviewId, overrideOf(6000), ada);
    await expect(decide.uphold(reviewId, { ...uphold, state: 'requested' }, grace)).rejects.toMatchObject({
      code: 'review_proposed',
    });
    expect(await decide.get(reviewId)).toMatchObject({ state: 'proposed', proposed_by: 'ada' });
    expect(await decide.uphold(reviewId, { ...uphold, state: 'proposed' }, grace)).toMatchObject({
      state: 'upheld',
    });
  });

  test('overrides a denial by a decision of its own, with an offer, a link and a replay without a difference', async () => {
    const { reviewId, id, userId } = await request();
    const review = await decide.override(reviewId, overrideOf(2000), ada);
    expect(review).toMatchObject({ state: 'overridden', decided_by: 'ada', proposed_by: null });
    const [offer, ...olderOffers] = await offersOf(userId);
    expect(olderOffers).toEqual([]);
    expect(offer).toMatchObject({ limit: 2000 });
    const [decision] = await database.query(
      (sql) => sql<{ record: { override: object; approved: boolean } }[]>`
        select record from credit_analyses where id = ${review.override_id}`,
    );
    expect(decision?.record).toMatchObject({
      approved: true,
      override: { review_id: reviewId, analysis_id: id, decided_by: 'ada', reason_code: 'income_verified' },
    });
    while ((await linkRows(database, DECISION_CHAIN, 100)) > 0);
    const findings: unknown[] = [];
    const report = await database.query((sql) =>
      replayDecisions(sql, {}, (finding) => findings.push(finding)),
    );
    expect(findings).toEqual([]);
    expect(report.linked).toBe(report.replayed);
    expect((await messagesOf(reviewId)).map(({ payload }) => payload)).toMatchObject([
      { outcome: 'overridden', offerId: offer?.id, creditLimit: 2000 },
    ]);
    expect(await acceptOffer(database, { offerId: offer?.id ?? '', userId, defaultJurisdiction: null })).toBe(
      true,
    );
  });

  test('cannot offer terms beyond the policy, or above the highest sum of limits', async () => {
    const { reviewId, userId } = await request();
    await expect(decide.override(reviewId, overrideOf(1), ada)).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ path: '/body/credit_limit', message: 'must be at least 1000' }],
    });
    await expect(decide.override(reviewId, overrideOf(1000.001), ada)).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await database.query(
      (sql) => sql`update customer_exposures set exposure = 7000 where user_id = ${userId}`,
    );
    await expect(decide.override(reviewId, overrideOf(3000.01), ada)).rejects.toMatchObject({
      code: 'exposure_limit_reached',
    });
    expect(await decide.override(reviewId, overrideOf(3000), ada)).toMatchObject({ state: 'overridden' });
  });

  test('offers nothing to a customer who does not want offers, withdrawn at any moment', async () => {
    const { reviewId, id: analysisId, userId } = await request();
    const consent = { userId, purpose: 'offers', text_version: '2026-11' } as const;
    const facts = await selectOverrideFacts(database, { analysisId, userId, defaultJurisdiction: null });
    await changeConsent(database, { ...consent, granted: false });
    await expect(decide.override(reviewId, overrideOf(1500), ada)).rejects.toMatchObject({
      code: 'consent_withdrawn',
    });
    const now = await selectOverrideFacts(database, { analysisId, userId, defaultJurisdiction: null });
    expect([facts?.offersConsent, now?.offersConsent]).toEqual([null, false]);
    // A withdrawal between reading and deciding is another version: the override's statement changes nothing.
    expect(now?.exposureVersion).not.toBe(facts?.exposureVersion);
    expect(await offersOf(userId)).toBeEmpty();
    await changeConsent(database, { ...consent, granted: true });
    expect((await decide.override(reviewId, overrideOf(1500), ada)).state).toBe('overridden');
  });

  test('is held to the highest sum by the statement itself, whatever was checked before it', async () => {
    const { reviewId, id: analysisId, userId } = await request();
    const facts = await selectOverrideFacts(database, { analysisId, userId, defaultJurisdiction: null });
    if (!facts?.record) throw new Error('the denial has no record');
    const terms = {
      credit_limit: 10_000.01,
      interest_rate: 5,
      credit_type: 'SHORT_TERM_PERSONAL_LOAN',
    } as const;
    const override = (credit_limit: number) => {
      const record = { ...facts.record, analysis_id: crypto.randomUUID(), terms: { ...terms, credit_limit } };
      return insertOverride(database, {
        reviewId,
        from: 'requested',
        by: 'ada',
        reasonCode: 'hardship',
        note,
        reason: note,
        analysis: {
          record: { ...record, approved: true } as NonNullable<typeof facts.record>,
          recordHash: 'x',
          reasons: [],
          basis: 'override',
          exposureVersion: facts.exposureVersion,
          offerId: crypto.randomUUID(),
          offerDays: 7,
          message: null,
        },
        defaultJurisdiction: null,
      });
    };
    expect(await override(10_000.01)).toBe(false);
    expect([...(await offersOf(userId))]).toEqual([]);
    expect(await selectReview(database, reviewId)).toMatchObject({ state: 'requested' });
    expect(await override(10_000)).toBe(true);
  });

  test('above the limit of one proposes, and another approves: never the same, in any case', async () => {
    const { reviewId, id, userId } = await request();
    expect(await decide.override(reviewId, overrideOf(6000), ada)).toMatchObject({
      state: 'proposed',
      proposed_by: 'ada',
      decided_by: null,
    });
    expect([...(await offersOf(userId))]).toEqual([]);
    await expect(decide.override(reviewId, overrideOf(2000), grace)).rejects.toMatchObject({
      code: 'review_proposed',
    });
    for (const by of ['ada', 'ADA']) {
      await expect(decide.approve(reviewId, { note }, { ...ada, by })).rejects.toMatchObject({
        code: 'four_eyes',
      });
    }
    expect(await decide.approve(reviewId, { note: 'agreed' }, grace)).toMatchObject({
      state: 'overridden',
      proposed_by: 'ada',
      decided_by: 'grace',
      terms: { credit_limit: 6000 },
    });
    expect(await offersOf(userId)).toMatchObject([{ limit: 6000 }]);
    expect(await actsOn(id)).toEqual(['review.override grace', 'review.propose ada', 'review.request null']);
    await expect(decide.approve(reviewId, { note }, grace)).rejects.toMatchObject({ code: 'review_decided' });
  });

  test('charges no rate above the highest of the policy, alone or as a proposal', async () => {
    const { reviewId } = await request();
    for (const limit of [1500, 6000]) {
      const usurious = { ...overrideOf(limit), interest_rate: 20.01 };
      await expect(decide.override(reviewId, usurious, ada)).rejects.toMatchObject({
        code: 'invalid_request',
        errors: [{ path: '/body/interest_rate', message: expect.stringContaining('at most 20') }],
      });
    }
  });

  test('takes no better offer away: an override ends the open one, which may be newer than the denial', async () => {
    const { reviewId, userId } = await request();
    const offerId = Bun.randomUUIDv7();
    await database.query(
      (sql) => sql`
        insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
        values (${offerId}, ${userId}, 'offered', 2000, 12.5, 'SHORT_TERM_PERSONAL_LOAN', now() + interval '1 day')`,
    );
    const refused = async (terms: object) => {
      const problem = await decide
        .override(reviewId, { ...overrideOf(2000), ...terms }, ada)
        .catch((error: unknown) => error);
      expect(problem).toMatchObject({ code: 'invalid_request' });
      return (problem as { errors: { path: string }[] }).errors.map(({ path }) => path);
    };
    expect(await refused({ credit_limit: 1999.99 })).toEqual(['/body/credit_limit']);
    expect(await refused({ interest_rate: 12.51 })).toEqual(['/body/interest_rate']);
    expect(await offersOf(userId)).toMatchObject([{ id: offerId, status: 'offered' }]);
    expect((await decide.override(reviewId, overrideOf(2000), ada)).state).toBe('overridden');
    expect(await offersOf(userId)).toMatchObject([{ limit: 2000 }]);
    const late = await request();
    await database.query(
      (sql) => sql`
        insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
        values (${Bun.randomUUIDv7()}, ${late.userId}, 'offered', 4000, 9, 'SHORT_TERM_PERSONAL_LOAN',
          now() - interval '1 second')`,
    );
    expect((await decide.override(late.reviewId, overrideOf(2000), ada)).state).toBe('overridden');
  });

  test('alone grants a customer no more in parts than at once: live limits of one operator count', async () => {
    const [first, second] = await requestTwice();
    await decide.override(first.reviewId, overrideOf(3000), ada);
    const [offer] = await offersOf(first.userId);
    const offerId = offer?.id ?? '';
    expect(await acceptOffer(database, { offerId, userId: first.userId, defaultJurisdiction: null })).toBe(
      true,
    );
    expect(await decide.override(second.reviewId, overrideOf(2000.01), ada)).toMatchObject({
      state: 'proposed',
    });
    expect([...(await offersOf(first.userId))]).toEqual([]);
    await expect(decide.approve(second.reviewId, { note }, ada)).rejects.toMatchObject({ code: 'four_eyes' });
    expect(await decide.approve(second.reviewId, { note }, grace)).toMatchObject({ state: 'overridden' });
  });

  test('of several at once one decides; the others are told so', async () => {
    const { reviewId, userId } = await request();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, index) =>
        index % 2 === 0
          ? decide.override(reviewId, overrideOf(2000), { ...ada, by: `o${index}` })
          : decide.uphold(reviewId, uphold, { ...ada, by: `o${index}` }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'review_decided' });
    }
    expect(await messagesOf(reviewId)).toHaveLength(1);
    const review = await selectReview(database, reviewId);
    expect(await offersOf(userId)).toHaveLength(review?.state === 'overridden' ? 1 : 0);
  });

  test('reads the queue page by page, the oldest first', async () => {
    const queue = await selectReviews(database, { state: 'all', after: null, size: 100 });
    const ids = queue?.map(({ review_id }) => review_id) ?? [];
    expect(ids.length).toBeGreaterThan(4);
    const pages: string[] = [];
    for (let after: string | null = null; ; after = pages.at(-1) ?? null) {
      const page = await selectReviews(database, { state: 'all', after, size: 2 });
      if (!page || page.length === 0) break;
      pages.push(...page.map(({ review_id }) => review_id));
    }
    expect(pages).toEqual(ids);
    const open = await selectReviews(database, { state: 'open', after: null, size: 100 });
    expect(open?.every(({ decided_by }) => decided_by === null)).toBe(true);
    expect(await selectReviews(database, { state: 'all', after: crypto.randomUUID(), size: 2 })).toBeNull();
  });
});
