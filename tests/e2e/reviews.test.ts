import { describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EcsClient } from '../../sdk/index.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { eventually, temporaryFolder } from '../harness/engines.ts';
import { newOperator } from '../harness/operators.ts';
import { newCustomer, useSystem } from '../harness/system.ts';
import { SHAPE } from '../harness/shape.ts';

describe(`a denial, with ${SHAPE.title}`, () => {
  const system = useSystem({ split: SHAPE.split });
  const clientOf = async (roles?: Parameters<typeof newOperator>[1]) => {
    const { name, token } = await newOperator(system(), roles);
    return { name, api: new EcsOperatorClient({ baseUrl: system().url, token, maxRetries: 0 }) };
  };

  test('is reviewed by a person, who overrides it; the customer is told, and accepts the offer', async () => {
    const { id, token } = await newCustomer(system().url);
    const ecs = new EcsClient({ baseUrl: system().url, token, maxRetries: 0 });
    const { approved, analysis_id: analysisId } = await ecs.analyses.create(id);
    expect(approved).toBe(false);
    const { review_id: reviewId } = await ecs.reviews.request(analysisId, { statement: 'Look again.' });
    await expect(ecs.reviews.request(analysisId)).rejects.toMatchObject({ code: 'review_requested' });
    const stranger = await newCustomer(system().url);
    const strangerClient = new EcsClient({ baseUrl: system().url, token: stranger.token, maxRetries: 0 });
    await expect(strangerClient.reviews.request(analysisId)).rejects.toMatchObject({
      code: 'analysis_not_found',
    });
    expect((await ecs.analyses.get(analysisId)).review).toMatchObject({ state: 'requested' });

    const viewer = await clientOf(['viewer']);
    await expect(viewer.api.reviews.get(reviewId)).rejects.toMatchObject({ code: 'role_missing' });
    const operator = await clientOf(['operator']);
    const queue = await operator.api.reviews.list();
    expect(queue.items.map(({ review_id }) => review_id)).toContain(reviewId);
    expect(await operator.api.reviews.get(reviewId)).toMatchObject({ statement: 'Look again.', user_id: id });
    const terms = {
      credit_limit: 1500,
      interest_rate: 12.5,
      credit_type: 'SHORT_TERM_PERSONAL_LOAN',
    } as const;
    const review = await operator.api.reviews.override(reviewId, {
      reason_code: 'income_verified',
      note: 'payslips seen',
      ...terms,
    });
    expect(review.state).toBe('overridden');

    const decision = await ecs.analyses.get(analysisId);
    expect(decision.review).toMatchObject({ state: 'overridden', reason_code: 'income_verified' });
    const override = await ecs.analyses.get(decision.review?.analysis_id ?? '');
    expect(override).toMatchObject({ approved: true, reasons: [], offer: { credit_limit: 1500 } });
    const notification = await eventually('notified', async () => {
      const { items } = await ecs.notifications.list(id);
      return items.find(({ type }) => type === 'REVIEW_DECIDED');
    });
    expect(notification).toMatchObject({ analysis_id: analysisId, offer_id: override.offer?.offer_id });
    expect(notification.message).toContain('1,500.00');
    await ecs.offers.accept(override.offer?.offer_id ?? '').waitUntilActive();

    const acts = await system().sql<{ actor: string; act: string; status: number; problem: string | null }[]>`
      select actor, act, (details->>'status')::int as status, details->>'problem' as problem from audit_log
      where actor in (${viewer.name}, ${operator.name}) and act <> 'operator.log_in' order by created_at, act`;
    expect([...acts]).toMatchObject([
      { actor: viewer.name, act: 'request.refuse', status: 403, problem: 'role_missing' },
      { actor: operator.name, act: 'request.read', status: 200 },
      { actor: operator.name, act: 'request.read', status: 200 },
      { actor: operator.name, act: 'review.override' },
      { actor: operator.name, act: 'request.write', status: 200 },
    ]);
    const auditor = await clientOf(['auditor']);
    const page = await auditor.api.audit.list({ subject: analysisId, page_size: 1 });
    expect(page.items).toMatchObject([{ act: 'review.override', customer_id: id, reason: 'payslips seen' }]);
    const older = await auditor.api.audit.list({ subject: analysisId, cursor: page.next_cursor ?? '' });
    expect(older.items.map(({ act }) => act)).toEqual(['review.request']);
    const [act] = older.items;
    expect(await auditor.api.audit.get(act?.id ?? '')).toEqual(act as NonNullable<typeof act>);
    const { files } = await auditor.api.audit.evidence(analysisId);
    const folder = temporaryFolder();
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const verified = Bun.spawnSync(['node', 'verify.mjs'], { cwd: folder });
    expect([verified.exitCode, verified.stdout.toString().trim().split('\n').at(-1)]).toEqual([0, 'valid']);
    await expect(operator.api.audit.list()).rejects.toMatchObject({ code: 'role_missing' });
    await expect(auditor.api.audit.evidence(crypto.randomUUID())).rejects.toMatchObject({
      code: 'evidence_not_found',
    });
  }, 60_000);
});
