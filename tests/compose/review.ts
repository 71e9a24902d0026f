import { EcsClient } from '../../sdk/index.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import type { Compose } from './compose.ts';
import { until } from './until.ts';

const TERMS = { credit_limit: 1500, interest_rate: 12.5, credit_type: 'SHORT_TERM_PERSONAL_LOAN' } as const;

/** The end of a denial after an operator overrode it. */
interface Reviewed {
  approved: boolean;
  /** Of the limit, once the customer has accepted the offer. */
  status: string;
  isNotified: boolean;
}

/** A customer is denied and asks for a review; an operator, made by the owner of the database, overrides it. */
export async function reviewDenial(compose: Compose, url: string): Promise<Reviewed> {
  const operator = { name: `operator-${crypto.randomUUID()}`, password: `password ${crypto.randomUUID()}` };
  const password = `ECS_PASSWORD=${operator.password}`;
  const add = ['operators', 'add', operator.name, '--role', 'operator'];
  await compose.run('run', '--rm', '-e', password, 'operator', ...add);
  const { access_token: operatorToken } = await new EcsOperatorClient({ baseUrl: url }).auth.login(operator);
  const { reviews } = new EcsOperatorClient({ baseUrl: url, token: operatorToken });

  const credentials = { email: `${crypto.randomUUID()}@example.com`, password: 'a long passphrase' };
  const anonymous = new EcsClient({ baseUrl: url });
  const { id } = await anonymous.auth.register(credentials);
  const { access_token: token } = await anonymous.auth.login(credentials);
  const customer = new EcsClient({ baseUrl: url, token });
  const { approved, analysis_id: analysisId } = await customer.analyses.create(id);
  const { review_id: reviewId } = await customer.reviews.request(analysisId, { statement: 'Look again.' });
  await reviews.override(reviewId, { reason_code: 'income_verified', note: 'payslips seen', ...TERMS });
  const { review } = await customer.analyses.get(analysisId);
  const { offer } = await customer.analyses.get(review?.analysis_id ?? '');
  const { status } = await customer.offers.accept(offer?.offer_id ?? '').waitUntilActive();
  const isNotified = await until(async () => {
    const { items } = await customer.notifications.list(id);
    return items.some(({ type }) => type === 'REVIEW_DECIDED');
  });
  return { approved, status, isNotified };
}
