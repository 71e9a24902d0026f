import { expect, test } from 'bun:test';
import { isJurisdiction } from './jurisdiction.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');
const PAIRS = LETTERS.flatMap((first) => LETTERS.map((second) => `${first}${second}`));
const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

test('a jurisdiction is one of 249 countries, each of which has a name', () => {
  const accepted = PAIRS.filter(isJurisdiction);
  expect(accepted).toHaveLength(249);
  expect(accepted.filter((code) => regions.of(code) === undefined)).toEqual([]);
});

test('a code that looks like one of ISO 3166-1 but is none is refused', () => {
  for (const code of ['UK', 'EL', 'EU', 'XK', 'ZZ', 'SU', 'br', 'BRA', 'BR ', '', 'unknown']) {
    expect([code, isJurisdiction(code)]).toEqual([code, false]);
  }
});
