import { expect, test } from 'bun:test';
import { decideOn, SHIPPED } from '../../underwriting/decision/test-records.ts';
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
