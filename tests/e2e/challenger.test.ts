import { expect, test } from 'bun:test';
import { EcsClient } from '../../sdk/index.ts';
import { score } from '../../underwriting/scorecard.ts';
import { eventually } from '../harness/engines.ts';
import { newCustomer, useSystem } from '../harness/system.ts';

const system = useSystem({ split: false, variables: { CHALLENGER_MODEL_URL: '/scorecard-2' } });

test('a system with a challenger asks it about each decision, and decides by the champion', async () => {
  const { url: baseUrl, sql } = system();
  const { id, token } = await newCustomer(baseUrl);
  const analysis = await new EcsClient({ baseUrl, token }).analyses.create(id);
  expect(analysis.model_version).toBe('scorecard-1');
  const [row] = await eventually('the challenger has predicted', async () => {
    const rows = await sql`
      select model, challenger_predictions.twin->'risk_score' as risk, record->'twin'->'features' as features
      from challenger_predictions join credit_analyses on id = analysis_id
      where id = ${analysis.analysis_id}`;
    return rows.length === 1 && rows;
  });
  expect(row).toMatchObject({ model: 'scorecard-2', risk: score(row?.features, 'scorecard-2').risk_score });
});
