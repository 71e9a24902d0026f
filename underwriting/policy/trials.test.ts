import { expect, test } from 'bun:test';
import shipped from '../policies/v1.json';
import { PolicyError } from './policy-error.ts';
import { compilePolicy } from './compile-policy.ts';
import { charactersOf, createTrials } from './trials.ts';

const NAMES = ['transaction_count_30d', 'avg_transaction_value_30d', 'stress_events_30d'];
const list = <Item>(length: number, itemAt: (index: number) => Item) =>
  Array.from({ length }, (_, index) => itemAt(index));
const nameAt = (index: number) => `features.${NAMES[index % NAMES.length]}`;

/** As long as the schema allows, with another number in each part. */
const longRule = (index: number) => ({
  code: 'few_transactions',
  deny_when: list(10, (part) => `${nameAt(part)} > ${1_000_000 + index * 10 + part}.5`).join(' || '),
});
const longBand = (index: number) => ({
  ...shipped.terms[0],
  score_max: (index + 1) / 50,
  credit_limit: `1000.0${list(9, (part) => ` + max(0.0, ${nameAt(part)} - ${index * 9 + part}.5)`).join('')}`,
});
const shortRule = (index: number) => ({
  code: 'few_transactions',
  deny_when: `score > 0.6${index} && ${nameAt(index)} < ${index + 1}.0`,
});

const faultsOf = (change: object): string[] => {
  try {
    compilePolicy({ ...shipped, ...change });
    return [];
  } catch (error) {
    return (error as PolicyError).faults;
  }
};

test.each<[string, object]>([
  ['rules', { rules: list(50, longRule) }],
  ['bands', { terms: list(50, longBand) }],
  ['both', { rules: list(50, longRule), terms: list(50, longBand) }],
])(
  'a document with 50 long %s is refused by a bound of its trials, within seconds',
  (_, change) => {
    expect(faultsOf(change)).toEqual([expect.stringContaining('cannot be tried in bounded time')]);
  },
  30_000,
);

test('a document with 50 rules of a usual length is taken', () => {
  expect(faultsOf({ rules: list(50, shortRule) })).toEqual([]);
}, 30_000);

test('trials cost their characters and a little more, and end at the bound', () => {
  const { rules, terms } = {
    rules: [{ code: 'a', deny_when: '12345' }],
    terms: [
      { ...shipped.terms[0], credit_limit: '1.0', interest_rate: '2.0' },
      { ...shipped.terms[0], credit_limit: '10.0', interest_rate: '20.0' },
    ] as never,
  };
  expect(charactersOf({ rules, terms })).toBe(5 + 8);
  const trials = createTrials(100);
  const [one, other] = [trials.counted(() => 1, 10), trials.counted(() => 2, 10)];
  expect([one({} as never), other({} as never)]).toEqual([1, 2]);
  expect(() => one({} as never)).toThrow(PolicyError);
});
