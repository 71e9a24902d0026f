import { expect, test } from 'bun:test';
import { type AnalysisRecord, COOLDOWN_SECONDS, toCreditAnalysis } from './analysis.ts';

const record: AnalysisRecord = {
  id: 'a',
  approved: false,
  riskScore: 0.7,
  modelVersion: 'm',
  policyVersion: 'v1',
  features: {
    transaction_count_30d: 0,
    avg_transaction_value_30d: 0,
    avg_positivity_7d: 0.5,
    stress_events_30d: 0,
  },
  reasons: [
    { code: 'few_transactions', message: 'first' },
    { code: 'high_risk_score', message: 'second' },
  ],
  offer: null,
};

test('a denial has its principal reason, an approval none, and both all their reasons', () => {
  expect(toCreditAnalysis('u', record, false)).toMatchObject({ reason: 'first', reasons: record.reasons });
  const approval = toCreditAnalysis('u', { ...record, approved: true }, false);
  expect(approval).toMatchObject({ reason: null, reasons: record.reasons });
  expect(toCreditAnalysis('u', { ...record, reasons: [] }, false).reason).toBeNull();
});

test('the same facts give the same analysis for five minutes', () => expect(COOLDOWN_SECONDS).toBe(300));
