import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { FeatureVector } from '../risk-model.ts';
import { MODEL_VERSION, score } from '../scorecard.ts';
import { openRecord } from './open-decision.ts';
import { isSameJson } from './record.ts';
import { decideOn, SHIPPED } from './test-records.ts';
import { decideWhatIf, idleFeatures } from './what-if.ts';

const STRICT = compilePolicy({
  ...SHIPPED.document,
  version: 'strict',
  sources: { ...SHIPPED.document.sources, customer_limit_max: 2000 },
  rules: [
    ...SHIPPED.document.rules,
    {
      code: 'few_transactions',
      deny_when: 'features.transaction_count_30d < 12.0',
      feature: 'transaction_count_30d',
    },
  ],
});
const ask = async (vectors: FeatureVector[]) =>
  vectors.map((features) => ({ ...score(features), model_version: MODEL_VERSION }));
const never = () => Promise.reject(new Error('the model was asked'));
const customers = fc.integer({ min: 0, max: 3023 });

describe('a supposition', () => {
  test('of nothing gives the decision of the record, and asks no model', async () => {
    await fc.assert(
      fc.asyncProperty(customers, fc.constantFrom(SHIPPED, STRICT), async (number, policy) => {
        const record = await decideOn(number, policy);
        const changed = await decideWhatIf(record, { features: {}, policy }, { ask: never, askAgain: never });
        expect(changed).toEqual(openRecord(record, policy));
      }),
      { numRuns: 150 },
    );
  });

  test('of the values that are there already gives the decision of the record', async () => {
    await fc.assert(
      fc.asyncProperty(customers, async (number) => {
        const record = await decideOn(number);
        const features = record.full?.features ?? record.twin.features;
        const model = { ask: never, askAgain: never };
        const changed = await decideWhatIf(record, { features, policy: SHIPPED }, model);
        expect(changed).toEqual(openRecord(record, SHIPPED));
      }),
      { numRuns: 100 },
    );
  });

  test('of a recourse gives the approval that the recourse promises', async () => {
    let tried = 0;
    for (let number = 0; number < 400; number += 1) {
      const record = await decideOn(number);
      const changes = record.recourse;
      // A supposition changes features alone.
      if (changes.length === 0 || changes.some(({ feature }) => feature === 'exposure')) continue;
      tried += 1;
      const features = Object.fromEntries(changes.map(({ feature, to }) => [feature, to]));
      const changed = await decideWhatIf(record, { features, policy: SHIPPED }, { ask, askAgain: ask });
      expect([number, changed.approved]).toEqual([number, true]);
    }
    expect(tried).toBeGreaterThan(20);
  });

  test('of another policy gives the decision that this policy would have made', async () => {
    await fc.assert(
      fc.asyncProperty(customers, async (number) => {
        const record = await decideOn(number);
        const changed = await decideWhatIf(record, { features: {}, policy: STRICT }, { ask, askAgain: ask });
        expect(changed).toEqual(openRecord(await decideOn(number, STRICT), STRICT));
      }),
      { numRuns: 100 },
    );
  });

  test('of emotions changes nothing of the twin, and cannot count where their effect is off', async () => {
    await fc.assert(
      fc.asyncProperty(customers, fc.double({ min: 0, max: 1, noNaN: true }), async (number, positivity) => {
        const record = await decideOn(number);
        const supposition = { features: { avg_positivity_7d: positivity }, policy: SHIPPED };
        const isOff = record.effect.applied === 'off';
        expect(idleFeatures(record, supposition)).toEqual(isOff ? ['avg_positivity_7d'] : []);
        const changed = await decideWhatIf(record, supposition, { ask, askAgain: ask });
        expect(isSameJson(changed.twin, openRecord(record, SHIPPED).twin)).toBe(true);
        expect(changed.full?.features.avg_positivity_7d).toBe(isOff ? undefined : positivity);
      }),
      { numRuns: 100 },
    );
  });
});
