import { describe, expect, test } from 'bun:test';
import { ValuePointer } from '@sinclair/typebox/value';
import fc from 'fast-check';
import shipped from '../policies/v1.json';
import prudent from '../policies/prudent-1.json';
import { casesOf } from '../../tests/harness/tier.ts';
import { PolicyError } from './policy-error.ts';
import { compilePolicy } from './compile-policy.ts';

const policy = compilePolicy(shipped);
const FEATURES = {
  transaction_count_30d: 10,
  avg_transaction_value_30d: 50,
  avg_positivity_7d: 0.5,
  stress_events_30d: 0,
};
const judge = (score: number) => policy.judge({ score, exposure: 0, jurisdiction: 'US', features: FEATURES });

/**
 * Returns the shipped document with a value at each of these JSON pointers; `undefined` removes the property.
 */
function variant(values: Record<string, unknown>): unknown {
  const document = structuredClone<unknown>(shipped);
  for (const [pointer, value] of Object.entries(values)) {
    if (value === undefined) ValuePointer.Delete(document, pointer);
    else ValuePointer.Set(document, pointer, value);
  }
  return document;
}

function faultsOf(document: unknown): string[] {
  try {
    compilePolicy(document);
    return [];
  } catch (error) {
    if (error instanceof PolicyError) return error.faults;
    throw error;
  }
}

const FEATURE = shipped.features.transaction_count_30d;
const RULE = '/rules/0/deny_when';
const LIMIT = '/terms/0/credit_limit';
const BR = 'jurisdiction == "BR"';

describe('the shipped policy', () => {
  test('decides as the formula that it replaces, for any score', () => {
    const cents = (value: number) => Math.round(value * 100) / 100;
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (score) => {
        const { approved, terms } = judge(score);
        expect(approved).toBe(!(score > 0.6));
        if (approved) {
          expect(terms).toEqual({
            credit_limit: cents(Math.max(1000, (1 - score) * 10_000)),
            interest_rate: cents(5 + 15 * score),
            credit_type: score <= 0.25 ? 'LONG_TERM_PERSONAL_LOAN' : 'SHORT_TERM_PERSONAL_LOAN',
          });
        }
      }),
      { numRuns: casesOf('DECISIONS', { quick: 10_000, slow: 100_000 }) },
    );
  });

  test.each([
    [0.6, true, 'SHORT_TERM_PERSONAL_LOAN'],
    [0.600001, false, undefined],
    [0.25, true, 'LONG_TERM_PERSONAL_LOAN'],
    [0.250001, true, 'SHORT_TERM_PERSONAL_LOAN'],
    [0, true, 'LONG_TERM_PERSONAL_LOAN'],
    [1, false, undefined],
  ])('at the edge %p it approves: %p, %p', (score, approved, creditType) => {
    const outcome = judge(score);
    expect(outcome.approved).toBe(approved);
    expect(outcome.terms?.credit_type).toBe(creditType as never);
  });

  test('has the sum of limits, the least limit and the days that the contract names', () => {
    expect(policy.document).toMatchObject({
      exposure_max: 10_000,
      credit_limit_min: 1000,
      offer_days: 7,
      withdrawal_days: 14,
    });
  });

  test('has another hash when anything of it changes, the same for another order of its keys', () => {
    const reordered = Object.fromEntries(Object.entries(shipped).toReversed());
    expect(compilePolicy(reordered).hash).toBe(policy.hash);
    expect(compilePolicy(prudent).hash).not.toBe(policy.hash);
  });
});

describe('emotions count by jurisdiction', () => {
  test.each(['DE', 'FR', 'IS', 'NO', 'LI', 'GR', 'HR'])('never in %s, whatever the default', (country) => {
    const full = compilePolicy(variant({ '/emotion_effect/default': 'full' }));
    expect(full.effectIn(country)).toEqual({ effect: 'off', because: 'law' });
  });

  test('as the policy says elsewhere, and only in favor of a customer of an unknown jurisdiction', () => {
    const mixed = compilePolicy(
      variant({ '/emotion_effect': { default: 'full', by_jurisdiction: { BR: 'off' } } }),
    );
    expect(mixed.effectIn('BR')).toEqual({ effect: 'off', because: 'policy_for_jurisdiction' });
    expect(mixed.effectIn('US')).toEqual({ effect: 'full', because: 'policy_default' });
    expect(mixed.effectIn('unknown')).toEqual({ effect: 'help_only', because: 'jurisdiction_unknown' });
  });
});

describe('a document that could fail while a customer waits is refused', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['an unknown property', { '/extra': 1 }, /extra/],
    ['a property of every object', { '/constructor': 1 }, /constructor: unexpected/],
    ['a recourse of half an event', { '/features/transaction_count_30d/step': 0.5 }, /step: must be whole/],
    ['a recourse of one and a half', { '/features/transaction_count_30d/step': 1.5 }, /step: must be whole/],
    [
      'a range that ends before it begins',
      { '/features/transaction_count_30d/min': 2000 },
      /^\/features\/transaction_count_30d: min is above max$/m,
    ],
    ['a step that no value has', { '/features/avg_positivity_7d/step': 1e-9 }, /step: must be at least/],
    ['a missing property', { '/exposure_max': undefined }, /exposure_max: is missing/],
    ['an unknown name', { [RULE]: 'scor > 0.6' }, /rules\/0\/deny_when: Unknown variable: scor/],
    ['an unknown feature', { [RULE]: 'features.age > 1.0' }, /rules\/0.*age/],
    ['a wrong type', { [RULE]: 'score' }, /is a double where a bool is needed/],
    ['an integer beside a double', { [LIMIT]: 'score * 2' }, /no such overload/],
    ['a regular expression', { [RULE]: 'jurisdiction.matches("(a+)+$")' }, /calls matches/],
    ['a loop', { [RULE]: '[1.0].exists(x, x > score)' }, /calls exists/],
    ['a division by zero', { [LIMIT]: '1.0 / score' }, /credit_limit: divides by a value that may be 0/],
    ['a division that fails in one country', { [LIMIT]: `${BR} ? 1.0 / 0.0 : 5000.0` }, /divides by/],
    ['a key that a country lacks', { [LIMIT]: '{"US": 5000.0}[jurisdiction]' }, /looks up a key/],
    ['an index out of range in one country', { [LIMIT]: `${BR} ? [1.0][5] : 5000.0` }, /looks up a key/],
    ['an emotion by an assembled name', { [RULE]: 'features["stress" + "_events_30d"] > 3.0' }, /looks up/],
    ['an integer that overflows', { [RULE]: '9223372036854775807 + 1 > 0' }, /has the integer/],
    ['an infinite limit', { [LIMIT]: '1e308 * 10.0' }, /credit_limit is Infinity/],
    ['a negative limit in one country', { [LIMIT]: `${BR} ? -1.0 : 5000.0` }, /credit_limit is -1 /],
    [
      'a negative limit at one value',
      { [LIMIT]: 'features.transaction_count_30d == 7.0 ? -1.0 : 5000.0' },
      /credit_limit is -1 /,
    ],
    ['a limit below the smallest', { '/credit_limit_min': 9000 }, /below the smallest/],
    [
      'a limit of reported facts below the smallest',
      { '/sources/customer_limit_max': 500 },
      /customer_limit_max: is below credit_limit_min/,
    ],
    [
      'a rule of the score that names a feeling',
      { '/rules/0/code': 'low_positivity' },
      /reason of an emotion/,
    ],
    [
      'a feeling as the reason of money',
      { '/features/transaction_count_30d/reason': 'high_stress_frequency' },
      /transaction_count_30d\/reason: high_stress_frequency is the reason of an emotion/,
    ],
    ['a negative limit', { [LIMIT]: '0.1 - score' }, /credit_limit is -/],
    ['bands that end alike', { '/terms/1/score_max': 0.25 }, /^\/terms\/1\/score_max: must be above/],
    ['bands out of order', { '/terms/1/score_max': 0.1 }, /must be above/],
    ['a code without a text', { '/rules/0/code': 'no_text' }, /no text for no_text/],
    ['a text in one language', { '/reasons/few_transactions/pt-BR': undefined }, /pt-BR: is missing/],
    [
      'an emotion that counts in the EU',
      { '/emotion_effect/by_jurisdiction/DE': 'help_only' },
      /by_jurisdiction\/DE: must be off/,
    ],
    ['a feature that is none', { '/features/age': FEATURE }, /^\/features\/age: is no feature$/],
    [
      'two features under one name of the model',
      { '/features/transaction_count_30d/model_name': 'n', '/features/stress_events_30d/model_name': 'n' },
      /^\/features: two features are n to the model$/,
    ],
    [
      'a smallest limit above the highest sum',
      { '/credit_limit_min': 10_000.01 },
      /^\/credit_limit_min: is above exposure_max/m,
    ],
    [
      'a negative limit at one score',
      { [LIMIT]: 'score > 0.0995 && score < 0.1005 ? -1.0 : 5000.0' },
      /credit_limit is -1 for the score 0.1$/,
    ],
    ['a feature left out', { '/features/stress_events_30d': undefined }, /stress_events_30d is missing/],
  ])('%s', (_name, values, fault) => {
    expect(faultsOf(variant(values)).join('\n')).toMatch(fault);
  });

  test.each([[null], ['text'], [7], [[]], [{}]])('%j, which is no document', (input) => {
    expect(faultsOf(input).length).toBeGreaterThan(0);
  });

  test.each([
    [LIMIT, '9999999999.99', '10000000000.0'],
    ['/terms/0/interest_rate', '999.99', '1000.0'],
    ['/terms/0/interest_rate', '0.0', '-0.01'],
  ])('%s is %s, not %s', (place, allowed, refused) => {
    // A rate of the first band alone would be worse than that of the next one.
    const withValue = (value: string) =>
      variant({ [place]: value, [place.replace('/0/int', '/1/int')]: value });
    expect(faultsOf(withValue(allowed))).toEqual([]);
    expect(faultsOf(withValue(refused)).join()).toMatch(/^\/terms: \w+ is \S+ for the score 0$/);
  });

  test('with every fault at once', () => {
    const faults = faultsOf(
      variant({
        [RULE]: 'scor > 0.6',
        '/emotion_effect/by_jurisdiction/DE': 'full',
        '/terms/0/interest_rate': '"high"',
      }),
    );
    expect(faults).toHaveLength(3);
  });

  test('a section of the wrong shape hides no fault of another', () => {
    const faults = faultsOf(
      variant({
        '/extra': 1,
        '/exposure_max': 'much',
        '/features/stress_events_30d/step': 0,
        [RULE]: 'scor > 0.6',
        '/rules/0/feature': 'age',
        '/emotion_effect/by_jurisdiction/FR': 'help_only',
        '/terms/0/interest_rate': '"high"',
      }),
    );
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      '/extra',
      '/exposure_max',
      '/features/stress_events_30d/step',
      RULE,
      '/terms/0/interest_rate',
      '/rules/0/feature',
      '/emotion_effect/by_jurisdiction/FR',
    ]);
  });
});
