import { afterEach, expect, setSystemTime, test } from 'bun:test';
import { newUser } from '../../../tests/harness/analyses.ts';
import { createTestRuntime, openTestCache, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { openActivePolicies } from '../policies/active-policies.ts';
import { createDecideReview } from '../reviews/decide-review.ts';
import { insertReview } from '../reviews/review-store.ts';
import { createAnalyzeCredit } from './analyze-credit.ts';
import type { RiskModel } from './risk-model.ts';

/** The replay of a decision compares the times of its row and its record, and takes an hour for a change. */
const runtime = createTestRuntime();
const HOUR_MS = 3_600_000;
afterEach(() => void setSystemTime());

const denying: RiskModel = {
  assess: async (vectors) =>
    vectors.map(() => ({
      risk_score: 0.9,
      model_version: 'test-1',
      contributions: { transaction_count_30d: 0.2, stress_events_30d: 0.3 },
    })),
  status: () => ({ state: 'closed', failures: 0, nextProbeAt: null }),
  close: async () => {},
};

test.each([-2 * HOUR_MS, 2 * HOUR_MS])(
  'a decision and its override have the time of the database, where the clock of the service is %d ms off',
  async (offsetMs) => {
    const database = await openTestDatabase(runtime);
    const cache = await openTestCache(runtime);
    const policies = openActivePolicies({ database, lifecycle: runtime.lifecycle, log: runtime.log });
    const userId = await newUser(database);
    setSystemTime(new Date(Date.now() + offsetMs));
    const analyze = createAnalyzeCredit({ database, cache, policies, riskModel: denying });
    const { analysis_id: analysisId } = await analyze(userId, 'trace');
    const review = await insertReview(database, { analysisId, userId, statement: null });
    if (typeof review === 'string') throw new Error(review);
    const decide = createDecideReview({
      database,
      defaultJurisdiction: null,
      consentMode: 'recorded',
      fourEyesAbove: 5000,
    });
    const terms = { credit_limit: 1000, interest_rate: 12.5, credit_type: 'SHORT_TERM_PERSONAL_LOAN' };
    const why = { reason_code: 'income_verified', note: 'three payslips seen' };
    const overriding = { ...why, ...terms } as Parameters<typeof decide.override>[1];
    await decide.override(review.reviewId, overriding, { by: 'ada', traceId: 'trace' });
    const rows = await database.query(
      (sql) => sql<{ secondsApart: number }[]>`
        select abs(extract(epoch from created_at - (record ->> 'decided_at')::timestamptz))::float8
          as "secondsApart"
        from credit_analyses where user_id = ${userId}`,
    );
    expect(rows.map(({ secondsApart }) => secondsApart < 60)).toEqual([true, true]);
  },
);
