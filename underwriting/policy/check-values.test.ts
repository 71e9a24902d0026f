import { expect, test } from 'bun:test';
import { ValuePointer } from '@sinclair/typebox/value';
import shipped from '../policies/v1.json';
import { PolicyError } from './policy-error.ts';
import { buildPolicy } from './build-policy.ts';
import { faultsOfTexts, faultsOfValues } from './check-values.ts';
import { compilePolicy } from './compile-policy.ts';
import type { PolicyDocument } from './policy-document.ts';

function variant(pointer: string, value: unknown): unknown {
  const document = structuredClone<unknown>(shipped);
  ValuePointer.Set(document, pointer, value);
  return document;
}

const PLACES = '/emotion_effect/by_jurisdiction';

test.each<[string, unknown, RegExp]>([
  [`${PLACES}/unknown`, 'full', /by_jurisdiction\/unknown: must be off or help_only/],
  [`${PLACES}/br`, 'off', /by_jurisdiction\/br: is no country code/],
  [`${PLACES}/EU`, 'off', /by_jurisdiction\/EU: is no country code/],
  [`${PLACES}/*`, 'off', /by_jurisdiction\/\*: is no country code/],
  ['/exposure_max', 10000.004, /^\/exposure_max: has a fraction of a cent/],
  ['/credit_limit_min', 0.001, /^\/credit_limit_min: has a fraction of a cent/],
  ['/sources/customer_limit_max', 2000.005, /^\/sources\/customer_limit_max: has a fraction of a cent/],
  ['/reasons/few_transactions/en', 'a\u0000b', /^\/reasons\/few_transactions\/en: has a control character/],
  ['/reasons/few_transactions/pt-BR', 'a\ud800', /pt-BR: has a control character, or half/],
  ['/title', 'a\u001bb', /^\/title: has a control character/],
  ['/rules/0/deny_when', 'score > 0.5\u0000', /^\/rules\/0\/deny_when: has a control character/],
  ['/reasons/few_transactions/en', 'many words '.repeat(100), /is longer than 500 characters/],
])('%s of %j is refused by its place', (pointer, value, fault) => {
  let faults: string[] = [];
  try {
    compilePolicy(variant(pointer, value));
  } catch (error) {
    faults = (error as PolicyError).faults;
  }
  expect(faults.find((text) => fault.test(text))).toBeDefined();
});

test('amounts in whole cents are taken, and off or help_only for unknown residence', () => {
  for (const amount of [10000.01, 10000.1, 1234.57, 99999.99]) {
    expect(compilePolicy(variant('/exposure_max', amount)).document.exposure_max).toBe(amount);
  }
  for (const effect of ['off', 'help_only']) {
    const policy = compilePolicy(variant(`${PLACES}/unknown`, effect));
    expect(policy.effectIn('unknown').effect as string).toBe(effect);
  }
});

test('emotions never harm a customer of unknown residence, whatever a stored policy says', () => {
  const { policy } = buildPolicy(variant(`${PLACES}/unknown`, 'full') as PolicyDocument);
  expect(policy.effectIn('unknown')).toEqual({ effect: 'help_only', because: 'jurisdiction_unknown' });
});

test('values nested 32 deep are walked, deeper ones are refused by their place', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 'text' : { a: nested(depth - 1) });
  expect(faultsOfTexts(nested(32))).toEqual([]);
  expect(faultsOfTexts(nested(33))).toEqual([`${'/a'.repeat(33)}: is nested too deep`]);
});

test.each([
  ['\u0000', '/: has a control character, or half of a character'],
  [{ 'a\u0000': 1 }, '/: a name has a control character, or half of a character'],
  [{ a: { 'b\ud800': 1 } }, '/a: a name has a control character, or half of a character'],
])('%j that no database keeps is refused', (input, fault) => {
  expect(faultsOfTexts(input)).toEqual([fault]);
});

test('a reason of 500 characters is taken, of one more refused', () => {
  const reasonOf = (length: number) => ({ reasons: { few: { en: 'a'.repeat(length), 'pt-BR': 'a' } } });
  expect(faultsOfValues(reasonOf(500))).toEqual([]);
  expect(faultsOfValues(reasonOf(501))).toEqual(['/reasons/few/en: is longer than 500 characters']);
});
