import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { decideOn, someDecision } from '../../tests/harness/any-decision.ts';
import { casesOf } from '../../tests/harness/tier.ts';
import { mentionsEmotion, type Policy } from '../policy/build-policy.ts';
import { EXPOSURE_LIMIT_REACHED, HIGH_RISK_SCORE } from '../policy/policy-document.ts';
import type { FeatureName } from '../risk-model.ts';
import { isEmotional } from '../twin.ts';
import { applicationOf } from './application-of.ts';
import { type Application, type Assessment, decide, factsOf } from './decide.ts';
import { basisAssessment } from './reasons.ts';
import type { DecisionRecord } from './record.ts';

const RUNS = casesOf('DECISIONS', { quick: 300, slow: 3000 });

/** Why a policy denies an assessment, by its document alone: codes with their features, and the score. */
function causesOf(policy: Policy, application: Application, assessment: Assessment) {
  const { denies } = policy.pathOf(factsOf(application, assessment));
  const mayName = (feature: string) => application.effect === 'full' || !isEmotional(feature);
  const features = new Map<string, string | null>();
  let isOfScore = !denies.includes(true);
  for (const { code, deny_when, feature } of policy.document.rules.filter((_, index) => denies[index])) {
    const isHidden = mentionsEmotion(deny_when) && application.effect !== 'full';
    if (code === HIGH_RISK_SCORE || (isHidden && !(feature && mayName(feature)))) isOfScore = true;
    else if (!features.has(code)) {
      const isOfSum = /exposure/.test(deny_when) && !/score|features/.test(deny_when);
      features.set(code, feature ?? (isOfSum ? 'exposure' : null));
    }
  }
  return { features, isOfScore };
}

const isDeniedByPolicy = ({ approved, adjustments, reasons }: DecisionRecord) =>
  !approved && adjustments.length === 0 && reasons[0]?.code !== EXPOSURE_LIMIT_REACHED;

test('any reason of a denial is of a rule that denies or of a score that does, and no cause is untold', async () => {
  await fc.assert(
    fc.asyncProperty(someDecision, async ({ policy, customer, ask }) => {
      const { record } = await decideOn(policy, customer, ask);
      fc.pre(isDeniedByPolicy(record));
      const application = applicationOf(record);
      const assessment = basisAssessment(application, decide(policy, application));
      const { features, isOfScore } = causesOf(policy, application, assessment);
      const ofScore = new Set(Object.values(policy.document.features).map(({ reason }) => reason));
      const untold = new Set(features.keys());
      let isScoreTold = !isOfScore;
      for (const { code, feature } of record.reasons.filter(
        (reason) => reason.code !== EXPOSURE_LIMIT_REACHED,
      )) {
        const isOfRule = features.has(code) && features.get(code) === feature;
        const isOfFeature = isOfScore && (ofScore.has(code) || code === HIGH_RISK_SCORE);
        expect([code, feature, isOfRule || isOfFeature]).toEqual([code, feature, true]);
        untold.delete(code);
        isScoreTold ||= isOfFeature;
      }
      if (record.reasons.length < 4) expect([[...untold], isScoreTold]).toEqual([[], true]);
    }),
    { numRuns: RUNS },
  );
});

test('any reason names a value that could be better', async () => {
  await fc.assert(
    fc.asyncProperty(someDecision, async ({ policy, customer, ask }) => {
      const { record } = await decideOn(policy, customer, ask);
      for (const { code, feature, value } of record.reasons) {
        const rule = policy.document.features[feature ?? ''];
        if (rule?.reason !== code) continue;
        const best = { avg_positivity_7d: 1, stress_events_30d: 0 }[feature as string];
        expect([code, value]).not.toEqual([code, best ?? Infinity]);
      }
    }),
    { numRuns: RUNS },
  );
});

test('a limit that sources cut names the highest that they leave, and the one that would not cut it', async () => {
  let cuts = 0;
  await fc.assert(
    fc.asyncProperty(someDecision, async ({ policy, customer, ask }) => {
      const { record } = await decideOn(policy, customer, ask);
      const reason = record.reasons.find(({ code }) => code === 'limit_reduced_by_source');
      if (!reason) return;
      cuts += 1;
      const { sources } = policy.document;
      expect(reason).toMatchObject({ feature: 'customer_limit_max', value: sources.customer_limit_max });
      const decideWith = (customer_limit_max: number) =>
        decide(
          { ...policy, document: { ...policy.document, sources: { ...sources, customer_limit_max } } },
          applicationOf(record),
        ).adjustments;
      const enough = reason.sufficient_value ?? 0;
      expect(decideWith(enough)).not.toContain('limit_reduced_by_source');
      expect(decideWith(enough - 0.01)).toContain('limit_reduced_by_source');
    }),
    { numRuns: RUNS },
  );
  expect(cuts).toBeGreaterThan(0);
});

test('the order in which the facts come is of no account', async () => {
  await fc.assert(
    fc.asyncProperty(someDecision, async ({ policy, customer, ask }) => {
      const { record } = await decideOn(policy, customer, ask);
      const turned = {
        ...customer,
        transactions: customer.transactions.toReversed(),
        emotions: customer.emotions.toReversed(),
      };
      expect((await decideOn(policy, turned, ask)).record).toEqual(record);
    }),
    { numRuns: RUNS },
  );
});

test('under off and help_only no value that is told depends on a feeling, and no feeling costs anything', async () => {
  await fc.assert(
    fc.asyncProperty(someDecision, async ({ policy, customer, ask }) => {
      const { record } = await decideOn(policy, customer, ask);
      fc.pre(record.effect.applied !== 'full');
      const { record: silent } = await decideOn(policy, { ...customer, emotions: [] }, ask);
      if (silent.approved) {
        expect(record.approved).toBe(true);
        expect(record.terms!.credit_limit).toBeGreaterThanOrEqual(silent.terms!.credit_limit);
      }
      // A lower sum may be enough because emotions help.
      const isOfSum = record.recourse.some(({ feature }) => feature === 'exposure');
      if (record.approved || isOfSum || silent.recourse.some(({ feature }) => feature === 'exposure')) return;
      expect([record.reasons, record.recourse]).toEqual([silent.reasons, silent.recourse]);
    }),
    { numRuns: RUNS },
  );
});

test('a value that is told is enough whatever the customer feels later, under off and help_only', async () => {
  const feelings = fc.record({
    avg_positivity_7d: fc.double({ min: 0, max: 1, noNaN: true }),
    stress_events_30d: fc.nat({ max: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(someDecision, feelings, async ({ policy, customer, ask }, later) => {
      const { record } = await decideOn(policy, customer, ask);
      fc.pre(!record.approved && record.basis === 'twin' && record.effect.applied !== 'full');
      const application = applicationOf(record);
      for (const { feature, sufficient_value } of record.reasons) {
        if (sufficient_value === null || !Object.hasOwn(record.twin.features, feature ?? '')) continue;
        const twinVector = { ...record.twin.features, [feature as FeatureName]: sufficient_value };
        const fullVector = { ...twinVector, ...later };
        const [ofTwin, ofFull] = await ask([twinVector, fullVector]);
        const then = decide(policy, {
          ...application,
          twin: { features: twinVector, prediction: ofTwin! },
          full: { features: fullVector, prediction: ofFull! },
        });
        expect([feature, then.approved]).toEqual([feature, true]);
      }
    }),
    { numRuns: RUNS },
  );
});
