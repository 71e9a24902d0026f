import { EcsClient } from '../../../sdk/client.ts';
import { EcsOperatorClient } from '../../../sdk/operators/client.ts';
import { newOperator } from '../../harness/operators.ts';
import { createCustomers } from '../customers.ts';
import { insist, type NightStage } from './night-stage.ts';

/** Has new customers denied, who ask for a review, and an operator uphold it. */
export async function openReviews(stage: NightStage) {
  const { system, sql, query, random } = stage;
  const { token } = await newOperator({ url: system.url, sql }, ['operator']);
  const operator = new EcsOperatorClient({ baseUrl: system.url, token });
  const analysisIds: string[] = [];

  const reviewOnce = async (): Promise<void> => {
    const [customer] =
      (await insist('a customer', () => query((sql) => createCustomers(system, sql, random, 1)))) ?? [];
    if (!customer) return;
    const ecs = new EcsClient({ baseUrl: system.url, token: customer.token });
    const analysis = await insist('a denial', () => ecs.analyses.create(customer.id));
    if (!analysis) return;
    const { analysis_id: analysisId } = analysis;
    analysisIds.push(analysisId);
    await insist('a request', () => ecs.reviews.request(analysisId, { statement: 'Please look again.' }));
    const rows = await insist('a review', () =>
      query((sql) => sql<{ id: string }[]>`select id from reviews where analysis_id = ${analysisId}`),
    );
    const [review] = rows ?? [];
    if (!review) throw new Error(`no review of ${analysisId} is stored`);
    const decision = { reason_code: 'facts_confirmed' as const, note: 'looked again' };
    await insist('a decision', () => operator.reviews.uphold(review.id, decision));
  };
  return {
    async run(over: AbortSignal): Promise<void> {
      while (!over.aborted) {
        await reviewOnce();
        await Bun.sleep(random.integer(200, 1500));
      }
    },
    /** Claims that each review is upheld, once. */
    async judge(): Promise<number> {
      const rows = await sql`
        select analysis_id from reviews where analysis_id = any(${analysisIds}::uuid[]) and state = 'upheld'`;
      stage.claim('every review that was asked for is decided', rows.length === analysisIds.length);
      return analysisIds.length;
    },
  };
}
