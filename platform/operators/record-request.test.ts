import { beforeAll, expect, test } from 'bun:test';
import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import type { ActRow } from '../audit/act-hash.ts';
import { selectActs } from '../audit/act-store.ts';
import type { Database } from '../data/sql.ts';
import type { OperatorAct } from '../http/operator-access.ts';
import { recordRequest } from './record-request.ts';

const runtime = createTestRuntime();
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
});

async function recorded(change: Partial<OperatorAct>): Promise<ActRow | undefined> {
  await recordRequest(database, {
    operator: { kind: 'operator', name: 'ada', roles: ['viewer'], tokenExpiresAtMs: 0, tokenVersion: 1 },
    params: {},
    endpoint: ENDPOINTS.getOperator,
    requestId: 'request-1',
    status: 200,
    problem: null,
    ...change,
  });
  const [act] = await database.query((sql) => selectActs(sql, { act: 'request', limit: 1 }));
  return act;
}

test('a read names its endpoint, and a refusal its problem', async () => {
  expect(await recorded({})).toMatchObject({
    actor_kind: 'operator',
    actor: 'ada',
    act: 'request.read',
    subject_kind: 'endpoint',
    subject_id: '/v1/operators/me',
    details: { endpoint: 'GET /v1/operators/me', status: 200, problem: null, request_id: 'request-1' },
  });
  expect(await recorded({ status: 403, problem: 'role_missing' })).toMatchObject({
    act: 'request.refuse',
    details: { status: 403, problem: 'role_missing' },
  });
});

test("a customer's data: the act names the customer, also by an analysis", async () => {
  const [userId, analysisId] = [crypto.randomUUID(), crypto.randomUUID()];
  await database.query(
    (sql) => sql`insert into users (id, email, password_hash) values (${userId}, ${userId}, 'x')`,
  );
  await database.query(
    (sql) => sql`
      insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version, features,
        contributions, reasons)
      values (${analysisId}, ${userId}, false, 1, 'm', 'v1', '{}', '{}', '[]')`,
  );
  expect(await recorded({ params: { user_id: userId } })).toMatchObject({
    subject_kind: 'user',
    subject_id: null,
    customer_id: userId,
  });
  expect(await recorded({ params: { analysis_id: analysisId } })).toMatchObject({
    subject_kind: 'analysis',
    subject_id: analysisId,
    customer_id: userId,
  });
});

test('an id without an account is no customer: it may be that of an erased one', async () => {
  const act = await recorded({
    params: { user_id: crypto.randomUUID() },
    status: 404,
    problem: 'user_not_found',
  });
  expect(act).toMatchObject({ act: 'request.refuse', subject_id: null, customer_id: null });
});

test('a parameter of a refused request may be anything', async () => {
  const text = `\u0000'";--${'x'.repeat(5000)}`;
  const act = await recorded({ params: { user_id: text, offer_id: text }, status: 404 });
  expect(act).toMatchObject({ act: 'request.refuse', customer_id: null });
  expect(String(act?.details.offer_id)).toHaveLength(200);
  const cut = await recorded({ params: { act_id: `${'x'.repeat(199)}😀` }, status: 404 });
  expect(cut?.details.act_id).toBe(`${'x'.repeat(199)}\ufffd`);
});
