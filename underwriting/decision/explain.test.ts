import { describe, expect, test } from 'bun:test';
import { buildPolicy } from '../policy/build-policy.ts';
import { type Application, decide } from './decide.ts';
import type { Edition } from './editions.ts';
import { explain } from './explain.ts';
import { reasonsOf } from './reasons.ts';
import { SHIPPED } from './test-records.ts';

const policyOf = (change: object) => buildPolicy({ ...SHIPPED.document, ...change }).policy;
const assessed = (risk_score: number, change = {}) => ({
  features: {
    transaction_count_30d: 3,
    avg_transaction_value_30d: 20,
    avg_positivity_7d: 0.1,
    stress_events_30d: 9,
    ...change,
  },
  prediction: { risk_score, model_version: 'm' },
});
const applicationOf = (change: Partial<Application> = {}): Application => ({
  jurisdiction: 'US',
  effect: 'help_only',
  twin: assessed(0.9),
  full: null,
  exposure: 0,
  isSelfReported: false,
  ...change,
});
const WEIGHTS = {
  transaction_count_30d: 0.2,
  avg_transaction_value_30d: 0.2,
  avg_positivity_7d: 0.3,
  stress_events_30d: 0.1,
};
const reasons = (policy: typeof SHIPPED, application: Application, weights = {}, edition?: Edition) =>
  reasonsOf({
    policy,
    application,
    decision: decide(policy, application),
    weights,
    ...(edition ? { edition } : {}),
  });
const codesOf = (...args: Parameters<typeof reasons>) => reasons(...args).map(({ code }) => code);

describe('a denial for its score', () => {
  test('has the features that weigh most as reasons, of equal ones by name; no emotion unless they count', () => {
    expect(reasons(SHIPPED, applicationOf(), WEIGHTS)).toEqual([
      {
        code: SHIPPED.document.features['avg_transaction_value_30d']!.reason,
        feature: 'avg_transaction_value_30d',
        value: 20,
        sufficient_value: null,
        weight: 0.2,
      },
      {
        code: SHIPPED.document.features['transaction_count_30d']!.reason,
        feature: 'transaction_count_30d',
        value: 3,
        sufficient_value: null,
        weight: 0.2,
      },
    ]);
    const full = applicationOf({ effect: 'full', full: assessed(0.9) });
    expect(reasons(SHIPPED, full, WEIGHTS).map(({ feature }) => feature)).toEqual([
      'avg_positivity_7d',
      'avg_transaction_value_30d',
      'transaction_count_30d',
      'stress_events_30d',
    ]);
  });

  test('has no feature that lowers it or does nothing, and is plain without any', () => {
    const weights = { transaction_count_30d: 0, avg_transaction_value_30d: -0.1, avg_positivity_7d: 0.3 };
    expect(reasons(SHIPPED, applicationOf(), weights)).toEqual([
      { code: 'high_risk_score', feature: null, value: null, sufficient_value: null, weight: null },
    ]);
  });
});

describe('a denial for its score of a customer whose limits leave no room', () => {
  const ask = async (vectors: { transaction_count_30d: number }[]) =>
    vectors.map(({ transaction_count_30d: count }) => assessed(count >= 20 ? 0.5 : 0.9).prediction);
  const explained = (application: Application) =>
    explain(SHIPPED, application, decide(SHIPPED, application), ask);

  test('tells of them too, claims no value that is not enough, and has a way out of both', async () => {
    const { reasons, recourse, evidence } = await explained(applicationOf({ exposure: 9500 }));
    expect(reasons).toMatchObject([
      { code: 'few_transactions', value: 3, sufficient_value: null },
      { code: 'exposure_limit_reached', feature: 'exposure', value: 9500, sufficient_value: null },
    ]);
    expect(recourse).toEqual([
      { feature: 'exposure', from: 9500, to: 9000 },
      { feature: 'transaction_count_30d', from: 3, to: 20 },
    ]);
    expect(evidence.map(({ features }) => features.transaction_count_30d)).toEqual([20]);
  });

  test('tells of them alone where emotions help out of the score', async () => {
    const application = applicationOf({ full: assessed(0.2), exposure: 9500 });
    expect(await explained(application)).toMatchObject({
      reasons: [{ code: 'exposure_limit_reached', value: 9500, sufficient_value: 9000 }],
      recourse: [{ feature: 'exposure', from: 9500, to: 9000 }],
    });
  });

  test('has a way out of both by two features where one is not enough', async () => {
    const byBoth = async (vectors: { transaction_count_30d: number; avg_transaction_value_30d: number }[]) =>
      vectors.map(
        ({ transaction_count_30d: count, avg_transaction_value_30d: value }) =>
          assessed(count >= 20 && value >= 100 ? 0.5 : 0.9).prediction,
      );
    const application = applicationOf({ exposure: 9500 });
    const { recourse } = await explain(SHIPPED, application, decide(SHIPPED, application), byBoth);
    expect(recourse).toEqual([
      { feature: 'exposure', from: 9500, to: 9000 },
      { feature: 'transaction_count_30d', from: 3, to: 20 },
      { feature: 'avg_transaction_value_30d', from: 20, to: 100 },
    ]);
  });

  test('has the smallest limit as its room, to the cent', async () => {
    const { reasons } = await explained(applicationOf({ exposure: 9000 }));
    expect(reasons).toMatchObject([{ code: 'few_transactions', sufficient_value: 20 }]);
    const codes = (await explained(applicationOf({ exposure: 9000.01 }))).reasons.map(({ code }) => code);
    expect(codes).toEqual(['few_transactions', 'exposure_limit_reached']);
  });

  test('never has more than four reasons, the sum of limits among them', () => {
    const rules = ['a', 'b', 'c', 'd'].map((code) => ({ code, deny_when: 'score > 0.5' }));
    expect(codesOf(policyOf({ rules }), applicationOf({ exposure: 9500 }))).toEqual([
      'a',
      'b',
      'c',
      'exposure_limit_reached',
    ]);
    expect(codesOf(policyOf({ rules }), applicationOf({ exposure: 9500 }), {}, 2)).toHaveLength(4);
  });
});

test('a denial whose shares name no cause is told by what would lower its score', async () => {
  const contributions = { transaction_count_30d: 0, avg_transaction_value_30d: -0.1, avg_positivity_7d: 0.3 };
  const twin = { ...assessed(0.7), prediction: { ...assessed(0.7).prediction, contributions } };
  const ask = async (vectors: { transaction_count_30d: number }[]) =>
    vectors.map(({ transaction_count_30d: count }) => assessed(count >= 20 ? 0.5 : 0.7).prediction);
  const application = applicationOf({ twin });
  const { reasons, weights } = await explain(SHIPPED, application, decide(SHIPPED, application), ask);
  expect(reasons).toEqual([
    expect.objectContaining({
      code: 'few_transactions',
      value: 3,
      sufficient_value: 20,
      weight: expect.closeTo(0.2),
    }),
  ]);
  expect(weights).toMatchObject({ transaction_count_30d: expect.closeTo(0.2), avg_transaction_value_30d: 0 });
});

test('a denial by rules names each code once, four at most, and no feeling where emotions may not be reasons', () => {
  const rule = (code: string, deny_when: string, feature?: string) => ({
    code,
    deny_when,
    ...(feature ? { feature } : {}),
  });
  const many = policyOf({
    rules: [
      rule('few', 'features.transaction_count_30d < 5.0', 'transaction_count_30d'),
      rule('few', 'score > 0.5'),
      ...['a', 'b', 'c', 'd'].map((code) => rule(code, 'score > 0.5')),
    ],
  });
  expect(reasons(many, applicationOf())[0]).toMatchObject({
    code: 'few',
    feature: 'transaction_count_30d',
    value: 3,
  });
  expect(codesOf(many, applicationOf())).toEqual(['few', 'a', 'b', 'c']);
  const sad = policyOf({
    rules: [
      rule('sad', 'features.stress_events_30d > 5.0', 'stress_events_30d'),
      rule('tense', 'features.stress_events_30d > 6.0'),
    ],
  });
  expect(codesOf(sad, applicationOf({ twin: assessed(0.2) }), { transaction_count_30d: 0.2 })).toEqual([
    SHIPPED.document.features['transaction_count_30d']!.reason,
  ]);
  const full = applicationOf({ effect: 'full', full: assessed(0.2) });
  expect(codesOf(sad, full)).toEqual(['sad', 'tense']);
  // Before edition 5 a rule of several emotions was told as the score.
  expect(codesOf(sad, full, { transaction_count_30d: 0.2 }, 4)).toEqual(['sad', 'few_transactions']);
});

describe('rules of the same code', () => {
  const thin = policyOf({
    rules: [
      { code: 'thin', deny_when: 'features.transaction_count_30d < 3.0', feature: 'transaction_count_30d' },
      { code: 'thin', deny_when: 'features.avg_transaction_value_30d < 50.0' },
    ],
  });

  test('are told by the one that denies, and name no fact of another', () => {
    const application = applicationOf({ twin: assessed(0.2) });
    expect(reasons(thin, application)).toMatchObject([{ code: 'thin', feature: null, value: null }]);
    expect(reasons(thin, application, {}, 4)).toMatchObject([
      { code: 'thin', feature: 'transaction_count_30d' },
    ]);
    const few = applicationOf({ twin: assessed(0.2, { transaction_count_30d: 2 }) });
    expect(reasons(thin, few)).toMatchObject([{ code: 'thin', feature: 'transaction_count_30d', value: 2 }]);
  });
});

test('a score that denies is told beside a rule, also where no feature of it weighs', () => {
  const rules = [
    { code: 'high_risk_score', deny_when: 'score > 0.6' },
    { code: 'thin', deny_when: 'features.transaction_count_30d < 5.0' },
  ];
  expect(codesOf(policyOf({ rules }), applicationOf())).toEqual(['high_risk_score', 'thin']);
  expect(codesOf(policyOf({ rules }), applicationOf(), {}, 4)).toEqual(['thin']);
});

test('a rule of the sum is told with the sum, and one above all bands as the score, whatever its code', () => {
  const ofSum = policyOf({ rules: [{ code: 'high_risk_score', deny_when: 'exposure > 500.0' }] });
  const application = applicationOf({ twin: assessed(0.2), exposure: 600 });
  const reason = { code: 'high_risk_score', feature: 'exposure', value: 600, sufficient_value: 500 };
  expect([reasons(ofSum, application), reasons(ofSum, application, {}, 4)]).toMatchObject([
    [reason],
    [reason],
  ]);
  expect(reasons(ofSum, application, {}, 3)).toMatchObject([{ code: 'high_risk_score', feature: null }]);
  const [band] = SHIPPED.document.terms;
  const low = policyOf({ rules: [], terms: [band] });
  expect(codesOf(low, applicationOf(), { transaction_count_30d: 0.2 })).toEqual(['few_transactions']);
  expect(codesOf(low, applicationOf(), { transaction_count_30d: 0.2 }, 4)).toEqual(['few_transactions']);
  const named = policyOf({
    rules: [{ code: 'high_risk_score', deny_when: 'score > 0.6', feature: 'transaction_count_30d' }],
  });
  expect(reasons(named, applicationOf())).toMatchObject([{ code: 'high_risk_score', feature: null }]);
});

test('a feature at its best is no reason, however much a model blames it', () => {
  const serene = assessed(0.9, { avg_positivity_7d: 1, stress_events_30d: 0 });
  const application = applicationOf({ effect: 'full', full: serene });
  expect(codesOf(SHIPPED, application, WEIGHTS)).toEqual(['low_transaction_value', 'few_transactions']);
  expect(codesOf(SHIPPED, application, WEIGHTS, 4)).toHaveLength(4);
});

test('the sum that leaves room is told as enough where no rule denies it, else the highest that none denies', () => {
  const approves = (deny_when: string, exposure: number, edition?: Edition) =>
    reasons(
      policyOf({ rules: [{ code: 'unproven', deny_when }] }),
      applicationOf({ twin: assessed(0.2), exposure }),
      {},
      edition,
    );
  const atLeast = (sum: number | null) => [{ code: 'exposure_limit_reached', sufficient_value: sum }];
  expect(approves('exposure > 9800.0', 9500)).toMatchObject(atLeast(9000));
  expect(approves('exposure < 9500.0', 9500)).toMatchObject(atLeast(null));
  expect(approves('exposure < 9500.0 && exposure > 4000.0', 9500)).toMatchObject(atLeast(4000));
  expect(approves('exposure < 9500.0', 9500, 4)).toMatchObject(atLeast(9000));
});

describe('terms that are bounded', () => {
  const good = assessed(0.2);
  const selfReported = policyOf({ sources: { ...SHIPPED.document.sources, customer_limit_max: 3000 } });

  test('by exposure tell of the exposure that leaves the whole limit', () => {
    const [reason] = reasons(SHIPPED, applicationOf({ twin: good, exposure: 4000 }));
    expect(reason).toMatchObject({
      code: 'limit_reduced_by_exposure',
      feature: 'exposure',
      value: 4000,
      sufficient_value: 2000,
    });
    const [denied] = reasons(SHIPPED, applicationOf({ twin: good, exposure: 9500 }));
    expect(denied).toMatchObject({ code: 'exposure_limit_reached', value: 9500, sufficient_value: 9000 });
  });

  test('by sources and exposure tell of what the sources leave; earlier records tell of the whole', () => {
    const application = applicationOf({ twin: good, exposure: 8000, isSelfReported: true });
    expect(reasons(selfReported, application)).toMatchObject([
      {
        code: 'limit_reduced_by_source',
        feature: 'customer_limit_max',
        value: 3000,
        sufficient_value: 8000,
      },
      { code: 'limit_reduced_by_exposure', sufficient_value: 7000 },
    ]);
    expect(reasons(selfReported, application, {}, 4)).toMatchObject([
      { code: 'limit_reduced_by_source', feature: null, value: null, sufficient_value: null },
      { code: 'limit_reduced_by_exposure', sufficient_value: 7000 },
    ]);
    expect(reasons(selfReported, application, {}, 1)).toMatchObject([
      { code: 'limit_reduced_by_source' },
      { code: 'limit_reduced_by_exposure', sufficient_value: 2000 },
    ]);
  });

  test('by the highest sum alone tell of it; earlier records tell of an exposure of nothing', () => {
    const low = policyOf({ exposure_max: 5000 });
    const application = applicationOf({ twin: good });
    expect(reasons(low, application)).toMatchObject([
      { code: 'limit_reduced_to_maximum', feature: 'exposure_max', value: 5000, sufficient_value: 8000 },
    ]);
    expect(reasons(low, application, {}, 1)).toMatchObject([
      { code: 'limit_reduced_by_exposure', feature: 'exposure', value: 0, sufficient_value: null },
    ]);
    expect(reasons(low, { ...application, exposure: 1 })).toMatchObject([
      { code: 'limit_reduced_by_exposure', value: 1, sufficient_value: null },
    ]);
  });

  test('are explained without the model; a denial by exposure has its way out', async () => {
    const never = () => Promise.reject(new Error('the model was asked'));
    const explained = async (application: Application) => {
      const { recourse, complete, weights } = await explain(
        SHIPPED,
        application,
        decide(SHIPPED, application),
        never,
      );
      return { recourse, complete, weights };
    };
    expect(await explained(applicationOf({ twin: good, exposure: 9500 }))).toEqual({
      recourse: [{ feature: 'exposure', from: 9500, to: 9000 }],
      complete: true,
      weights: {},
    });
    const nothing = { recourse: [], complete: true, weights: {} };
    expect(await explained(applicationOf({ twin: good, exposure: 4000 }))).toEqual(nothing);
    expect(await explained(applicationOf({ twin: good }))).toEqual(nothing);
    expect((await explained(applicationOf())).complete).toBe(false);
  });
});

describe('the way out of a denial', () => {
  const { transaction_count_30d: count, avg_transaction_value_30d: value } = SHIPPED.document.features;
  /** Approves from a count or from a value on. */
  const recourseOf = async (rule: string, changes: { count?: object; value?: object } = {}) => {
    const policy = policyOf({
      rules: [{ code: 'few', deny_when: rule }],
      features: {
        ...SHIPPED.document.features,
        transaction_count_30d: { ...count, min: 0, max: 100, step: 1, ...changes.count },
        avg_transaction_value_30d: { ...value, min: 0, max: 1000, step: 10, ...changes.value },
      },
    });
    const application = applicationOf({ twin: assessed(0.2) });
    const ask = async (vectors: object[]) => vectors.map(() => assessed(0.2).prediction);
    return (await explain(policy, application, decide(policy, application), ask)).recourse;
  };
  const denies = (least: number, leastValue: number) =>
    `features.transaction_count_30d < ${least}.0 && features.avg_transaction_value_30d < ${leastValue}.0`;
  const toCount = (to: number) => [{ feature: 'transaction_count_30d', from: 3, to }];
  const toValue = (to: number) => [{ feature: 'avg_transaction_value_30d', from: 20, to }];

  test('is the change that costs least of its range', async () => {
    expect(await recourseOf(denies(53, 120))).toEqual(toValue(120));
    expect(await recourseOf(denies(5, 520))).toEqual(toCount(5));
  });

  test('of those that cost the same is the one that changes least of its own value', async () => {
    // A tenth of either range: ten transactions more than three, or a hundred more than twenty.
    expect(await recourseOf(denies(13, 120))).toEqual(toCount(13));
  });

  test('is one that the customer can make', async () => {
    expect(await recourseOf(denies(5, 520), { count: { actionable: false } })).toEqual(toValue(520));
  });
});

describe('a model that is replaced after it decided', () => {
  const application = applicationOf();
  const explainedBy = (versionOf: (vector: object, index: number) => string) =>
    explain(SHIPPED, application, decide(SHIPPED, application), async (vectors) =>
      vectors.map((vector, index) => {
        const risk_score = vector.transaction_count_30d >= 20 ? 0.5 : 0.9;
        return { risk_score, model_version: versionOf(vector, index) };
      }),
    );

  test('proves no value, and the explanation says that it is not complete', async () => {
    expect(await explainedBy(() => 'newer')).toMatchObject({
      complete: false,
      recourse: [],
      evidence: [],
      reasons: [{ code: 'high_risk_score', sufficient_value: null }],
    });
  });

  test('is told from one that has another part for other customers', async () => {
    const { complete, recourse } = await explainedBy((_, index) => (index === 0 ? 'm' : 'part-of-m'));
    expect([complete, recourse]).toEqual([true, [{ feature: 'transaction_count_30d', from: 3, to: 20 }]]);
  });
});

describe('a denial by a rule about the sum of limits', () => {
  const policy = policyOf({
    rules: [
      { code: 'high_risk_score', deny_when: 'score > 0.6' },
      { code: 'much_credit', deny_when: 'exposure > 5000.0 || (exposure > 3000.0 && jurisdiction == "BR")' },
    ],
  });
  const explained = async (change: Partial<Application>, by = policy) => {
    const application = applicationOf({ twin: assessed(0.2), ...change });
    const ask = async (vectors: { transaction_count_30d: number }[]) =>
      vectors.map(
        ({ transaction_count_30d: count }) =>
          assessed(count >= 20 ? 0.1 : application.twin.prediction.risk_score).prediction,
      );
    const decision = decide(by, application);
    const { reasons, recourse } = await explain(by, application, decision, ask);
    return { reasons, recourse, application };
  };
  const exposureTo = (from: number, to: number) => [{ feature: 'exposure', from, to }];

  test.each([
    ['US', 7000, 5000],
    ['US', 5000.01, 5000],
    ['BR', 7000, 3000],
    ['US', 9500, 5000],
  ])('in %s at %d says that %d is enough, and a cent more is not', async (jurisdiction, exposure, enough) => {
    const { reasons, recourse, application } = await explained({ jurisdiction, exposure });
    expect(reasons[0]).toMatchObject({
      code: 'much_credit',
      feature: 'exposure',
      value: exposure,
      sufficient_value: enough,
    });
    expect(recourse).toEqual(exposureTo(exposure, enough));
    expect(decide(policy, { ...application, exposure: enough }).approved).toBe(true);
    expect(decide(policy, { ...application, exposure: enough + 0.01 }).approved).toBe(false);
  });

  test('claims no sum where the score denies as well', async () => {
    const { reasons, recourse } = await explained({ twin: assessed(0.9), exposure: 7000 });
    expect(reasons).toMatchObject([
      { code: 'few_transactions', sufficient_value: null },
      { code: 'much_credit', feature: 'exposure', value: 7000, sufficient_value: null },
    ]);
    expect(recourse).toEqual([]);
  });

  test('tells a sum as the way out of a rule of several facts, and names the rule alone', async () => {
    const mixed = policyOf({
      rules: [{ code: 'much_credit', deny_when: 'exposure > 5000.0 && score > 0.05' }],
    });
    const { reasons, recourse } = await explained({ exposure: 7000 }, mixed);
    expect(reasons).toMatchObject([{ code: 'much_credit', feature: null, sufficient_value: null }]);
    expect(recourse).toEqual(exposureTo(7000, 5000));
  });
});
