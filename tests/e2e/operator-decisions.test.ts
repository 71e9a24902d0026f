import { beforeAll, describe, expect, test } from 'bun:test';
import { EcsClient } from '../../sdk/index.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { newOperator } from '../harness/operators.ts';
import { eventually } from '../harness/engines.ts';
import { type Customer, newCustomer, useSystem } from '../harness/system.ts';

/** A denial as operators list it, have it explained, decide it again and suppose other values of it. */
const system = useSystem({ split: false });
let customer: Customer;
let analysisId: string;
let api: EcsOperatorClient;

beforeAll(async () => {
  const { url } = system();
  customer = await newCustomer(url);
  const ecs = new EcsClient({ baseUrl: url, token: customer.token });
  ({ analysis_id: analysisId } = await ecs.analyses.create(customer.id));
  api = await clientOf();
  await eventually('it is linked', async () => (await api.decisions.get(analysisId)).chain !== null);
}, 60_000);

async function clientOf(): Promise<EcsOperatorClient> {
  const { token } = await newOperator(system(), ['viewer']);
  return new EcsOperatorClient({ baseUrl: system().url, token, maxRetries: 0 });
}

/** Everything that a supposition could write. */
async function countRows() {
  const [row] = await system().sql`
    select (select count(*) from credit_analyses) as analyses, (select count(*) from credit_limits) as limits,
      (select count(*) from outbox) as messages, (select count(*) from notifications) as notifications`;
  return row;
}

describe('a decision', () => {
  test('is in the list by each of its filters, and in no other', async () => {
    const filter = { user_id: customer.id, outcome: 'denied', policy_version: 'v1' } as const;
    const { items } = await api.decisions.list(filter);
    expect(items).toMatchObject([{ analysis_id: analysisId, approved: false, review: null }]);
    expect((await api.decisions.list({ ...filter, outcome: 'approved' })).items).toEqual([]);
    await expect(api.decisions.list({ jurisdiction: 'nowhere' })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  test('is explained by the rules and in words', async () => {
    const { text, decision } = await api.decisions.explain(analysisId);
    expect(text.join('\n')).toContain('The application was DENIED.');
    expect(decision).toMatchObject({ approved: false, policy_version: 'v1', basis: decision.basis });
    expect(decision.reasons.every(({ message }) => message.length > 10)).toBe(true);
    expect(decision.features.map(({ name }) => name)).toContain('transaction_count_30d');
  });

  test('is the same when it is decided again, and a changed row is named', async () => {
    const same = await api.decisions.replay(analysisId);
    expect(same).toMatchObject({ gap: null, differences: [], chain: { fits: true } });
    const setEdition = (edition: number) => system().sql`
      update credit_analyses set record = jsonb_set(record, '{versions,edition}', ${edition}::text::jsonb)
      where id = ${analysisId}`;
    const [stored] = await system().sql<{ edition: number }[]>`
      select (record->'versions'->>'edition')::int as edition from credit_analyses where id = ${analysisId}`;
    await setEdition(1000);
    const newer = await api.decisions.replay(analysisId);
    expect([newer.gap, newer.differences.map(({ path }) => path)]).toEqual([
      'newer_release',
      ['/record_hash'],
    ]);
    await setEdition(stored?.edition ?? 0);
    await system().sql`update credit_analyses set risk_score = 0.001 where id = ${analysisId}`;
    const { differences } = await api.decisions.replay(analysisId);
    expect(differences.map(({ path, stored }) => [path, stored])).toEqual([['/columns/risk_score', 0.001]]);
  });
});

describe('a supposition', () => {
  test('of nothing is the decision; of enough it is an approval; and nothing is stored', async () => {
    const before = await countRows();
    const same = await api.decisions.whatIf(analysisId, {});
    expect(same.changed).toEqual(same.original);
    const features = { transaction_count_30d: 60, avg_transaction_value_30d: 300 };
    const { original, changed } = await api.decisions.whatIf(analysisId, { features });
    expect([original.approved, changed.approved]).toEqual([false, true]);
    expect(changed.twin.features).toMatchObject(features);
    const prudent = await api.decisions.whatIf(analysisId, { policy_version: 'prudent-1' });
    expect(prudent.changed.policy_version).toBe('prudent-1');
    expect(await countRows()).toEqual(before);
  });

  test('of what is not there is refused by name', async () => {
    const refused = async (request: object, code: string) =>
      expect(api.decisions.whatIf(analysisId, request)).rejects.toMatchObject({ code });
    await refused({ policy_version: 'no-such' }, 'policy_not_found');
    await refused({ features: { mood: 1 } }, 'invalid_request');
    await refused({ features: { avg_positivity_7d: 2 } }, 'invalid_request');
    await expect(api.decisions.whatIf(crypto.randomUUID(), {})).rejects.toMatchObject({
      code: 'analysis_not_found',
    });
  });

  test('has a quota of each operator, which no customer and no other operator feels', async () => {
    const [eager, second] = [await clientOf(), await clientOf()];
    const codes = await Promise.all(
      Array.from({ length: 30 }, () =>
        eager.decisions.whatIf(analysisId, {}).then(
          () => 'fine',
          ({ code }: { code: string }) => code,
        ),
      ),
    );
    expect(codes).toContain('quota_exceeded');
    await expect(second.decisions.whatIf(analysisId, {})).resolves.toBeDefined();
  });
});
