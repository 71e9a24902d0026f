import { describe, expect, test } from 'bun:test';
import { faultsOfRate, faultsOfTerms, makeOverrideRecord, type Override } from './override.ts';
import type { DecisionRecord } from './record.ts';
import { hashOfRecord } from './record-hash.ts';
import { replay } from './replay.ts';
import { decideOn, SHIPPED } from './test-records.ts';

async function firstDenial(): Promise<DecisionRecord> {
  for (let number = 0; ; number += 1) {
    const record = await decideOn(number);
    if (!record.approved && record.evidence.length > 0 && record.full) return record;
  }
}
const denial = await firstDenial();
const TERMS = {
  credit_limit: 2500.5,
  interest_rate: 12.25,
  credit_type: 'SHORT_TERM_PERSONAL_LOAN',
} as const;
const OVERRIDE: Override = {
  reviewId: 'review',
  analysisId: 'analysis',
  traceId: 'trace',
  salt: 'another salt',
  decidedAt: new Date('2026-11-29T10:00:00Z'),
  terms: TERMS,
  reasonCode: 'income_verified',
  proposedBy: 'olga',
  decidedBy: 'grace',
  exposure: { before: 300, max: 9000 },
};
const record = makeOverrideRecord(denial, hashOfRecord(denial), SHIPPED, OVERRIDE);

describe('the record of an override', () => {
  test("has the denial's facts, the exposure of now, the operator's terms and no reasons of the denial", () => {
    expect(record).toMatchObject({
      schema: 2,
      salt: 'another salt',
      analysis_id: 'analysis',
      user_id: denial.user_id,
      trace_id: 'trace',
      decided_at: '2026-11-29T10:00:00.000Z',
      twin: denial.twin,
      full: denial.full,
      outcomes: denial.outcomes,
      basis: denial.basis,
      exposure: { before: 300, max: 9000 },
      approved: true,
      terms: TERMS,
      adjustments: [],
      reasons: [],
      recourse: [],
      evidence: [],
      weights: {},
      explanation_complete: true,
      override: {
        review_id: 'review',
        analysis_id: denial.analysis_id,
        record_hash: hashOfRecord(denial),
        reason_code: 'income_verified',
        proposed_by: 'olga',
        decided_by: 'grace',
      },
    });
  });

  test.each<[string, Partial<DecisionRecord>, string[]]>([
    ['as it was made', {}, []],
    [
      'with a limit beyond the highest sum',
      { terms: { ...TERMS, credit_limit: 8700.01 } },
      ['/terms/credit_limit'],
    ],
    ['with an emotion effect of another', { effect: { ...denial.effect, because: 'law' } }, ['/effect']],
    [
      'with other outcomes',
      { outcomes: { ...denial.outcomes, twin: { approved: true, denied_by: [], terms: TERMS } } },
      ['/outcomes'],
    ],
    ['without an approval', { approved: false }, ['/approved']],
    ['without terms', { terms: null }, ['/approved']],
    ['with a reason', { reasons: denial.reasons }, ['/reasons']],
    ['with an adjustment', { adjustments: ['limit_reduced_by_source'] }, ['/reasons']],
    ['with another policy', { versions: { ...denial.versions, policy: 'v0' } }, ['/versions/policy']],
    ['with another model', { versions: { ...denial.versions, model: 'm' } }, ['/versions/model']],
  ])('is replayed %s', (_, change, paths) => {
    expect(replay({ ...record, ...change }, SHIPPED).map(({ path }) => path)).toEqual(paths);
  });
});

test.each<[string, Partial<typeof TERMS | { credit_type: 'LONG_TERM_PERSONAL_LOAN' }>, string[]]>([
  ['at the smallest limit', { credit_limit: 1000 as never }, []],
  ['a cent below it', { credit_limit: 999.99 as never }, ['credit_limit: must be at least 1000']],
  ['at the room that is left', { credit_limit: 8700 as never }, []],
  [
    'a cent above it',
    { credit_limit: 8700.01 as never },
    ['credit_limit: must be at most 8700: the highest sum is 9000 (exposure)'],
  ],
  [
    'with a fraction of a cent',
    { credit_limit: 2000.005 as never },
    ['credit_limit: must have at most 2 decimals'],
  ],
  [
    'with a fraction of a hundredth',
    { interest_rate: 12.345 as never },
    ['interest_rate: must have at most 2 decimals'],
  ],
  ['of the other type of the policy', { credit_type: 'LONG_TERM_PERSONAL_LOAN' }, []],
])('terms %s', (_, change, faults) => {
  const faultList = faultsOfTerms({ ...TERMS, ...change }, SHIPPED, OVERRIDE.exposure);
  expect(
    faultList.map(
      ({ term, message, isOfExposure }) => `${term}: ${message}${isOfExposure ? ' (exposure)' : ''}`,
    ),
  ).toEqual(faults);
});

test('there is no room where the sum is above the highest, and a type must be one of the policy', () => {
  const over = faultsOfTerms(TERMS, SHIPPED, { before: 9000.01, max: 9000 });
  expect(over).toEqual([
    { term: 'credit_limit', message: 'must be at most 0: the highest sum is 9000', isOfExposure: true },
  ]);
  const oneType = {
    ...SHIPPED,
    document: { ...SHIPPED.document, terms: SHIPPED.document.terms.slice(0, 1) },
  };
  expect(faultsOfTerms(TERMS, oneType, OVERRIDE.exposure)).toEqual([
    { term: 'credit_type', message: 'must be one of the policy', isOfExposure: false },
  ]);
});

test('no rate is above the highest of the policy for these facts, at any score', () => {
  const at = (interest_rate: number) => faultsOfRate({ ...TERMS, interest_rate }, SHIPPED, denial);
  // 5.0 + 15.0 * score, at the score 1.
  expect(at(20)).toEqual([]);
  expect(at(20.01)).toEqual([
    {
      term: 'interest_rate',
      message: 'must be at most 20, the highest of the policy for this customer',
      isOfExposure: false,
    },
  ]);
});
