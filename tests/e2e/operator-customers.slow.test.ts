import { beforeAll, describe, expect, test } from 'bun:test';
import { EcsClient } from '../../sdk/index.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { createCli } from '../cli/harness.ts';
import { eventually } from '../harness/engines.ts';
import { newOperator } from '../harness/operators.ts';
import { bearer, type Customer, emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';

/** A customer with an active limit, as operators see and change it. */
const system = useSystem({ split: true });
let customer: Customer;
let ecs: EcsClient;
let offerId: string;
/** Of an event, brought by a partner: it has no time in it. */
const ownId = crypto.randomUUID();
beforeAll(async () => {
  const { url } = system();
  customer = await newCustomer(url);
  ecs = new EcsClient({ baseUrl: url, token: customer.token });
  await ecs.transactions.sendBatch(Array.from({ length: 60 }, () => ({ userId: customer.id, amount: 150 })));
  await ecs.emotions.sendBatch(Array.from({ length: 5 }, () => emotionOf(customer.id)));
  await ecs.emotions.send({ ...emotionOf(customer.id), eventId: ownId });
  await eventually('an offer is made', async () => {
    offerId = (await ecs.analyses.create(customer.id)).offer?.offer_id ?? '';
    return offerId !== '';
  });
  await ecs.offers.accept(offerId).waitUntilActive();
}, 60_000);
const clientOf = async (...roles: Parameters<typeof newOperator>[1] & object) => {
  const { name, token } = await newOperator(system(), roles);
  return { name, token, api: new EcsOperatorClient({ baseUrl: system().url, token }) };
};
const actsOf = (name: string) => system().sql<{ act: string; reason: string | null; customer_id: string }[]>`
  select act, reason, customer_id from audit_log where actor = ${name} order by created_at, act`;

test('a viewer sees a customer, found by the e-mail in any case, and the look is an act', async () => {
  const { name, api } = await clientOf('viewer');
  expect(await api.customers.find(customer.email.toUpperCase())).toEqual({
    user_id: customer.id,
    kind: 'customer',
  });
  const facts = await api.customers.get(customer.id, { limit: 1 });
  expect(facts).toMatchObject({
    email: customer.email,
    policy: { version: 'v1', active_for: '*' },
    limits: [{ offer_id: offerId, status: 'active', closed_reason: null }],
    decisions: [{ approved: true, policy_version: 'v1' }],
  });
  const analysisId = facts.decisions[0]?.analysis_id ?? '';
  const decision = await eventually('it is linked', async () => {
    const recorded = await api.decisions.get(analysisId);
    return recorded.chain && recorded;
  });
  expect(decision).toMatchObject({ user_id: customer.id, approved: true, record: expect.any(Object) });
  await expect(api.decisions.get(crypto.randomUUID())).rejects.toMatchObject({ code: 'analysis_not_found' });
  expect(JSON.stringify(facts)).not.toMatch(/password|argon/);
  await expect(api.customers.find('nobody@example.com')).rejects.toMatchObject({ code: 'user_not_found' });
  await expect(api.customers.get(crypto.randomUUID())).rejects.toMatchObject({ code: 'user_not_found' });
  expect(await actsOf(name)).toContainEqual({ act: 'request.read', reason: null, customer_id: customer.id });
});

test('an operator closes a limit: the customer is notified, and the act has its author and reason', async () => {
  const [viewer, { name, token, api }] = [await clientOf('viewer'), await clientOf('operator')];
  await expect(viewer.api.limits.close(offerId, 'mine')).rejects.toMatchObject({ code: 'role_missing' });
  await expect(api.limits.close(crypto.randomUUID(), 'gone')).rejects.toMatchObject({
    code: 'offer_not_found',
  });
  await expect(api.limits.close(offerId, '   ')).rejects.toMatchObject({ status: 422 });
  const cli = createCli({ args: () => ['--data-dir', system().dataDir], env: { ECS_OPERATOR_TOKEN: token } });
  const closed = await cli.ecs(['customers', 'close-limit', offerId, '--reason', 'moved away']);
  expect(closed).toMatchObject({
    stderr: `system: local (data in ${system().dataDir})\n`,
    stdout: expect.stringContaining(`closed ${offerId}: `),
  });
  expect(await api.limits.close(offerId, 'again')).toMatchObject({
    user_id: customer.id,
    status: 'closed',
    closed_reason: 'closed_by_operator',
  });
  expect((await ecs.customers.get(customer.id)).exposure).toBe(0);
  await eventually('the customer is notified', async () => {
    const { items } = await ecs.notifications.list(customer.id);
    return items.some(({ message }) => message.startsWith('We have closed your credit limit of '));
  });
  const closings = (await actsOf(name)).filter(({ act }) => act === 'limit.close');
  expect(closings).toEqual([{ act: 'limit.close', reason: 'moved away', customer_id: customer.id }]);
}, 30_000);

test('an offer that is no active limit is not closed', async () => {
  const { api } = await clientOf('operator');
  const { offer } = await ecs.analyses.create(customer.id);
  await expect(api.limits.close(offer?.offer_id ?? '', 'no')).rejects.toMatchObject({
    code: 'offer_not_open',
  });
});

describe('the page of a customer', () => {
  test('is found by any id: offer, analysis, notification, review, emotion, transaction', async () => {
    const { api } = await clientOf('viewer');
    const { sql } = system();
    const idOf = async (rows: Promise<{ id: string }[]>) => (await rows)[0]?.id ?? '';
    const ids = {
      customer: customer.id,
      offer: offerId,
      analysis: await idOf(sql`select id from credit_analyses where user_id = ${customer.id} limit 1`),
      notification: await idOf(sql`select id from notifications where user_id = ${customer.id} limit 1`),
      review: await idOf(sql`
        insert into reviews (analysis_id, user_id)
        select id, user_id from credit_analyses where user_id = ${customer.id} limit 1 returning id`),
      emotion: await idOf(sql`select id from emotional_events where user_id = ${customer.id} limit 1`),
      transaction: await idOf(sql`select id from transactions where user_id = ${customer.id} limit 1`),
    };
    await eventually('the event is stored', async () => {
      const [row] =
        await sql`select 1 from emotional_events where user_id = ${customer.id} and id = ${ownId}`;
      return row !== undefined;
    });
    expect(await api.customers.findById(ownId)).toEqual({ user_id: customer.id, kind: 'emotion' });
    for (const [kind, id] of Object.entries(ids)) {
      expect(await api.customers.findById(id)).toEqual({ user_id: customer.id, kind });
    }
    await expect(api.customers.findById(crypto.randomUUID())).rejects.toMatchObject({
      code: 'user_not_found',
    });
  });

  test('is not searched for without, or with two of the ways', async () => {
    const { token } = await clientOf('viewer');
    for (const body of [{}, { id: customer.id, email: customer.email }]) {
      const request = json(body, bearer({ token }));
      const response = await fetch(`${system().url}/v1/operators/customer-searches`, request);
      expect(response.status).toBe(422);
    }
  });

  test('has the story from registration to limit, newest first, without what was felt or spent', async () => {
    const { name, api } = await clientOf('viewer');
    const { items, notes } = await api.customers.timeline(customer.id, { limit: 100 });
    const story = items.map(({ text }) => text).toReversed();
    const places = ['user registered', 'stored, with its day', 'approved, risk score', 'offered:', 'accepted']
      .concat(['relayed', 'active', 'notification 1'])
      .map((text) => story.findIndex((line) => line.includes(text)));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places[0]).toBe(0);
    expect(notes).toEqual([]);
    const times = items.map(({ at }) => at ?? '9999');
    expect(times).toEqual(times.toSorted((a, b) => b.localeCompare(a)));
    expect(JSON.stringify(items)).not.toMatch(/positivity|stress_level|"amount"|payload|features/);
    expect(await actsOf(name)).toContainEqual({
      act: 'request.read',
      reason: null,
      customer_id: customer.id,
    });
    await expect(api.customers.timeline(crypto.randomUUID())).rejects.toMatchObject({
      code: 'user_not_found',
    });
  });

  test('has emotions and spending by day for an operator and for risk, and for nobody else', async () => {
    const [stored] = await system().sql<{ events: number; amount: number }[]>`
      select (select sum(event_count)::int from emotional_daily_sums where user_id = ${customer.id}) as events,
        (select sum(amount)::float8 from transactions where user_id = ${customer.id}) as amount`;
    for (const role of ['operator', 'risk'] as const) {
      const { emotions, spending } = await (await clientOf(role)).api.customers.days(customer.id);
      const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
      expect(total(emotions.map(({ events }) => events))).toBe(stored?.events ?? -1);
      expect(total(spending.map(({ amount }) => amount))).toBeCloseTo(stored?.amount ?? -1, 6);
    }
    for (const role of ['viewer', 'approver', 'auditor'] as const) {
      const { api } = await clientOf(role);
      await expect(api.customers.days(customer.id)).rejects.toMatchObject({ code: 'role_missing' });
    }
  });
});
