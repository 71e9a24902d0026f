import { expect, test } from 'bun:test';
import { createCli } from '../../tests/cli/harness.ts';
import { newOperator } from '../../tests/harness/operators.ts';
import { newReview } from '../../tests/harness/reviews.ts';
import { useSystem } from '../../tests/harness/system.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';

/** The commands on reviews, by two operators at once. */
const system = useSystem({ split: false, variables: { REVIEW_FOUR_EYES_ABOVE: '1500' } });

test('a denial is upheld in the state that its operator names: a proposal that came meanwhile stays', async () => {
  const [ada, grace] = [await newOperator(system()), await newOperator(system())];
  const api = new EcsOperatorClient({ baseUrl: system().url, token: grace.token });
  const { ecs, data } = createCli({ env: { ECS_URL: system().url, ECS_OPERATOR_TOKEN: ada.token } });
  const id = await newReview(system().url, 'My salary came late.');
  await api.reviews.override(id, {
    reason_code: 'income_verified',
    note: 'three payslips',
    credit_limit: 2000,
    interest_rate: 12.5,
    credit_type: 'SHORT_TERM_PERSONAL_LOAN',
  });
  const uphold = ['reviews', 'uphold', id, '--reason', 'risk_too_high', '--note', 'seen'];
  const late = await ecs(uphold);
  expect(late.code).toBe(6);
  expect(late.stderr).toContain('An override is proposed already');
  expect(late.stderr).toContain(`try: ecs reviews show ${id}`);
  expect(late.stderr).toContain('--state proposed');
  expect((await api.reviews.get(id)).state).toBe('proposed');
  expect(await data<object>([...uphold, '--state', 'proposed'])).toMatchObject({ state: 'upheld' });
}, 60_000);
