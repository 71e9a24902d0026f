import { expect, test } from 'bun:test';
import prudent from '../policies/prudent-1.json';
import shipped from '../policies/v1.json';
import { PolicyError } from './policy-error.ts';
import { compilePolicy, compileReadPolicy } from './compile-policy.ts';
import { policiesByHash } from './policies-by-hash.ts';
import { policyInForce } from './policy-in-force.ts';

test('stored policies are found by their own hashes, whatever stands beside them', () => {
  const policyOf = policiesByHash([shipped, null, { rules: 7 }, prudent]);
  for (const document of [shipped, prudent]) {
    expect(policyOf(compilePolicy(document).hash)?.version).toBe(document.version);
  }
  expect(policyOf('f'.repeat(64))).toBeNull();
});

test("the policy in force has the emotion effect of the customer's jurisdiction", () => {
  const active = { version: 'v1', hash: 'h', active_for: '*', document: shipped, jurisdiction: 'DE' };
  expect(policyInForce(active)).toEqual({
    version: 'v1',
    hash: 'h',
    active_for: '*',
    emotion_effect: 'off',
    exposure_max: 10_000,
  });
  expect(policyInForce(null)).toBeNull();
});

test('a document that was read has the keys that stand twice among its faults', () => {
  const faultsOf = (document: unknown, duplicates: string[]) => {
    try {
      compileReadPolicy(document, duplicates);
      return [];
    } catch (error) {
      if (error instanceof PolicyError) return error.faults;
      throw error;
    }
  };
  expect(faultsOf(shipped, [])).toEqual([]);
  expect(faultsOf(shipped, ['', '/a'])).toEqual(['/: stands twice', '/a: stands twice']);
  expect(faultsOf({ ...shipped, exposure_max: -1 }, ['/a'])).toEqual([
    '/a: stands twice',
    '/exposure_max: expected number to be greater or equal to 0',
  ]);
});

test('an error that is none of the document is thrown on', () => {
  const document = {
    get version(): string {
      throw new Error('nothing to read');
    },
  };
  expect(() => compileReadPolicy(document, ['/a'])).toThrow('nothing to read');
});
