import { expect, test } from 'bun:test';
import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import prudent from '../policies/prudent-1.json';
import shipped from '../policies/v1.json';
import type { Policy } from '../policy/build-policy.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { MODEL_VERSION, score } from '../scorecard.ts';
import { twinOf } from '../twin.ts';
import type { FeatureVector } from '../risk-model.ts';
import { createBacktest } from './backtest.ts';
import { type Application, decide } from './decide.ts';
import { type Ask, explain } from './explain.ts';
import { makeRecord } from './make-record.ts';
import { DecisionRecord } from './record.ts';
import { hashOfRecord } from './record-hash.ts';
import { replay } from './replay.ts';
import { withoutEdition } from './test-records.ts';

const policy = compilePolicy(shipped);
const assess = (features: FeatureVector) => ({
  features,
  prediction: { ...score(features), model_version: MODEL_VERSION },
});
const ask: Ask = async (vectors) => vectors.map((features) => assess(features).prediction);

async function decided(
  features: FeatureVector,
  effect: 'off' | 'help_only',
  exposure: number,
  by: Policy = policy,
) {
  const application: Application = {
    jurisdiction: effect === 'off' ? 'DE' : 'US',
    effect,
    twin: assess(twinOf(features)),
    full: effect === 'off' ? null : assess(features),
    exposure,
    isSelfReported: true,
  };
  const decision = decide(by, application);
  return makeRecord(by, application, decision, await explain(by, application, decision, ask), {
    analysisId: 'a',
    userId: 'u',
    traceId: null,
    decidedAt: new Date(0),
    salt: 'salt',
    today: '1970-01-01',
    counts: { transactions: { platform: 0, customer: 3 }, emotions: null },
    consents: {},
    effectBecause: by.effectIn(application.jurisdiction).because,
  });
}

const records = fc
  .tuple(
    fc.record({
      transaction_count_30d: fc.nat({ max: 60 }),
      avg_transaction_value_30d: fc.nat({ max: 250 }),
      avg_positivity_7d: fc.nat({ max: 100 }).map((hundredths) => hundredths / 100),
      stress_events_30d: fc.nat({ max: 30 }),
    }),
    fc.constantFrom('off' as const, 'help_only' as const),
    fc.nat({ max: 10_000 }),
  )
  .map((input) => decided(...input));

test('a stored record gives the same decision again, also after a trip through JSON', async () => {
  await fc.assert(
    fc.asyncProperty(records, async (pending) => {
      const stored: unknown = JSON.parse(JSON.stringify(await pending));
      expect([...Value.Errors(DecisionRecord, stored)]).toEqual([]);
      expect(replay(stored as DecisionRecord, policy)).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

test('every changed number or flag of a record changes its hash, and what decides is named', async () => {
  const record = await decided(
    { transaction_count_30d: 3, avg_transaction_value_30d: 20, avg_positivity_7d: 0.5, stress_events_30d: 0 },
    'off',
    0,
  );
  const hash = hashOfRecord(record);
  const changes: [string, (changed: DecisionRecord) => void][] = [
    ['/outcomes', (changed) => (changed.twin.prediction.risk_score = 0.1)],
    ['/approved', (changed) => (changed.approved = true)],
    ['/effect', (changed) => (changed.jurisdiction = 'US')],
    ['/recourse', (changed) => ((changed.recourse[0] ?? { to: 0 }).to = 4)],
    ['/reasons', (changed) => ((changed.reasons[0] ?? { value: 0 }).value = 4)],
    [
      '/reasons/0/sufficient_value',
      (changed) => ((changed.reasons[0] ?? { sufficient_value: 0 }).sufficient_value = 4),
    ],
    ['/versions/policy_hash', (changed) => (changed.versions.policy_hash = 'f'.repeat(64))],
    ['/exposure/max', (changed) => (changed.exposure.max = 20_000)],
  ];
  for (const [path, change] of changes) {
    const changed = structuredClone(record);
    change(changed);
    expect(hashOfRecord(changed)).not.toBe(hash);
    expect(replay(changed, policy).map((difference) => difference.path)).toContain(path);
  }
});

test('a limit that exposure reduces is replayed as it is told today, and as earlier records have it', async () => {
  const low = compilePolicy({ ...shipped, exposure_max: 5000 });
  const features = {
    transaction_count_30d: 50,
    avg_transaction_value_30d: 200,
    avg_positivity_7d: 1,
    stress_events_30d: 0,
  };
  const record = await decided(features, 'off', 0, low);
  expect(record.reasons).toMatchObject([
    { code: 'limit_reduced_to_maximum', feature: 'exposure_max', value: 5000 },
  ]);
  expect(replay(record, low)).toEqual([]);
  const reason = {
    code: 'limit_reduced_by_exposure',
    feature: 'exposure',
    value: 0,
    sufficient_value: null,
    weight: null,
  };
  const earlier = withoutEdition(record);
  expect(replay({ ...earlier, reasons: [reason] }, low)).toEqual([]);
  expect(replay({ ...record, reasons: [reason] }, low).map(({ path }) => path)).toEqual(['/reasons']);
  const lies = [
    { ...reason, value: 1 },
    { ...record.reasons[0], sufficient_value: 1 },
  ] as DecisionRecord['reasons'];
  for (const lie of lies) {
    expect(replay({ ...earlier, reasons: [lie] }, low).map(({ path }) => path)).toEqual(['/reasons']);
  }
});

test('another policy is named as another, not taken for the one that decided', async () => {
  const record = await decided(
    {
      transaction_count_30d: 30,
      avg_transaction_value_30d: 90,
      avg_positivity_7d: 0.5,
      stress_events_30d: 0,
    },
    'off',
    0,
  );
  const paths = replay(record, compilePolicy(prudent)).map(({ path }) => path);
  expect(paths).toContain('/versions/policy_hash');
});

const POOR = {
  transaction_count_30d: 3,
  avg_transaction_value_30d: 20,
  avg_positivity_7d: 0.5,
  stress_events_30d: 0,
};
const RICH = { ...POOR, transaction_count_30d: 50, avg_transaction_value_30d: 200 };
const places = (record: DecisionRecord) => replay(record, policy).map(({ path }) => path);

test('emotions are off by a consent that was refused, or was missing then, and by no other', async () => {
  const effectOf = (consents: DecisionRecord['consents'], applied: 'off' | 'help_only', because: string) => ({
    consents,
    effect: { applied, because },
  });
  const record = await decided(POOR, 'help_only', 0);
  const off = { ...record, full: null, outcomes: { ...record.outcomes, full: null }, basis: 'twin' as const };
  const refused = effectOf({ emotion_scoring: false }, 'off', 'consent');
  expect(places({ ...off, ...refused })).not.toContain('/effect');
  expect(places({ ...off, ...effectOf({}, 'off', 'consent') })).not.toContain('/effect');
  expect(places({ ...off, ...effectOf({ emotion_scoring: true }, 'off', 'consent') })).toContain('/effect');
  expect(places({ ...off, ...effectOf({}, 'off', 'policy_default') })).toContain('/effect');
  expect(places({ ...record, consents: { emotion_scoring: false } })).toContain('/effect');
  expect(places({ ...record, consents: { emotion_scoring: true } })).toEqual([]);
});

test('a way out of a denial by exposure is true and starts where the customer is', async () => {
  const record = await decided(RICH, 'off', 9500);
  expect(record.recourse).toEqual([{ feature: 'exposure', from: 9500, to: 9000 }]);
  expect(places(record)).toEqual([]);
  const placesOf = (from: number, to: number) =>
    places({ ...record, recourse: [{ feature: 'exposure', from, to }] });
  expect(placesOf(9500, 9000.01)).toEqual(['/recourse']);
  expect(placesOf(9400, 9000)).toEqual(['/recourse']);
});

test('a way out of a denial by score and exposure is proved by the vector of the change beside the lower sum', async () => {
  const features = {
    transaction_count_30d: 3,
    avg_transaction_value_30d: 20,
    avg_positivity_7d: 0.5,
    stress_events_30d: 0,
  };
  const record = await decided(features, 'off', 9500);
  const [lowerSum, change] = record.recourse;
  if (!lowerSum || !change) throw new Error('no recourse of two');
  expect([lowerSum.feature, change.feature]).toEqual(['exposure', 'transaction_count_30d']);
  const paths = (recourse: typeof record.recourse) =>
    replay({ ...record, recourse }, policy).map(({ path }) => path);
  expect(paths(record.recourse)).toEqual([]);
  for (const recourse of [[lowerSum], [change], [{ ...lowerSum, to: 9000.01 }, change]]) {
    expect(paths(recourse)).toEqual(['/recourse']);
  }
  expect(paths([lowerSum, { ...change, to: change.to - 1 }])).toEqual(['/recourse']);
});

/** A denial as it was told before an average of no transactions was no reason any more. */
async function toldOfNothing(): Promise<DecisionRecord> {
  const nothing = {
    transaction_count_30d: 0,
    avg_transaction_value_30d: 0,
    avg_positivity_7d: 0.5,
    stress_events_30d: 0,
  };
  const record = await decided(nothing, 'off', 9500);
  const reason = (code: string, feature: keyof FeatureVector, weight: number) => ({
    code,
    feature,
    value: 0,
    sufficient_value: null,
    weight,
  });
  const reasons = [
    reason('few_transactions', 'transaction_count_30d', 0.2),
    reason('low_transaction_value', 'avg_transaction_value_30d', 0.1),
  ];
  return { ...withoutEdition(record), reasons, recourse: [], evidence: [] };
}

test('a denial of no transactions is replayed as it is told today, and as records of before have it', async () => {
  const before = await toldOfNothing();
  expect(replay(before, policy)).toEqual([]);
  const [few, low] = before.reasons;
  if (!few || !low) throw new Error('no reasons');
  expect(replay({ ...before, reasons: [low, few] }, policy).map(({ path }) => path)).toEqual(['/reasons']);
});

test('a backtest of a policy finds no difference in a record that was told in another way', async () => {
  const run = createBacktest(policy, () => policy);
  run.add({ record: await toldOfNothing(), isKnown: false });
  expect(run.report()).toMatchObject({ replayed: 1, differences: 0 });
});

test('adjustments, values and evidence that do not follow are named', async () => {
  const record = await decided(POOR, 'off', 0);
  expect(record.recourse.length).toBeGreaterThan(0);
  expect(places({ ...record, adjustments: ['limit_reduced_by_source'] })).toContain('/adjustments');
  expect(places({ ...record, evidence: [] })).toContain('/recourse');
  const [change, ...rest] = record.recourse;
  expect(places({ ...record, recourse: [{ ...change!, from: change!.from + 1 }, ...rest] })).toEqual([
    '/recourse',
  ]);
  const [tried] = record.evidence;
  const worse = { ...tried!, prediction: { ...tried!.prediction, risk_score: 0.9 } };
  expect(places({ ...record, evidence: [worse] })).toContain('/recourse');
  expect(places({ ...record, recourse: [] })).toEqual([]);
});
