import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import shipped from '../policies/v1.json';
import type { Policy } from '../policy/build-policy.ts';
import { compilePolicy, compileStoredPolicy } from '../policy/compile-policy.ts';
import type { EmotionEffect } from '../policy/policy-document.ts';
import type { FeatureVector, Prediction } from '../risk-model.ts';
import { MODEL_VERSION, score } from '../scorecard.ts';
import { isEmotional, twinOf } from '../twin.ts';
import { casesOf } from '../../tests/harness/tier.ts';
import { withTexts } from './apply.ts';
import { type Application, decide } from './decide.ts';
import { type Ask, explain } from './explain.ts';
import { changed } from './find-changes.ts';

const policy = compilePolicy(shipped);
const RUNS = casesOf('DECISIONS', { quick: 1000, slow: 10_000 });

const assess = (features: FeatureVector) => ({
  features,
  prediction: { ...score(features), model_version: MODEL_VERSION },
});
const ask: Ask = async (vectors) => vectors.map((features) => assess(features).prediction);

const customers = fc.record({
  transaction_count_30d: fc.nat({ max: 80 }),
  avg_transaction_value_30d: fc.nat({ max: 30_000 }).map((cents) => cents / 100),
  avg_positivity_7d: fc.nat({ max: 1_000_000 }).map((millionths) => millionths / 1_000_000),
  stress_events_30d: fc.nat({ max: 40 }),
});
const exposures = fc.oneof(
  fc.constant(0),
  fc.nat({ max: 1_000_000 }).map((cents) => cents / 100),
);

function apply(features: FeatureVector, effect: EmotionEffect, exposure = 0): Application {
  return {
    jurisdiction: 'US',
    effect,
    twin: assess(twinOf(features)),
    full: effect === 'off' ? null : assess(features),
    exposure,
    isSelfReported: false,
  };
}

const SAD = {
  transaction_count_30d: 30,
  avg_transaction_value_30d: 120,
  avg_positivity_7d: 0,
  stress_events_30d: 20,
};
const CALM = { ...SAD, avg_positivity_7d: 1, stress_events_30d: 0 };

describe('the emotion effect', () => {
  test('off decides as the twin, for any customer', () => {
    fc.assert(
      fc.property(customers, exposures, (features, exposure) => {
        const decision = decide(policy, apply(features, 'off', exposure));
        expect(decision).toEqual(decide(policy, apply(twinOf(features), 'off', exposure)));
        expect(decision.basis).toBe('twin');
      }),
      { numRuns: RUNS },
    );
  });

  test('help_only is never worse for the customer than the twin, for any customer', () => {
    fc.assert(
      fc.property(customers, exposures, (features, exposure) => {
        const { terms } = decide(policy, apply(features, 'help_only', exposure));
        const twin = decide(policy, apply(features, 'off', exposure)).terms;
        if (!twin) return;
        if (!terms) throw new Error('denied where the twin is approved');
        expect(terms.credit_limit).toBeGreaterThanOrEqual(twin.credit_limit);
        if (terms.credit_limit === twin.credit_limit) {
          expect(terms.interest_rate).toBeLessThanOrEqual(twin.interest_rate);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('help_only helps whom a good month helps, and full lets stress deny', () => {
    expect(decide(policy, apply(SAD, 'full')).approved).toBe(false);
    expect(decide(policy, apply(SAD, 'help_only')).approved).toBe(true);
    const calm = decide(policy, apply(CALM, 'help_only'));
    expect(calm.basis).toBe('full');
    expect(calm.terms?.credit_limit).toBeGreaterThan(
      decide(policy, apply(CALM, 'off')).terms?.credit_limit ?? 0,
    );
  });

  test('no reason under off and help_only names a feeling, for any customer', async () => {
    const codes = Object.entries(shipped.features)
      .filter(([name]) => isEmotional(name))
      .map(([, { reason }]) => reason);
    await fc.assert(
      fc.asyncProperty(
        customers,
        fc.constantFrom('off' as const, 'help_only' as const),
        async (features, effect) => {
          const application = apply(features, effect);
          const { reasons, recourse } = await explain(policy, application, decide(policy, application), ask);
          for (const { code, feature } of reasons) {
            expect(codes).not.toContain(code);
            expect(feature === null || !isEmotional(feature)).toBe(true);
          }
          expect(recourse.some(({ feature }) => isEmotional(feature))).toBe(false);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test('full names feelings as reasons', async () => {
    const application = apply(SAD, 'full');
    const { reasons } = await explain(policy, application, decide(policy, application), ask);
    expect(reasons.map(({ code }) => code)).toContain('high_stress_frequency');
  });
});

describe('exposure', () => {
  test('bounds the limit, and denies below the smallest one, for any customer', () => {
    fc.assert(
      fc.property(customers, exposures, (features, exposure) => {
        const { terms, adjustments, outcomes } = decide(policy, apply(features, 'off', exposure));
        if (terms) {
          expect(terms.credit_limit + exposure).toBeLessThanOrEqual(10_000.000001);
          expect(terms.credit_limit).toBeGreaterThanOrEqual(1000);
        } else if (outcomes.twin.approved) {
          expect(adjustments).toEqual(['exposure_limit_reached']);
          expect(exposure).toBeGreaterThan(9000);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test.each([
    [9000, true],
    [9000.01, false],
  ])('at its edge: an exposure of %p leaves an offer: %p', (exposure, approved) => {
    expect(decide(policy, apply(CALM, 'off', exposure)).approved).toBe(approved);
  });

  test('says by how much it lowers a limit, and what would be enough for a denied one', async () => {
    const reduced = apply(CALM, 'off', 8000);
    const lower = await explain(policy, reduced, decide(policy, reduced), ask);
    expect(lower.reasons).toMatchObject([
      { code: 'limit_reduced_by_exposure', feature: 'exposure', value: 8000 },
    ]);
    const reached = apply(CALM, 'off', 9500);
    const denied = await explain(policy, reached, decide(policy, reached), ask);
    expect(denied.reasons).toMatchObject([
      { code: 'exposure_limit_reached', value: 9500, sufficient_value: 9000 },
    ]);
    expect(denied.recourse).toEqual([{ feature: 'exposure', from: 9500, to: 9000 }]);
  });

  test('names its highest sum, and no limit of the customer, where the terms alone exceed it', async () => {
    const low = compilePolicy({ ...shipped, exposure_max: 5000 });
    const { terms } = decide(policy, apply(CALM, 'off'));
    const application = apply(CALM, 'off');
    const { reasons } = await explain(low, application, decide(low, application), ask);
    expect(reasons).toMatchObject([
      {
        code: 'limit_reduced_to_maximum',
        feature: 'exposure_max',
        value: 5000,
        sufficient_value: terms?.credit_limit ?? 0,
      },
    ]);
    const texts = withTexts(low, reasons, 'pt-BR').map(({ message }) => message);
    expect(texts).toEqual(['O limite é a soma máxima de limites de crédito que é concedida.']);
  });

  test('is enough as told: at that value the limit is not reduced by it, for any customer and maximum', async () => {
    const sourceMaxima = fc.option(fc.integer({ min: 10, max: 100 }).map((step) => step * 100));
    const maxima = fc.integer({ min: 10, max: 120 }).map((step) => step * 100);
    await fc.assert(
      fc.asyncProperty(
        customers,
        exposures,
        maxima,
        sourceMaxima,
        async (features, exposure, exposure_max, max) => {
          const bounded: Policy = {
            ...policy,
            document: {
              ...policy.document,
              exposure_max,
              sources: { ...shipped.sources, customer_limit_max: max } as never,
            },
          };
          const application = {
            ...apply(features, 'off', Math.min(exposure, exposure_max)),
            isSelfReported: true,
          };
          const decision = decide(bounded, application);
          const { reasons } = await explain(bounded, application, decision, ask);
          for (const { code, feature, value, sufficient_value } of reasons) {
            if (code !== 'limit_reduced_by_exposure' && code !== 'limit_reduced_to_maximum') continue;
            expect(value).toBe(feature === 'exposure' ? application.exposure : exposure_max);
            expect(value).toBeGreaterThan(0);
            if (sufficient_value === null) continue;
            const enough =
              feature === 'exposure'
                ? decide(bounded, { ...application, exposure: sufficient_value })
                : decide(
                    { ...bounded, document: { ...bounded.document, exposure_max: sufficient_value } },
                    application,
                  );
            expect(enough.adjustments).not.toContain('limit_reduced_by_exposure');
            const short =
              feature === 'exposure'
                ? decide(bounded, { ...application, exposure: sufficient_value + 0.01 })
                : decide(
                    { ...bounded, document: { ...bounded.document, exposure_max: sufficient_value - 0.01 } },
                    application,
                  );
            expect(short.adjustments.join()).toMatch(/limit_reduced_by_exposure|exposure_limit_reached/);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
});

test('facts that the customer reported bound the limit where the policy says so', () => {
  const bounded = compilePolicy({ ...shipped, sources: { ...shipped.sources, customer_limit_max: 2000 } });
  const application = { ...apply(CALM, 'off'), isSelfReported: true };
  expect(decide(bounded, application).terms?.credit_limit).toBe(2000);
  expect(decide(bounded, application).adjustments).toEqual(['limit_reduced_by_source']);
  expect(decide(bounded, { ...application, isSelfReported: false }).adjustments).toEqual([]);
});

describe('recourse', () => {
  test('flips the decision for any denial, and each sufficient value does by itself', async () => {
    let denials = 0;
    let withRecourse = 0;
    await fc.assert(
      fc.asyncProperty(customers, async (features) => {
        const application = apply(features, 'off');
        const decision = decide(policy, application);
        fc.pre(!decision.approved);
        denials += 1;
        const { reasons, recourse, complete } = await explain(policy, application, decision, ask);
        expect(complete).toBe(true);
        expect(reasons.length).toBeGreaterThanOrEqual(1);
        expect(reasons.length).toBeLessThanOrEqual(4);
        const isApproved = (changes: typeof recourse) =>
          decide(policy, apply(changed(features, changes), 'off')).approved;
        if (recourse.length > 0) {
          withRecourse += 1;
          expect(isApproved(recourse)).toBe(true);
        }
        for (const { feature, value, sufficient_value } of reasons) {
          if (feature === null || value === null || sufficient_value === null) continue;
          expect(isApproved([{ feature, from: value, to: sufficient_value }])).toBe(true);
        }
      }),
      { numRuns: RUNS },
    );
    expect(denials).toBe(RUNS);
    expect(withRecourse).toBe(RUNS);
  });

  test('is the smallest change of its feature: a step less is denied', async () => {
    const features = { ...SAD, transaction_count_30d: 2, avg_transaction_value_30d: 10 };
    const application = apply(features, 'off');
    const { recourse } = await explain(policy, application, decide(policy, application), ask);
    const [change] = recourse;
    if (!change) throw new Error('no recourse');
    const less = { ...change, to: change.to - 1 };
    expect(decide(policy, apply(changed(features, [change]), 'off')).approved).toBe(true);
    expect(decide(policy, apply(changed(features, [less]), 'off')).approved).toBe(false);
  });

  test('of two that cost the same share of their ranges is the one that changes least of its own value', async () => {
    const { transaction_count_30d, avg_transaction_value_30d } = shipped.features;
    const tied = compilePolicy({
      ...shipped,
      features: {
        ...shipped.features,
        transaction_count_30d: { ...transaction_count_30d, max: 100 },
        avg_transaction_value_30d: { ...avg_transaction_value_30d, max: 1000, step: 10 },
      },
    });
    const asked: Ask = async (vectors) =>
      vectors.map(({ transaction_count_30d: count, avg_transaction_value_30d: value }) => ({
        risk_score: count >= 60 || value >= 200 ? 0.3 : 0.9,
        model_version: 'tied',
      }));
    const features = { ...twinOf(SAD), transaction_count_30d: 50, avg_transaction_value_30d: 100 };
    const [prediction] = await asked([features]);
    const application = {
      ...apply(features, 'off'),
      twin: { features, prediction: prediction as Prediction },
    };
    const { recourse } = await explain(tied, application, decide(tied, application), asked);
    expect(recourse).toEqual([{ feature: 'transaction_count_30d', from: 50, to: 60 }]);
  });

  test('is of no average of nothing: a customer without transactions has few of them, and no small ones', async () => {
    const application = apply({ ...SAD, transaction_count_30d: 0, avg_transaction_value_30d: 0 }, 'off');
    const { reasons, evidence } = await explain(policy, application, decide(policy, application), ask);
    expect(reasons).toMatchObject([
      { code: 'few_transactions', feature: 'transaction_count_30d', value: 0, sufficient_value: 20 },
    ]);
    expect(reasons).toHaveLength(1);
    expect(evidence.every(({ features }) => features.transaction_count_30d > 0)).toBe(true);
  });

  test('takes two features where none is enough alone, and never an average of nothing by itself', async () => {
    const byValue = compilePolicy({
      ...shipped,
      rules: [{ code: 'high_risk_score', deny_when: 'features.avg_transaction_value_30d < 20.0' }],
    });
    const application = apply({ ...SAD, transaction_count_30d: 0, avg_transaction_value_30d: 0 }, 'off');
    const { recourse } = await explain(byValue, application, decide(byValue, application), ask);
    expect(recourse).toEqual([
      { feature: 'transaction_count_30d', from: 0, to: 1 },
      { feature: 'avg_transaction_value_30d', from: 0, to: 20 },
    ]);
  });

  test('takes two features where none is enough alone: a step less of either is denied', async () => {
    const strict = compilePolicy({
      ...shipped,
      rules: [
        ...shipped.rules,
        {
          code: 'few_transactions',
          deny_when: 'features.transaction_count_30d < 5.0',
          feature: 'transaction_count_30d',
        },
        { code: 'low_transaction_value', deny_when: 'features.avg_transaction_value_30d < 20.0' },
      ],
    });
    const features = { ...SAD, transaction_count_30d: 1, avg_transaction_value_30d: 5 };
    const application = apply(features, 'off');
    const { recourse } = await explain(strict, application, decide(strict, application), ask);
    expect(recourse.map(({ feature }) => feature)).toEqual([
      'transaction_count_30d',
      'avg_transaction_value_30d',
    ]);
    const isApproved = (changes: typeof recourse) =>
      decide(strict, apply(changed(features, changes), 'off')).approved;
    expect(isApproved(recourse)).toBe(true);
    for (const less of recourse) {
      const changes = recourse.map((change) => (change === less ? { ...less, to: less.to - 1 } : change));
      expect(isApproved(changes)).toBe(false);
    }
  });

  test('is empty when the model cannot be asked, and the explanation says that it is not complete', async () => {
    const application = apply({ ...SAD, transaction_count_30d: 1, avg_transaction_value_30d: 1 }, 'off');
    const failing: Ask = () => Promise.reject(new Error('away'));
    const explanation = await explain(policy, application, decide(policy, application), failing);
    expect(explanation).toMatchObject({ recourse: [], evidence: [], complete: false });
    expect(explanation.reasons.map(({ code }) => code)).toEqual([
      'few_transactions',
      'low_transaction_value',
    ]);
  });

  test('a model without contributions is asked for the weights', async () => {
    const silent: Ask = async (vectors) =>
      vectors.map((features) => ({ risk_score: score(features).risk_score, model_version: 'silent' }));
    const features = { ...SAD, transaction_count_30d: 0, avg_transaction_value_30d: 100 };
    const [prediction] = await silent([twinOf(features)]);
    if (!prediction) throw new Error('no prediction');
    const application = { ...apply(features, 'off'), twin: { features: twinOf(features), prediction } };
    const { reasons } = await explain(policy, application, decide(policy, application), silent);
    expect(reasons.map(({ code }) => code)).toEqual(['few_transactions', 'low_transaction_value']);
    expect(reasons[0]?.weight).toBeGreaterThan(reasons[1]?.weight ?? 0);
  });
});

test('a policy of any bands bounds the calls of the model', async () => {
  let calls = 0;
  const counting: Ask = (vectors) => {
    calls += 1;
    expect(vectors.length).toBeLessThanOrEqual(150);
    return ask(vectors);
  };
  const hopeless: Policy = compileStoredPolicy({
    ...shipped,
    rules: [{ code: 'high_risk_score', deny_when: 'true' }],
  });
  const application = apply(SAD, 'off');
  const { recourse } = await explain(hopeless, application, decide(hopeless, application), counting);
  expect(recourse).toEqual([]);
  expect(calls).toBeLessThanOrEqual(13);
});
