import { describe, expect, test } from 'bun:test';
import { ValuePointer } from '@sinclair/typebox/value';
import fc from 'fast-check';
import shipped from '../policies/v1.json';
import { PolicyError } from './policy-error.ts';
import { compilePolicy, compileStoredPolicy } from './compile-policy.ts';

/** Returns the shipped document with a value at each of these JSON pointers. */
function variant(values: Record<string, unknown>): unknown {
  const document = structuredClone<unknown>(shipped);
  for (const [pointer, value] of Object.entries(values)) ValuePointer.Set(document, pointer, value);
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

const RULES = '/rules';
const COUNT = 'features.transaction_count_30d';
const STRESS = 'features.stress_events_30d';
const POSITIVITY = 'features.avg_positivity_7d';
const rules = (...expressions: string[]) => ({
  [RULES]: expressions.map((deny_when) => ({ code: 'high_risk_score', deny_when })),
});
const ofFeature = (deny_when: string, feature: string) => ({
  [RULES]: [...shipped.rules, { code: 'few_transactions', deny_when, feature }],
});

describe('a document that makes no sense is refused when it is written', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    [
      'a blank text',
      { '/reasons/few_transactions/pt-BR': '   ' },
      /^\/reasons\/few_transactions\/pt-BR: is blank/,
    ],
    [
      'a text of marks',
      { '/reasons/few_transactions/en': '\u200b .' },
      /^\/reasons\/few_transactions\/en: is blank/,
    ],
    ['a blank title', { '/title': '\u00a0' }, /^\/title: is blank/],
    ['a rule that denies everybody', rules('true'), /^\/rules\/0\/deny_when: is true .* denies everybody/],
    ['a rule that always holds', rules('score >= 0.0'), /^\/rules\/0\/deny_when: is true/],
    [
      'a rule that says it in a roundabout way',
      rules('score > 0.5 || score < 0.7'),
      /is true for every customer/,
    ],
    [
      'rules that together deny everybody',
      rules('score > 0.5', '0.5 >= score && score >= 0.0'),
      /denies everybody|deny everybody|although 1/,
    ],
    [
      'rules of money that deny everybody',
      rules(`${COUNT} < 50.0`, `${COUNT} >= 50.0`),
      /^\/rules: deny everybody/,
    ],
    [
      'rules that deny everybody whose emotions may not count',
      rules('score > 0.6', `${POSITIVITY} < 0.6`),
      /^\/rules: deny everybody without emotions/,
    ],
    [
      'rules that deny them together',
      rules(`${STRESS} < 1.0 && ${COUNT} < 50.0`, `${COUNT} >= 50.0 && ${POSITIVITY} <= 0.5`),
      /^\/rules: deny everybody without emotions/,
    ],
    ['a rule that denies nobody', rules('score > 1.0'), /^\/rules\/0\/deny_when: is false .* denies nobody/],
    [
      'a rule of a count below none',
      rules('score > 0.6', `${COUNT} < 0.0`),
      /^\/rules\/1\/deny_when: is false/,
    ],
    [
      'a rule that contradicts itself',
      rules('score > 0.6', 'score > 0.9 && score < 0.2'),
      /^\/rules\/1.*is false/,
    ],
    ['a country in small letters', rules('score > 0.6', 'jurisdiction == "br"'), /^\/rules\/1.*is false/],
    [
      'a country that the policy is not for',
      { ...rules('score > 0.6', 'jurisdiction == "BR"'), '/jurisdictions': ['US'] },
      /^\/rules\/1.*is false/,
    ],
    [
      'a rule that stands twice',
      rules('score > 0.6', 'score>0.6'),
      /^\/rules\/1\/deny_when: is that of \/rules\/0 again/,
    ],
    [
      'a rule that denies the lowest risk',
      rules('score < 0.4'),
      /^\/rules\/0\/deny_when: denies the score 0 and not 0.4/,
    ],
    [
      'a rule that takes a bound for its reason',
      { '/rules/0/code': 'exposure_limit_reached' },
      /^\/rules\/0\/code: exposure_limit_reached is the reason of a bound/,
    ],
    [
      'a feature with the reason of a bound',
      { '/features/transaction_count_30d/reason': 'limit_reduced_by_source' },
      /^\/features\/transaction_count_30d\/reason: .* bound/,
    ],
    [
      'a rule about another feature',
      ofFeature(`${COUNT} < 5.0`, 'avg_transaction_value_30d'),
      /^\/rules\/1\/feature: deny_when does not look at/,
    ],
    [
      'a rule against what is better',
      ofFeature(`${COUNT} > 5.0`, 'transaction_count_30d'),
      /^\/rules\/1\/feature: the rule denies where/,
    ],
    [
      'a rule against every count but none',
      ofFeature(`${COUNT} > 0.0`, 'transaction_count_30d'),
      /^\/rules\/1\/feature: the rule denies where/,
    ],
    [
      'a rule against the highest count alone',
      ofFeature(`${COUNT} > 1000.0`, 'transaction_count_30d'),
      /^\/rules\/1\/feature: the rule denies where/,
    ],
    [
      'a rule against little stress',
      ofFeature(`${STRESS} < 3.0`, 'stress_events_30d'),
      /^\/rules\/1\/feature: the rule denies where stress_events_30d is better/,
    ],
    [
      'a range of one value that a recourse may name',
      { '/features/transaction_count_30d/min': 5, '/features/transaction_count_30d/max': 5 },
      /^\/features\/transaction_count_30d\/step: is above the range/,
    ],
    [
      'a step that is just above the range',
      {
        '/features/transaction_count_30d/min': 10,
        '/features/transaction_count_30d/max': 15,
        '/features/transaction_count_30d/step': 6,
      },
      /^\/features\/transaction_count_30d\/step: is above the range/,
    ],
    [
      'a band that is never reached',
      {
        '/terms': [
          ...shipped.terms.slice(0, 1),
          { ...shipped.terms[1], score_max: 0.6 },
          { ...shipped.terms[1] },
        ],
      },
      /^\/terms\/2: is never reached/,
    ],
    [
      'few transactions as the better',
      { '/features/transaction_count_30d/better': 'decrease' },
      /^\/features\/transaction_count_30d\/better: must be increase/,
    ],
    [
      'stress as the better',
      { '/features/stress_events_30d/better': 'increase' },
      /^\/features\/stress_events_30d\/better: must be decrease/,
    ],
    [
      'a negative count',
      { '/features/transaction_count_30d/min': -5 },
      /^\/features\/transaction_count_30d\/min: is below 0/,
    ],
    [
      'a positivity beyond 1',
      { '/features/avg_positivity_7d/max': 2 },
      /^\/features\/avg_positivity_7d\/max: is above 1/,
    ],
    [
      'a step beyond the range',
      { '/features/transaction_count_30d/step': 2000 },
      /^\/features\/transaction_count_30d\/step: is above the range/,
    ],
    [
      'a feeling as something that a customer can change',
      { '/features/avg_positivity_7d/actionable': true },
      /^\/features\/avg_positivity_7d\/actionable: must be false/,
    ],
    ['offers of nothing', { '/credit_limit_min': 0 }, /^\/credit_limit_min: must be above 0/],
    [
      'an effect where the policy does not decide',
      { '/jurisdictions': ['US'], '/emotion_effect/by_jurisdiction': { BR: 'off' } },
      /^\/emotion_effect\/by_jurisdiction\/BR: the policy is not for BR/,
    ],
  ])('%s', (_name, values, fault) => {
    const document = variant(values);
    expect(faultsOf(document).filter((text) => fault.test(text))).not.toEqual([]);
    // A policy that is in use already stays in use.
    expect(() => compileStoredPolicy(document)).not.toThrow();
  });
});

describe('a document that makes sense is taken', () => {
  test.each<[string, Record<string, unknown>]>([
    [
      'no rule at all: the bands end where it denies',
      { [RULES]: [], '/terms': [{ ...shipped.terms[0], score_max: 0.5 }] },
    ],
    ['a rule for one country', rules('score > 0.6', 'jurisdiction == "BR" && score > 0.55')],
    [
      'a narrow rule of several facts',
      rules(
        'score > 0.6',
        `${COUNT} == 7.0 && features.avg_transaction_value_30d > 3.1 && exposure > 12.5 && score > 0.123`,
      ),
    ],
    ['a rule by arithmetic', rules(`score * 100.0 > 60.0 || ${COUNT} * 2.0 < 3.0`)],
    ['a rule against much stress', ofFeature(`${STRESS} > 3.0`, 'stress_events_30d')],
    [
      'a rule against counts in the middle: more leads out of it',
      ofFeature(`${COUNT} > 5.0 && ${COUNT} < 50.0`, 'transaction_count_30d'),
    ],
    [
      'a rule against all but the best of a value',
      ofFeature(`${POSITIVITY} > 0.98 && ${POSITIVITY} < 1.0`, 'avg_positivity_7d'),
    ],
    [
      'a rule that names a feature which decides nothing',
      ofFeature(`${COUNT} >= 0.0 && score > 0.9`, 'transaction_count_30d'),
    ],
    [
      'a step of the whole range',
      {
        '/features/transaction_count_30d/min': 10,
        '/features/transaction_count_30d/max': 15,
        '/features/transaction_count_30d/step': 5,
      },
    ],
    [
      'an effect where the policy decides',
      { '/jurisdictions': ['US'], '/emotion_effect/by_jurisdiction': { US: 'off' } },
    ],
    ['a rule about a feature', ofFeature(`${COUNT} < 5.0`, 'transaction_count_30d')],
    [
      'a model with names and directions of its own',
      {
        '/features/avg_transaction_value_30d/better': 'decrease',
        '/features/avg_transaction_value_30d/model_name': 'spend',
      },
    ],
  ])('%s', (_name, values) => {
    expect(faultsOf(variant(values))).toEqual([]);
  });

  test('any threshold of the score and of a count', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999 }),
        fc.integer({ min: 1, max: 5000 }),
        (millionths, count) => {
          const threshold = Math.max(260_000, millionths) / 1_000_000;
          expect(faultsOf(variant(rules(`score > ${threshold}`, `${COUNT} < ${count}.0`)))).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('of 50 rules in less than five seconds of computing, however narrow they are', () => {
    const narrow = Array.from(
      { length: 50 },
      (_, index) =>
        `exposure > ${index + 100}.0 && ${COUNT} == ${index + 3}.0 && ` +
        `features.avg_transaction_value_30d > ${index}.5 && score > 0.${index + 10}`,
    );
    const started = process.cpuUsage();
    expect(faultsOf(variant(rules(...narrow)))).toEqual([]);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1000).toBeLessThan(5000);
  });
});
