import { expect, test } from 'bun:test';
import { decideOn, SHIPPED } from './test-records.ts';
import { describeDecision } from './describe-decision.ts';

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
  expect(textOf(true)).toContain('no value of it alone would have been enough');
  expect(textOf(false)).not.toContain('no value of it alone');
  expect(textOf(false)).toContain('which value of it would have been enough is not known');
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
