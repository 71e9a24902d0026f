import { expect, test } from 'bun:test';
import { columnsOfErased, eraseRecord, isErasedRecord, isUnproven } from './erase-record.ts';
import { canonicalText, type DecisionRecord } from './record.ts';
import { hashOfRecord } from './record-hash.ts';
import { decideOn } from './test-records.ts';
import { verifyDecision } from './verify-decision.ts';

const CUSTOMER = '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a';
const TRACE = 'trace-of-the-customer';
const records = await Promise.all(Array.from({ length: 300 }, (_, number) => decideOn(number)));
/** The same with each basis, a customer and a trace. */
const decided: DecisionRecord[] = records.flatMap((record) => [
  { ...record, user_id: CUSTOMER, trace_id: TRACE },
  ...(record.full ? [{ ...record, user_id: CUSTOMER, trace_id: TRACE, basis: 'full' as const }] : []),
]);

test('an erased record has the hash of the whole one, without customer, trace, salt and emotions', () => {
  for (const record of decided) {
    const erased = eraseRecord(record);
    expect(isErasedRecord(erased)).toBe(true);
    expect(hashOfRecord(erased)).toBe(hashOfRecord(record));
    const text = canonicalText(erased);
    for (const word of [CUSTOMER, TRACE, '"salt"', '"full":', '"emotions"']) expect(text).not.toContain(word);
    if (record.basis !== 'full') continue;
    for (const name of ['evidence', 'weights', 'recourse']) expect(erased).not.toHaveProperty(name);
    expect(erased.reasons).toEqual(record.reasons.map(({ code }) => ({ code })));
  }
});

test('a change of what is left of a record gives it another hash, and so does a change of what went', () => {
  for (const record of decided.slice(0, 50)) {
    const hash = hashOfRecord(record);
    const erased = eraseRecord(record);
    expect(hashOfRecord({ ...erased, approved: !erased.approved })).not.toBe(hash);
    expect(hashOfRecord({ ...erased, private_hash: 'f'.repeat(64) })).not.toBe(hash);
    expect(hashOfRecord({ ...record, user_id: TRACE })).not.toBe(hash);
    expect(hashOfRecord({ ...record, salt: TRACE })).not.toBe(hash);
    expect(hashOfRecord({ ...record, counts: { ...record.counts, emotions: null } }) === hash).toBe(
      record.counts.emotions === null,
    );
  }
});

test('an erased decision is verified by its hash and its row', () => {
  const [record] = decided;
  if (!record) throw new Error('no record');
  const erased = eraseRecord(record);
  const stored = {
    analysisId: record.analysis_id,
    record: erased,
    recordHash: hashOfRecord(record),
    columns: columnsOfErased(erased),
  };
  expect(verifyDecision(stored, () => null)).toEqual([]);
  const changed = { ...stored, record: { ...erased, approved: !erased.approved } };
  expect(verifyDecision(changed, () => null).map(({ path }) => path)).toEqual([
    '/record_hash',
    '/columns/approved',
  ]);
});

test('a record that had no salt is told apart once it is erased: nothing proves the rest', () => {
  const { salt: _, ...record } = { ...(decided[0] as DecisionRecord), schema: 1 as const };
  const erased = eraseRecord(record);
  expect(isUnproven(erased)).toBe(true);
  expect(isUnproven(eraseRecord(decided[0] as DecisionRecord))).toBe(false);
  const columns = columnsOfErased(erased);
  const stored = { analysisId: '', record: erased, recordHash: hashOfRecord(record), columns };
  expect(verifyDecision(stored, () => null)).toEqual([]);
});

test('a changed record with a salt does not pass as one that had none', () => {
  const [record] = decided;
  if (!record) throw new Error('no record');
  const recordHash = hashOfRecord(record);
  const { schema: _, ...erased } = { ...eraseRecord(record), approved: !record.approved };
  const forgeries = [
    { ...erased, schema: 2, unproven: true },
    { ...erased, schema: 2, unproven: true, private_hash: '' },
    { ...erased, unproven: true, private_hash: '' },
    { ...erased, schema: 1, unproven: true },
    { ...record, approved: !record.approved, unproven: true },
    { ...record, schema: 1, private_hash: '', approved: !record.approved, unproven: true },
  ];
  for (const forged of forgeries) {
    const stored = { analysisId: record.analysis_id, record: forged, recordHash, columns: {} };
    expect(verifyDecision(stored, () => null).map(({ path }) => path)).toContain('/record_hash');
  }
});
