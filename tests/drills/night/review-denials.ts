import { EcsClient } from '../../../sdk/client.ts';
import { openOperator } from '../../harness/operators.ts';
import { insist, insistOnce, newCustomer, type NightStage, repeat } from './night-stage.ts';

/** Has new customers denied, who ask for a review, and an operator uphold it. */
export async function openReviews(stage: NightStage) {
  const { system, sql, query } = stage;
  const operator = await openOperator({ url: system.url, sql }, ['operator']);
  const analysisIds: string[] = [];

  const reviewOnce = async (): Promise<void> => {
    const customer = await newCustomer(stage);
    const ecs = new EcsClient({ baseUrl: system.url, token: customer.token });
    const { analysis_id: analysisId } = await insist('a denial', () => ecs.analyses.create(customer.id));
    analysisIds.push(analysisId);
    await insistOnce('a request', 'review_requested', () =>
      ecs.reviews.request(analysisId, { statement: 'Please look again.' }),
    );
    const [review] = await insist('a review', () =>
      query((sql) => sql<{ id: string }[]>`select id from reviews where analysis_id = ${analysisId}`),
    );
    if (!review) throw new Error(`no review of ${analysisId} is stored`);
    const decision = { reason_code: 'facts_confirmed' as const, note: 'looked again' };
    await insistOnce('a decision', 'review_decided', () => operator.reviews.uphold(review.id, decision));
  };
  return {
    run: (over: AbortSignal) => repeat(stage, over, [200, 1500], reviewOnce),
    /** Claims that each review is upheld. */
    async judge(): Promise<number> {
      const rows = await sql`
        select analysis_id from reviews where analysis_id = any(${analysisIds}::uuid[]) and state = 'upheld'`;
      stage.claim('every review that was asked for is decided', rows.length === analysisIds.length);
      return analysisIds.length;
    },
  };
}
