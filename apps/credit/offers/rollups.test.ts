import { beforeAll, expect, test } from 'bun:test';
import type { Database } from '../../../platform/data/sql.ts';
import type { FeatureVector } from '../../../underwriting/risk-model.ts';
import { MODEL_VERSION, score } from '../../../underwriting/scorecard.ts';
import { createTestRuntime, openTestCache, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { createAnalyzeCredit } from '../analysis/analyze-credit.ts';
import { openActivePolicies } from '../policies/active-policies.ts';
import { acceptOffer } from './offer-store.ts';
import { activateOffers } from '../../credit-application/store.ts';

const runtime = createTestRuntime();
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
});

const cells = () =>
  database.query(
    (sql) => sql`
      select day, jurisdiction, figure, part, bit_or(customers)::text as customers,
        sum(occurrences)::int as occurrences, sum(histogram)::text as histogram
      from decision_rollups group by day, jurisdiction, figure, part order by 1, 2, 3, 4`,
  );

test('decisions, acceptances and activations are each counted once, as a recount counts them', async () => {
  const analyze = createAnalyzeCredit({
    database,
    cache: await openTestCache(runtime),
    policies: openActivePolicies({ database, lifecycle: runtime.lifecycle, log: runtime.log }),
    riskModel: {
      assess: async (vectors: FeatureVector[]) =>
        vectors.map((features) => ({ ...score(features), model_version: MODEL_VERSION })),
      status: () => ({ state: 'closed', failures: 0, nextProbeAt: null }),
      close: async () => {},
    },
  });
  const customers = await database.query(
    (sql) => sql<{ id: string }[]>`
      insert into users (id, email, password_hash, jurisdiction)
      select gen_random_uuid(), n::text, 'x', (array['US', 'DE', null])[1 + n % 3]
      from generate_series(1, 30) as n returning id`,
  );
  // Every second one spends enough for an offer; all are happy.
  await database.query(
    (sql) => sql`
      insert into transaction_daily_sums (user_id, summary_date, transaction_count, amount_sum)
      select id, (now() at time zone 'utc')::date, 40, 2000 from users where email::int % 2 = 0`,
  );
  await database.query(
    (sql) => sql`
      insert into emotional_daily_sums (user_id, summary_date, event_count, positivity_sum, intensity_sum,
        stress_sum, stress_event_count)
      select id, (now() at time zone 'utc')::date, 10, 9, 5, 1, 0 from users`,
  );
  const analyses = await Promise.all(customers.map(({ id }) => analyze(id, 'trace')));
  expect(analyses.some(({ offer }) => offer === null)).toBe(true);
  const offers = analyses.flatMap(({ offer }, index) =>
    offer ? [{ offerId: offer.offer_id, userId: customers[index]?.id ?? '', defaultJurisdiction: null }] : [],
  );
  expect(offers.length).toBeGreaterThan(5);
  // Each is tried three times, at once and again.
  const accepted = await Promise.all([...offers, ...offers].map((offer) => acceptOffer(database, offer)));
  expect(accepted.filter(Boolean)).toHaveLength(offers.length);
  const activations = offers.slice(0, -1).map(({ offerId }) => ({
    offerId,
    notificationId: Bun.randomUUIDv7(),
    title: 'x',
    message: 'x',
    traceId: null,
  }));
  await Promise.all([activateOffers(database, activations), activateOffers(database, activations)]);
  await activateOffers(database, activations);
  const counted = [...(await cells())];
  const countOf = (part: string) =>
    counted.filter((cell) => cell.part === part).reduce((sum, { occurrences }) => sum + occurrences, 0);
  expect(['decided', 'offered', 'accepted', 'active'].map(countOf)).toEqual([
    30,
    offers.length,
    offers.length,
    offers.length - 1,
  ]);
  expect(counted.some(({ figure, part }) => figure === 'effect' && part === 'better_terms')).toBe(true);
  expect(
    counted.some(
      ({ figure, jurisdiction, part }) => figure === 'effect' && jurisdiction === 'DE' && part === 'not_read',
    ),
  ).toBe(true);
  await database.query((sql) => sql`select recount_rollups('-infinity')`);
  expect([...(await cells())]).toEqual(counted);
});
