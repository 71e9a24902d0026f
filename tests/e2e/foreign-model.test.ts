import { afterAll, expect, test } from 'bun:test';
import { EcsClient } from '../../sdk/index.ts';
import { eventually } from '../harness/engines.ts';
import { newCustomer, useSystem } from '../harness/system.ts';

/** A scoring server as MLflow documents it: a classifier that gives the probabilities of its classes. */
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  async fetch(request) {
    const { dataframe_split: frame } = (await request.json()) as {
      dataframe_split?: { columns: string[]; data: number[][] };
    };
    if (new URL(request.url).pathname !== '/invocations' || !frame) return new Response('', { status: 400 });
    const count = frame.columns.indexOf('transaction_count_30d');
    return Response.json({
      predictions: frame.data.map((row) => {
        const risk = Math.max(0, 90 - 2 * (row[count] ?? 0)) / 100;
        return [1 - risk, risk];
      }),
    });
  },
});
afterAll(() => server.stop(true));

const system = useSystem({
  split: false,
  variables: {
    CREDIT_ANALYSIS_SERVICE_URL: `http://127.0.0.1:${server.port}`,
    CREDIT_MODEL_PROTOCOL: 'mlflow',
    CREDIT_MODEL_VERSION: 'risk/7',
    CHALLENGER_MODEL_URL: '/scorecard-1',
  },
});

test('a model of the MLflow kind on the same machine decides, is explained, and is challenged by the mock', async () => {
  const { url: baseUrl, sql } = system();
  const { id, token } = await newCustomer(baseUrl);
  const ecs = new EcsClient({ baseUrl, token });
  const denied = await ecs.analyses.create(id);
  expect(denied).toMatchObject({ approved: false, ml_risk_score: 0.9, model_version: 'risk/7' });
  const [record] =
    await sql`select record->'recourse' as recourse from credit_analyses where id = ${denied.analysis_id}`;
  // A risk of 0.6 is approved: 15 transactions.
  expect(record?.recourse).toEqual([{ feature: 'transaction_count_30d', from: 0, to: 15 }]);

  await ecs.transactions.sendBatch(Array.from({ length: 15 }, () => ({ userId: id, amount: 1 })));
  await eventually('the recourse is taken', async () => (await ecs.analyses.create(id)).approved);
  await eventually('the mock has challenged both', async () => {
    const rows = await sql`
      select from challenger_predictions join credit_analyses on id = analysis_id
      where user_id = ${id} and model = 'scorecard-1' and model_version = 'risk/7'`;
    return rows.length >= 2;
  });
});
