import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { decideOn, someDecision } from '../../tests/harness/any-decision.ts';
import { casesOf } from '../../tests/harness/tier.ts';
import type { FeatureName } from '../risk-model.ts';
import { applicationOf } from './application-of.ts';
import { createBacktest } from './backtest.ts';
import { decide, wouldApprove } from './decide.ts';
import { eraseRecord, isErasedRecord } from './erase-record.ts';
import { type Change, changed } from './find-changes.ts';
import { openRecord } from './open-decision.ts';
import { hashOfRecord } from './record-hash.ts';
import { replay } from './replay.ts';
import { isRecord } from './verify-decision.ts';
import { decideWhatIf } from './what-if.ts';

const RUNS = casesOf('DECISIONS', { quick: 300, slow: 3000 });

test('any decision is made again by its record, whatever decided it, and keeps its hash without its customer', async () => {
  await fc.assert(
    fc.asyncProperty(someDecision, async ({ policy, customer, ask }) => {
      const { record, stored } = await decideOn(policy, customer, ask);
      expect(isRecord(stored)).toBe(true);
      expect(hashOfRecord(stored)).toBe(hashOfRecord(record));
      expect(replay(stored, policy)).toEqual([]);
      const backtest = createBacktest(policy, () => policy);
      backtest.add({ record: stored, isKnown: false });
      expect(backtest.report()).toMatchObject({ differences: 0 });
      const same = await decideWhatIf(stored, { features: {}, policy }, { ask, askAgain: ask });
      expect(same).toEqual(openRecord(stored, policy));
      const erased = JSON.parse(JSON.stringify(eraseRecord(stored))) as unknown;
      expect([isErasedRecord(erased), hashOfRecord(erased)]).toEqual([true, hashOfRecord(record)]);
    }),
    { numRuns: RUNS },
  );
});

test('any reason is true of the customer, and any value and way out that is told is enough', async () => {
  await fc.assert(
    fc.asyncProperty(someDecision, async ({ policy, customer, name, ask }) => {
      const { record } = await decideOn(policy, customer, ask);
      const application = applicationOf(record);
      const { features } = (record.basis === 'full' && record.full) || record.twin;
      const isEnough = async (changes: Change[]) => {
        const sum = changes.find(({ feature }) => feature === 'exposure')?.to ?? application.exposure;
        const ofFeatures = changes.filter(({ feature }) => feature !== 'exposure');
        const then = { ...application, exposure: sum };
        if (ofFeatures.length === 0) return decide(policy, then).approved;
        const vector = changed(features, ofFeatures);
        const [prediction] = await ask([vector]);
        return prediction !== undefined && wouldApprove(policy, then, { features: vector, prediction });
      };
      const stepLess = ({ feature, from, to }: Change): Change => {
        const { step } = policy.document.features[feature]!;
        return { feature, from, to: Number((to - Math.sign(to - from) * step).toFixed(6)) };
      };
      const codes = record.reasons.map(({ code }) => code);
      expect(new Set(codes).size).toBe(codes.length);
      expect(codes.length).toBeLessThanOrEqual(4);
      expect(record.approved || codes.length > 0).toBe(true);
      if (record.effect.applied !== 'full') {
        expect(codes.filter((code) => /positivity|stress/.test(code))).toEqual([]);
      }
      for (const { feature, value, sufficient_value } of record.reasons) {
        if (feature === null || feature.endsWith('_max')) continue;
        const current = feature === 'exposure' ? application.exposure : features[feature as FeatureName];
        expect([feature, value]).toEqual([feature, current]);
        if (sufficient_value === null || record.approved) continue;
        const change = { feature, from: current, to: sufficient_value };
        expect([change, await isEnough([change])]).toEqual([change, true]);
        if (feature === 'exposure' || name === 'wavy') continue;
        expect([change, await isEnough([stepLess(change)])]).toEqual([change, false]);
      }
      if (record.recourse.length > 0) expect(await isEnough(record.recourse)).toBe(true);
      for (const { from, to } of record.recourse) {
        expect(to).toBeGreaterThanOrEqual(0);
        expect(to).not.toBe(from);
      }
    }),
    { numRuns: RUNS },
  );
});
