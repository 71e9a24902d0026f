import { expect, test } from 'bun:test';
import shipped from '../policies/v1.json';
import { decideOn, SHIPPED } from '../decision/test-records.ts';
import type { DecisionRecord } from '../decision/record.ts';
import { pairDecision, pairStored } from './pair-decision.ts';

const predictionsOf = (twin: number, full: number | null) => ({
  twin: { risk_score: twin, model_version: 'challenger' },
  full: full === null ? null : { risk_score: full, model_version: 'challenger' },
  latencyMs: 7,
});
const scored = (record: DecisionRecord, twin: number, full: number | null): DecisionRecord => ({
  ...record,
  twin: { ...record.twin, prediction: { risk_score: twin, model_version: 'champion' } },
  full: record.full && { ...record.full, prediction: { risk_score: full ?? 0, model_version: 'champion' } },
  exposure: { ...record.exposure, before: 0 },
});
/** Emotions help in Brazil and may not count in Germany. */
const inBrazil = await decideOn(4);
const inGermany = await decideOn(5);

test('either decides with its own predictions, of the customer with emotions where they help', () => {
  const pair = pairDecision(scored(inBrazil, 0.9, 0.2), predictionsOf(0.9, 0.1), SHIPPED);
  expect(pair).toEqual({
    customer: inBrazil.user_id,
    jurisdiction: 'BR',
    features: inBrazil.full!.features,
    champion: { approved: true, score: 0.2 },
    challenger: { approved: true, score: 0.1, latencyMs: 7 },
  });
  expect(pairDecision(scored(inBrazil, 0.3, 0.9), predictionsOf(0.9, 0.95), SHIPPED)).toMatchObject({
    champion: { approved: true, score: 0.3 },
    challenger: { approved: false },
  });
});

test('emotions that were not read, that the consent turned off, or without a prediction with them do not count', () => {
  const without = pairDecision(scored(inGermany, 0.9, null), predictionsOf(0.9, null), SHIPPED);
  expect(without).toMatchObject({
    features: inGermany.twin.features,
    champion: { approved: false, score: 0.9 },
    challenger: { approved: false, score: 0.9 },
  });
  const record = scored(inBrazil, 0.9, 0.1);
  const turnedOff = { ...record, effect: { applied: 'off' as const, because: 'consent' } };
  expect(pairDecision(turnedOff, predictionsOf(0.9, 0.1), SHIPPED)).toMatchObject({
    champion: { approved: false, score: 0.9 },
    challenger: { approved: false, score: 0.9 },
  });
  expect(pairDecision(record, predictionsOf(0.9, null), SHIPPED)).toMatchObject({
    champion: { approved: true, score: 0.1 },
    challenger: { approved: false, score: 0.9 },
  });
});

test("each decision is paired by its jurisdiction's policy, else that of all others; without one not at all", () => {
  const denying = { ...shipped, rules: [{ code: 'high_risk_score', deny_when: 'score >= 0.0' }] };
  const stored = [inBrazil, inGermany].map((record) => ({ record, predictions: predictionsOf(0.1, null) }));
  const approvals = (active: { jurisdiction: string; document: unknown }[]) =>
    pairStored(stored, active).map((pair) => [pair.jurisdiction, pair.challenger.approved]);
  expect(
    approvals([
      { jurisdiction: 'BR', document: denying },
      { jurisdiction: '*', document: shipped },
    ]),
  ).toEqual([
    ['BR', false],
    ['DE', true],
  ]);
  expect(approvals([{ jurisdiction: 'DE', document: shipped }])).toEqual([['DE', true]]);
});
