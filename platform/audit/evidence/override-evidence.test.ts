import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createTestDatabase } from '../../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { appendDecision, storeDecisions } from '../../../tests/harness/stored-decisions.ts';
import { verifyBundle } from '../../../tests/harness/verify-bundle.ts';
import { eraseRecord } from '../../../underwriting/decision/erase-record.ts';
import { makeOverrideRecord } from '../../../underwriting/decision/override.ts';
import type { DecisionRecord } from '../../../underwriting/decision/record.ts';
import { hashOfRecord } from '../../../underwriting/decision/record-hash.ts';
import { SHIPPED } from '../../../underwriting/decision/test-records.ts';
import { connectPostgres } from '../../data/connect-postgres.ts';
import type { Database, Sql } from '../../data/sql.ts';
import { appendAct } from '../append-act.ts';
import { type Bundle, collectEvidence } from './collect-evidence.ts';

const runtime = createTestRuntime();
const overrideId = crypto.randomUUID();
let sql: Sql;
let database: Database;
let denial: DecisionRecord;

beforeAll(async () => {
  const url = await createTestDatabase();
  sql = connectPostgres(url, { max: 1, name: 'credit', connectSeconds: 5 });
  database = await openTestDatabase(runtime, url);
  await storeDecisions(sql, 20);
  const [row] = await sql<{ record: DecisionRecord }[]>`
    select record from credit_analyses join credit_analysis_chain on analysis_id = id
    where not approved order by position limit 1`;
  if (!row) throw new Error('no denial');
  denial = row.record;
  await appendDecision(sql, overrideOf(denial));
  await appendAct(sql, {
    actor: { kind: 'operator', name: 'olga' },
    act: 'review.override',
    subject: { kind: 'analysis', id: denial.analysis_id },
    customerId: denial.user_id,
    reason: 'payslips seen',
  });
}, 60_000);
afterAll(() => sql.end());

function overrideOf(record: DecisionRecord): DecisionRecord {
  return makeOverrideRecord(record, hashOfRecord(record), SHIPPED, {
    reviewId: crypto.randomUUID(),
    analysisId: overrideId,
    traceId: null,
    salt: 'salt of the override',
    decidedAt: new Date('2026-11-29T10:00:00Z'),
    terms: { credit_limit: 1500, interest_rate: 12.5, credit_type: 'SHORT_TERM_PERSONAL_LOAN' },
    reasonCode: 'income_verified',
    proposedBy: null,
    decidedBy: 'olga',
    exposure: { before: 0, max: 10_000 },
  });
}

async function bundleOf(id: string): Promise<Bundle> {
  const bundle = await collectEvidence((statement) => database.query(statement), id, {
    anchors: [],
    madeAt: new Date('2026-11-29T12:00:00Z'),
  });
  if (!bundle) throw new Error(`no evidence of ${id}`);
  return bundle;
}

test('a bundle of an override has the denial in whose place it stands, with its link and the act', async () => {
  const bundle = await bundleOf(overrideId);
  const { code, text } = verifyBundle(bundle);
  expect([code, text.trim().split('\n').at(-1)]).toEqual([0, 'valid']);
  for (const id of [overrideId, denial.analysis_id]) {
    expect(text).toContain(`the decision ${id} is the one that was linked at position`);
  }
  expect(JSON.parse(bundle['denial-record.json'] ?? '')).toEqual(denial);
  const acts = JSON.parse(bundle['acts.json'] ?? '') as object[];
  expect(acts.at(-1)).toMatchObject({ act: 'review.override', actor: 'olga' });
  expect(bundle['README.md']).toContain(`the same of the denial ${denial.analysis_id}`);
  expect(Object.keys(await bundleOf(denial.analysis_id))).not.toContain('denial-record.json');
});

test('an override without its denial, of another one, or on other facts is not valid', async () => {
  const bundle = await bundleOf(overrideId);
  const { 'denial-record.json': _, 'denial-row.json': __, ...alone } = bundle;
  expect(verifyBundle(alone).text).toContain('denial-record.json: is missing: record.json is of a decision');
  const textOf = (change: Bundle) => verifyBundle({ ...bundle, ...change }).text;
  const row = JSON.parse(bundle['denial-row.json'] ?? '') as object;
  const asText = (value: object) => JSON.stringify(value);
  expect(textOf({ 'denial-row.json': asText({ ...row, record_hash: 'f'.repeat(64) }) })).toContain(
    'denial-record.json: is not the denial that record.json overrides',
  );
  expect(textOf({ 'denial-record.json': asText({ ...denial, jurisdiction: 'FR' }) })).toContain(
    'record.json: has another jurisdiction than denial-record.json',
  );
  const full = { ...denial.twin, features: { ...denial.twin.features, stress_events_30d: 7 } };
  expect(textOf({ 'denial-record.json': asText({ ...denial, full }) })).toContain(
    'record.json: has another full than denial-record.json',
  );
});

test('an override on a denial that was erased before it is valid', async () => {
  const erased = eraseRecord(denial);
  await sql`
    update credit_analyses set record = ${sql.json(erased)}, erased_at = now(), user_id = null,
      trace_id = null, reasons = ${sql.json(erased.reasons)}
    where id = ${denial.analysis_id}`;
  const { code, text } = verifyBundle(await bundleOf(overrideId));
  expect([code, text.trim().split('\n').at(-1)]).toEqual([0, 'valid']);
});
