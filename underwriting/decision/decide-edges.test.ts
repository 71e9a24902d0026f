import { describe, expect, test } from 'bun:test';
import { buildPolicy } from '../policy/build-policy.ts';
import type { CreditTerms } from '../policy/outcome.ts';
import { type Application, decide } from './decide.ts';
import { SHIPPED } from './test-records.ts';

/** Grants by the count of transactions at any score: 0 is denied. */
const { policy } = buildPolicy({
  ...SHIPPED.document,
  rules: [{ code: 'few', deny_when: 'features.transaction_count_30d < 1.0' }],
  terms: [
    {
      score_max: 1,
      credit_limit: 'features.transaction_count_30d * 1000.0',
      interest_rate: 'score * 100.0',
      credit_type: 'SHORT_TERM_PERSONAL_LOAN',
    },
  ],
});

const assessed = (count: number, score: number) => ({
  features: {
    transaction_count_30d: count,
    avg_transaction_value_30d: 0,
    avg_positivity_7d: 0.5,
    stress_events_30d: 0,
  },
  prediction: { risk_score: score, model_version: 'm' },
});
const apply = (change: Partial<Application>) =>
  decide(policy, {
    jurisdiction: 'US',
    effect: 'help_only',
    twin: assessed(5, 0.2),
    full: null,
    exposure: 0,
    isSelfReported: false,
    ...change,
  });

describe('the emotion effect', () => {
  const better: [string, ReturnType<typeof assessed>, ReturnType<typeof assessed>, 'full' | 'twin'][] = [
    ['an approval over a denial', assessed(0, 0.2), assessed(1, 0.9), 'full'],
    ['no denial over an approval', assessed(1, 0.9), assessed(0, 0.2), 'twin'],
    ['the twin of two denials', assessed(0, 0.2), assessed(0, 0.1), 'twin'],
    ['the higher limit', assessed(5, 0.2), assessed(6, 0.9), 'full'],
    ['not the lower limit', assessed(6, 0.9), assessed(5, 0.2), 'twin'],
    ['the lower rate of the same limit', assessed(5, 0.3), assessed(5, 0.2), 'full'],
    ['not the higher rate', assessed(5, 0.2), assessed(5, 0.3), 'twin'],
    ['the twin of the same terms', assessed(5, 0.2), assessed(5, 0.2), 'twin'],
  ];
  test.each(better)('help_only takes %s', (_, twin, full, basis) => {
    expect(apply({ twin, full }).basis).toBe(basis);
    expect(apply({ twin, full, effect: 'full' }).basis).toBe('full');
    const off = apply({ twin, full, effect: 'off' });
    expect([off.basis, off.outcomes.full]).toEqual(['twin', null]);
  });

  test.each(['help_only', 'full', 'off'] as const)(
    '%s takes the twin where emotions were not read',
    (effect) => {
      expect(apply({ effect }).basis).toBe('twin');
    },
  );
});

test.each<[string, Partial<Application>, number | null, string[]]>([
  ['all of its room', { exposure: 5000 }, 5000, []],
  ['a cent less of room than granted', { exposure: 5000.01 }, 4999.99, ['limit_reduced_by_exposure']],
  ['the smallest limit as its room', { exposure: 9000 }, 1000, ['limit_reduced_by_exposure']],
  ['a cent less than the smallest limit', { exposure: 9000.01 }, null, ['exposure_limit_reached']],
  ['no room', { exposure: 12_000 }, null, ['exposure_limit_reached']],
])('a customer with %s', (_, change, limit, adjustments) => {
  const { terms, approved, adjustments: actual } = apply(change);
  expect([terms?.credit_limit ?? null, approved, actual]).toEqual([limit, limit !== null, adjustments]);
});

test.each<[number | null, boolean, number, string[]]>([
  [null, true, 5000, []],
  [2000, false, 5000, []],
  [5000, true, 5000, []],
  [4999.99, true, 4999.99, ['limit_reduced_by_source']],
])(
  'a cap of %p on reported facts (%p) leaves %d',
  (customer_limit_max, isSelfReported, limit, adjustments) => {
    const sources = { ...SHIPPED.document.sources, customer_limit_max };
    const capped = { ...policy, document: { ...policy.document, sources } };
    const application = { jurisdiction: 'US', effect: 'off', twin: assessed(5, 0.2), full: null } as const;
    const decision = decide(capped, { ...application, exposure: 0, isSelfReported });
    expect([(decision.terms as CreditTerms).credit_limit, decision.adjustments]).toEqual([
      limit,
      adjustments,
    ]);
  },
);
