import { expect, test } from 'bun:test';
import { buildPolicy } from '../policy/build-policy.ts';
import { causesOf } from './denial-causes.ts';
import type { Edition } from './editions.ts';
import { SHIPPED } from './test-records.ts';

const COUNT = 'transaction_count_30d';
const { policy } = buildPolicy({
  ...SHIPPED.document,
  rules: [
    { code: 'thin', deny_when: `features.${COUNT} < 5.0`, feature: COUNT },
    { code: 'thin', deny_when: 'features.avg_positivity_7d < 0.3' },
    { code: 'much', deny_when: 'exposure > 500.0' },
    { code: 'much', deny_when: 'exposure > 400.0 && jurisdiction == "BR"' },
    { code: 'owing', deny_when: 'exposure > 600.0' },
    { code: 'owing', deny_when: 'exposure > 700.0 && score > 0.1' },
  ],
  terms: [{ ...SHIPPED.document.terms[0]!, score_max: 0.5 }],
});

const causes = (edition: Edition, { count = 9, positivity = 0.5, exposure = 0, score = 0.2 }) => {
  const features = {
    transaction_count_30d: count,
    avg_transaction_value_30d: 50,
    avg_positivity_7d: positivity,
    stress_events_30d: 0,
  };
  const facts = { score, exposure, jurisdiction: 'US', features };
  return causesOf(policy, facts, policy.judge(facts), edition);
};
const subject = (code: string, change: object = {}) => ({
  code,
  feature: null,
  isEmotional: false,
  isOfExposure: false,
  ...change,
});

test('a denial has the rules that deny as its causes, each by itself', () => {
  expect(causes(5, { count: 2 })).toEqual([subject('thin', { feature: COUNT })]);
  expect(causes(5, { positivity: 0.1 })).toEqual([subject('thin', { isEmotional: true })]);
  expect(causes(5, { exposure: 800 })).toEqual([
    subject('much', { isOfExposure: true }),
    subject('owing', { isOfExposure: true }),
    subject('owing'),
  ]);
});

test('a score above every band is a cause where no rule denies', () => {
  expect(causes(5, { score: 0.6 })).toMatchObject([{ code: 'high_risk_score', feature: null }]);
  expect(causes(5, { score: 0.6, count: 2 })).toMatchObject([{ code: 'thin' }]);
  expect(causes(4, { score: 0.6 })).toEqual([subject('high_risk_score')]);
});

test('before edition 5 a code stood for all of its rules, and before 4 none of them was of the sum', () => {
  const thin = subject('thin', { feature: COUNT, isEmotional: true });
  expect(causes(4, { count: 2 })).toEqual([thin]);
  expect(causes(4, { positivity: 0.1 })).toEqual([thin]);
  expect(causes(4, { exposure: 800 })).toEqual([
    subject('much', { isOfExposure: true }),
    subject('owing'),
    subject('owing'),
  ]);
  expect(causes(3, { exposure: 800 }).map(({ isOfExposure }) => isOfExposure)).toEqual([false, false, false]);
});
