import { EcsClient } from '../../sdk/index.ts';
import { newCustomer } from './system.ts';

/** Registers a customer, denies their analysis and requests its review; returns the id of the review. */
export async function newReview(url: string, statement?: string): Promise<string> {
  const { id, token } = await newCustomer(url);
  const ecs = new EcsClient({ baseUrl: url, token });
  const { analysis_id: analysisId } = await ecs.analyses.create(id);
  const { review_id: reviewId } = await ecs.reviews.request(
    analysisId,
    statement ? { statement } : undefined,
  );
  return reviewId;
}
