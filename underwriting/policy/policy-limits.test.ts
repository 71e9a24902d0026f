import { expect, test } from 'bun:test';
import shipped from '../policies/v1.json';
import { faultsOfShape } from './check-policy.ts';

const { rules, terms, features } = shipped;
const text = (length: number) => 'a'.repeat(length);
const list = <Item>(length: number, item: Item) => Array.from({ length }, () => item);
const withTerm = (change: object) => ({ terms: [{ ...terms[0], ...change }] });
const withFeature = (change: object) => ({
  features: { ...features, stress_events_30d: { ...features.stress_events_30d, ...change } },
});

/** Each bound from both sides: the last value that is taken, the first that is not. */
test.each<[string, (value: never) => object, unknown, unknown]>([
  [
    'the length of an expression',
    (length) => ({ rules: [{ ...rules[0], deny_when: text(length) }] }),
    500,
    501,
  ],
  ['the shortest expression', (length) => withTerm({ credit_limit: text(length) }), 1, 0],
  ['the length of a title', (length) => ({ title: text(length) }), 200, 201],
  ['the shortest title', (length) => ({ title: text(length) }), 1, 0],
  [
    'the shortest text of a reason',
    (length) => ({ reasons: { few: { en: text(length), 'pt-BR': 'a' } } }),
    1,
    0,
  ],
  ["the length of a model's name", (length) => withFeature({ model_name: text(length) }), 100, 101],
  ["the shortest model's name", (length) => withFeature({ model_name: text(length) }), 1, 0],
  ['the number of rules', (count) => ({ rules: list(count, rules[0]) }), 50, 51],
  ['the number of bands', (count) => ({ terms: list(count, terms[0]) }), 50, 51],
  ['the least number of bands', (count) => ({ terms: list(count, terms[0]) }), 1, 0],
  ['the end of a band', (score_max) => withTerm({ score_max }), 1, 1.000001],
  ['the least end of a band', (score_max) => withTerm({ score_max }), 0, -0.000001],
  ['the step of a feature', (step) => withFeature({ step }), 0.000001, 0],
  ['the smallest limit', (credit_limit_min) => ({ credit_limit_min }), 0, -0.01],
  ['the highest sum', (exposure_max) => ({ exposure_max }), 9_999_999_999.99, 10_000_000_000],
  ['the days of an offer', (offer_days) => ({ offer_days }), 365, 366],
  ['the least days of an offer', (offer_days) => ({ offer_days }), 1, 0],
  ['the days of a withdrawal', (withdrawal_days) => ({ withdrawal_days }), 365, 366],
  ['the least days of a withdrawal', (withdrawal_days) => ({ withdrawal_days }), 0, -1],
  ['the jurisdictions', (jurisdictions) => ({ jurisdictions }), ['BR', '*'], ['BR', 'BR']],
  ['the least of them', (jurisdictions) => ({ jurisdictions }), ['*'], []],
  ['the sources', (of) => ({ sources: { ...shipped.sources, transactions: of } }), ['customer'], []],
  [
    'sources of transactions that stand twice',
    (of) => ({ sources: { ...shipped.sources, transactions: of } }),
    ['customer', 'platform'],
    ['customer', 'customer'],
  ],
  [
    'sources of emotions that stand twice',
    (of) => ({ sources: { ...shipped.sources, emotions: of } }),
    [],
    ['customer', 'customer'],
  ],
])('%s', (_, change, allowed, refused) => {
  const faultsOf = (value: unknown) => faultsOfShape({ ...shipped, ...change(value as never) });
  expect([allowed, faultsOf(allowed)]).toEqual([allowed, []]);
  expect(faultsOf(refused)).not.toEqual([]);
});

test.each([
  'rules/0',
  'terms/0',
  'sources',
  'emotion_effect',
  'features/stress_events_30d',
  'reasons/few_transactions',
  '',
])('an unknown property in /%s is refused', (place) => {
  const document = structuredClone(shipped);
  const target = place
    .split('/')
    .filter(Boolean)
    .reduce<object>((at, name) => at[name as never], document);
  Object.assign(target, { more: 1 });
  expect(faultsOfShape(document).join()).toContain('more');
});
