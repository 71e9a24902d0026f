import { expect, test } from 'bun:test';
import shipped from '../policies/v1.json';
import { buildPolicy } from './build-policy.ts';
import type { PolicyDocument } from './policy-document.ts';

const COUNT = 'features.transaction_count_30d';
const { policy } = buildPolicy({
  ...shipped,
  rules: [
    { code: 'few', deny_when: `${COUNT} < 3.0`, feature: 'transaction_count_30d' },
    { code: 'sad', deny_when: 'features.avg_positivity_7d < 0.2' },
    { code: 'sad', deny_when: 'score > 0.5' },
  ],
  terms: [
    { ...shipped.terms[0], score_max: 0.2 },
    { ...shipped.terms[1], score_max: 0.6 },
  ],
} as PolicyDocument);

const factsOf = ({ score = 0, count = 10, positivity = 0.5 }) => ({
  score,
  exposure: 0,
  jurisdiction: 'US',
  features: {
    transaction_count_30d: count,
    avg_transaction_value_30d: 50,
    avg_positivity_7d: positivity,
    stress_events_30d: 0,
  },
});

test.each([
  [{ score: 0.2 }, { denies: [false, false, false], band: 0 }],
  [
    { score: 0.2001, count: 2 },
    { denies: [true, false, false], band: 1 },
  ],
  [
    { score: 0.6, positivity: 0.1 },
    { denies: [false, true, true], band: 1 },
  ],
  [{ score: 0.6001 }, { denies: [false, false, true], band: null }],
])('the way of %j through the rules', (facts, path) => {
  expect(policy.pathOf(factsOf(facts))).toEqual(path);
});

test('a score above every band is denied for the score, unless a rule says why', () => {
  const ofNoRule = buildPolicy({ ...policy.document, rules: [] }).policy;
  expect(ofNoRule.judge(factsOf({ score: 0.6 })).approved).toBe(true);
  expect(ofNoRule.judge(factsOf({ score: 0.6001 }))).toEqual({
    approved: false,
    denied_by: ['high_risk_score'],
    terms: null,
  });
  expect(policy.judge(factsOf({ score: 0.6001, count: 1 })).denied_by).toEqual(['few', 'sad']);
});

test('a rule names the facts that it is about', () => {
  const rules = [
    ...policy.document.rules,
    { code: 'much', deny_when: 'exposure > 500.0' },
    { code: 'mixed', deny_when: 'exposure > 500.0 && score > 0.1' },
  ];
  const { subjects } = buildPolicy({ ...policy.document, rules }).policy;
  expect(subjects.map(({ feature }) => feature)).toEqual(['transaction_count_30d', null, null, null, null]);
  expect(subjects.map(({ isEmotional }) => isEmotional)).toEqual([false, true, false, false, false]);
  expect(subjects.map(({ isOfExposure }) => isOfExposure)).toEqual([false, false, false, true, false]);
  expect(subjects.map(({ code }) => code)).toEqual(rules.map(({ code }) => code));
});
