import { expect, test } from 'bun:test';
import { compilePolicy } from '../policy/compile-policy.ts';
import { decideOn, SHIPPED } from './test-records.ts';
import { describeDecision } from './describe-decision.ts';
import type { DecisionRecord } from './record.ts';

async function firstDenial() {
  for (let number = 0; ; number += 1) {
    const record = await decideOn(number);
    if (!record.approved && record.reasons.some(({ feature }) => feature !== null && feature !== 'exposure'))
      return record;
  }
}

test('an explanation that was cut short claims nothing that was not tried', async () => {
  const record = await firstDenial();
  const cut = {
    ...record,
    reasons: record.reasons.map((reason) => ({ ...reason, sufficient_value: null })),
    recourse: [],
  };
  const textOf = (isComplete: boolean) =>
    describeDecision({ ...cut, explanation_complete: isComplete }, SHIPPED).join('\n');
  expect(textOf(true)).toContain('no value of it alone is known that would have been enough');
  expect(textOf(false)).not.toContain('no value of it alone');
  expect(textOf(false)).toContain('which value of it would have been enough is not known');
});

test('a value that would be enough beyond the range of the policy is not denied to be', async () => {
  const { transaction_count_30d: count } = SHIPPED.document.features;
  const narrow = compilePolicy({
    ...SHIPPED.document,
    features: { ...SHIPPED.document.features, transaction_count_30d: { ...count, max: 10 } },
  });
  const record = await decideOn(0, narrow);
  const [reason] = record.reasons;
  expect(reason).toMatchObject({ code: 'few_transactions', sufficient_value: null });
  const wide = await decideOn(0);
  expect(wide.reasons[0]?.sufficient_value).toBeGreaterThan(10);
  expect(describeDecision(record, narrow).join('\n')).not.toContain('no value of it alone would');
});

test('an override names its denial, its reason and its operators', async () => {
  const denial = await firstDenial();
  const record = {
    ...denial,
    approved: true,
    terms: { credit_limit: 6000, interest_rate: 14.5, credit_type: 'SHORT_TERM_PERSONAL_LOAN' as const },
    reasons: [],
    override: {
      review_id: crypto.randomUUID(),
      analysis_id: denial.analysis_id,
      record_hash: '0'.repeat(64),
      reason_code: 'income_verified',
      proposed_by: 'olga',
      decided_by: 'grace',
    },
  };
  const text = describeDecision(record, SHIPPED).join('\n');
  expect(text).toContain(`Operators overrode the denial ${denial.analysis_id} in a review: income_verified`);
  expect(text).toContain('proposed by olga, approved by grace');
  expect(text).not.toContain('Nothing spoke against it');
  const alone = { ...record, override: { ...record.override, proposed_by: null } };
  expect(describeDecision(alone, SHIPPED).join('\n')).toContain('An operator overrode the denial');
});

test('a page says what counted, what was judged, why, and what would flip it', async () => {
  const denial = await firstDenial();
  const record: DecisionRecord = {
    ...denial,
    analysis_id: 'a',
    user_id: 'u',
    decided_at: '2026-11-23T10:00:00.000Z',
    jurisdiction: 'unknown',
    window: { today: '2026-11-23', long_days: 30, short_days: 7 },
    counts: { transactions: { platform: 3, customer: 2 }, emotions: { platform: 4, customer: 1 } },
    versions: { ...denial.versions, model: 'm-1', policy: 'v1' },
    effect: { applied: 'help_only', because: 'policy_default' },
    twin: { ...denial.twin, prediction: { risk_score: 0.7, model_version: 'm-1' } },
    full: { ...denial.twin, prediction: { risk_score: 0.5, model_version: 'm-1' } },
    outcomes: {
      twin: { approved: false, denied_by: ['high_risk_score', 'few'], terms: null },
      full: { approved: true, denied_by: [], terms: null },
    },
    basis: 'twin',
    exposure: { before: 1234.5, max: 10_000 },
    adjustments: [],
    reasons: [
      {
        code: 'few_transactions',
        feature: 'transaction_count_30d',
        value: 3,
        sufficient_value: 9,
        weight: 1,
      },
      { code: 'of_no_policy', feature: null, value: null, sufficient_value: null, weight: null },
    ],
    recourse: [
      { feature: 'transaction_count_30d', from: 3, to: 9 },
      { feature: 'avg_transaction_value_30d', from: 10, to: 20 },
    ],
    explanation_complete: true,
  };
  const text = SHIPPED.document.reasons['few_transactions']?.en;
  expect(describeDecision(record, SHIPPED)).toEqual([
    'Decision a on customer u, 2026-11-23T10:00:00.000Z.',
    '',
    'The application was DENIED.',
    '',
    'What counted',
    '  5 transactions in the 30 days up to 2026-11-23: 3 that the platform reported, 2 that the customer reported.',
    "  5 emotion events; their effect in an unknown jurisdiction is help_only, by the policy's default: they may help and never harm.",
    '  Limits of the customer before: 1,234.50 of 10,000.00.',
    '',
    'What the model and the policy said',
    '  Model m-1 gives the customer without emotions a risk score of 0.7: the policy denies (high_risk_score, few).',
    '  Model m-1 gives the customer with emotions a risk score of 0.5: the policy approves.',
    `  Policy v1: ${SHIPPED.document.title}.`,
    '  The one without emotions counts.',
    '',
    'Why',
    `  1. few_transactions: ${text} transaction_count_30d was 3; 9 would have been enough.`,
    '  2. of_no_policy: ',
    '',
    'What would flip it',
    '  transaction_count_30d from 3 to 9 and avg_transaction_value_30d from 10 to 20: tried with the same model and policy, which approve then.',
  ]);
  const linesOf = (change: Partial<DecisionRecord>, policy: typeof SHIPPED | null = SHIPPED) =>
    describeDecision({ ...record, ...change }, policy).join('\n');
  const terms = { credit_limit: 6000, interest_rate: 14.5, credit_type: 'LONG_TERM_PERSONAL_LOAN' as const };
  const approval = linesOf({ approved: true, terms, basis: 'full', reasons: [], adjustments: ['a', 'b'] });
  expect(approval).toContain('The application was APPROVED: 6,000.00 at 14.5 % a year, long-term.');
  expect(approval).toContain('The one with emotions counts. Its terms are bounded: a, b.');
  expect(approval).toContain('  Nothing spoke against it.');
  expect(approval).toContain('  Nothing: it is an approval.');
  const short = { ...terms, credit_type: 'SHORT_TERM_PERSONAL_LOAN' as const };
  expect(linesOf({ approved: true, terms: short })).toContain('a year, short-term.');
  expect(linesOf({ terms })).toContain('The application was DENIED.');
  expect(linesOf({}, null)).toContain('  Policy v1, which is not stored.');
  expect(linesOf({ recourse: [] })).toContain('No change of one or two things');
  expect(linesOf({ recourse: [], explanation_complete: false })).toContain('Not known: the model could not');
  const off = linesOf({
    jurisdiction: 'DE',
    effect: { applied: 'off', because: 'law' },
    full: null,
    outcomes: { ...record.outcomes, full: null },
  });
  expect(off).toContain(
    'Emotions were not read: their effect in DE is off, by law (Directive (EU) 2023/2225, article 18).',
  );
  expect(off).not.toContain('with emotions a risk score');
  expect(linesOf({ effect: { applied: 'full', because: 'x' } })).toContain(
    'is full, by x: they count in full.',
  );
});

test('one event is one, and none are none', async () => {
  const record = await firstDenial();
  const textOf = (transactions: number, emotions: number) =>
    describeDecision(
      {
        ...record,
        effect: { applied: 'help_only', because: 'policy_default' },
        counts: {
          transactions: { platform: transactions, customer: 0 },
          emotions: { platform: emotions, customer: 0 },
        },
      },
      SHIPPED,
    ).join('\n');
  expect(textOf(1, 1)).toMatch(/ 1 transaction in[^]* 1 emotion event;/);
  expect(textOf(0, 2)).toMatch(/ 0 transactions in[^]* 2 emotion events;/);
});
