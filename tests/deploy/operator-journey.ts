import { expect } from 'bun:test';
import { EcsClient } from '../../sdk/index.ts';
import type { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { eventually } from '../harness/engines.ts';
import { newReview } from '../harness/reviews.ts';
import { newCustomer } from '../harness/system.ts';

/** Two operators: proposals and overrides of the first are approved by the second. */
interface Offices {
  office: EcsOperatorClient;
  approver: EcsOperatorClient;
}

/** A customer's own acts beside those of the journey. */
export async function liveCustomer(url: string): Promise<void> {
  const customer = await newCustomer(url);
  const { id: userId } = customer;
  const ecs = new EcsClient({ baseUrl: url, token: customer.token });
  await ecs.customers.get(userId);
  await ecs.consents.give(userId, 'emotion_capture', 'v1');
  await ecs.consents.withdraw(userId, 'emotion_capture', 'v1');
  await ecs.consents.get(userId, 'emotion_capture');
  await ecs.transactions.sendBatch(Array.from({ length: 60 }, () => ({ userId, amount: 150.25 })));
  const { offer, analysis_id: analysisId } = await eventually('the transactions count', async () => {
    const analysis = await ecs.analyses.create(userId);
    return analysis.offer ? analysis : null;
  });
  await ecs.analyses.get(analysisId);
  expect((await ecs.analyses.list(userId)).items.length).toBeGreaterThan(0);
  const offerId = offer?.offer_id ?? '';
  await ecs.offers.accept(offerId).waitUntilActive({ timeoutMs: 10_000 });
  await ecs.offers.get(offerId);
  expect((await ecs.offers.list(userId)).items).toHaveLength(1);
  await ecs.offers.close(offerId);
  await ecs.notifications.ticket(userId);
  await ecs.customers.erase(userId, { password: customer.password });
}

/** Decisions, customers and the audit log, as operators read them. */
export async function readDecisions(url: string, { office }: Offices): Promise<void> {
  const { id: userId, token } = await newCustomer(url);
  const ecs = new EcsClient({ baseUrl: url, token });
  const { analysis_id: analysisId } = await ecs.analyses.create(userId);
  await office.decisions.get(analysisId);
  await office.decisions.explain(analysisId);
  await office.decisions.replay(analysisId);
  await office.decisions.whatIf(analysisId, { policy_version: 'prudent-1' });
  await office.customers.findById(userId);
  await office.customers.timeline(userId);
  await office.customers.days(userId);
  const { items } = await office.audit.list({});
  await office.audit.get(items[0]?.id ?? '');
  await office.audit.verify('acts');
  await office.audit.verify('decisions');
  await office.deadLetters.preview({ stream: 'credits' });
}

/** One review is upheld, and one overridden by two operators. */
export async function decideReviews(url: string, { office, approver }: Offices): Promise<void> {
  const upheld = await newReview(url);
  await office.reviews.get(upheld);
  await office.reviews.uphold(upheld, { reason_code: 'facts_confirmed', note: 'of a test' });
  const overridden = await newReview(url);
  const terms = { credit_limit: 7000, interest_rate: 12, credit_type: 'LONG_TERM_PERSONAL_LOAN' } as const;
  await office.reviews.override(overridden, { reason_code: 'hardship', note: 'of a test', ...terms });
  await approver.reviews.approve(overridden, 'of a test');
}

/** A policy from its draft to its end. */
export async function changePolicies({ office, approver }: Offices): Promise<void> {
  const { document } = await office.policies.get('v1');
  const { hash } = await office.policies.add({ ...(document as object), version: 'mine-2' });
  await office.policies.differences('v1', 'mine-2');
  await office.policies.backtest('mine-2', { last: 10 });
  const signal = AbortSignal.timeout(10_000);
  await office.policies.followBacktest('mine-2', { last: 10 }, { onProgress: () => {}, signal });
  await office.policies.recordTest('mine-2', { hash, note: 'nothing flips', figures: {} });
  await office.policies.propose('mine-2', 'of a test');
  await approver.policies.approve('mine-2', 'of a test');
  await approver.policies.activate('mine-2', {});
  await approver.policies.rollBack({ note: 'of a test' });
}
