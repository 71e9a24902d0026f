import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { columnsOfErased, eraseRecord } from './erase-record.ts';
import { canonicalText, type DecisionRecord, isSameJson } from './record.ts';
import { CHAIN_START, hashOfRecord, linkHash } from './record-hash.ts';
import { decideOn, SHIPPED } from './test-records.ts';
import { columnsOf, createChainVerifier, type StoredDecision, verifyDecision } from './verify-decision.ts';

const policyOf = (hash: string) => (hash === SHIPPED.hash ? SHIPPED : null);

async function stored(number: number): Promise<StoredDecision & { record: DecisionRecord }> {
  const record = await decideOn(number);
  return {
    analysisId: record.analysis_id,
    record,
    recordHash: hashOfRecord(record),
    columns: columnsOf(record),
  };
}

const placesOf = (decision: StoredDecision) => verifyDecision(decision, policyOf).map(({ path }) => path);

describe('a stored decision', () => {
  test('that nobody changed has no finding', async () => {
    for (let number = 0; number < 200; number += 1) expect(placesOf(await stored(number))).toEqual([]);
  });

  test('names its hash when any value of its record is another', async () => {
    const decision = await stored(1);
    const paths: string[] = [];
    JSON.stringify(decision.record, function (this: unknown, key, value: unknown) {
      if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
        paths.push(key);
      return value;
    });
    for (let target = 0; target < paths.length; target += 1) {
      let seen = -1;
      const record = JSON.parse(
        JSON.stringify(decision.record, (_, value: unknown) => {
          if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean')
            return value;
          seen += 1;
          if (seen !== target) return value;
          if (typeof value === 'number') return value + 1e-9;
          return typeof value === 'string' ? `${value}x` : !value;
        }),
      ) as DecisionRecord;
      expect(placesOf({ ...decision, record })).toContain('/record_hash');
    }
  });

  test('names each column that does not repeat its record', async () => {
    const decision = await stored(2);
    for (const path of Object.keys(decision.columns)) {
      const columns = { ...decision.columns, [path]: 'changed' };
      expect(placesOf({ ...decision, columns })).toEqual([`/columns${path}`]);
    }
  });

  test('with a forged hash is still named where its decision does not follow from its facts', async () => {
    const decision = await stored(3);
    const record = { ...decision.record, approved: !decision.record.approved };
    const forged = { ...decision, record, recordHash: hashOfRecord(record), columns: columnsOf(record) };
    expect(placesOf(forged)).toContain('/record/approved');
  });

  test('that is no record, or of an unknown policy, is a finding and no crash', async () => {
    const decision = await stored(4);
    expect(placesOf({ ...decision, record: { schema: 2 } })).toContain('/record_hash');
    expect(verifyDecision(decision, () => null).map(({ path }) => path)).toEqual([
      '/record/versions/policy_hash',
    ]);
  });
});

test('values are the same when their canonical JSON is, whatever order their names have', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
      const turned = JSON.parse(JSON.stringify(left), (_, value: unknown) =>
        typeof value === 'object' && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).toReversed())
          : value,
      ) as unknown;
      expect(isSameJson(left, turned)).toBe(true);
      expect(isSameJson(left, right)).toBe(canonicalText(left) === canonicalText(right));
    }),
    { numRuns: 2000 },
  );
});

test('a chain names the link that does not fit, a gap in the positions, and a decision that is gone', () => {
  const hashes = Array.from({ length: 6 }, (_, index) => hashOfRecord(index));
  let link = CHAIN_START;
  const links = hashes.map((recordHash, index) => {
    // The first links are from before seals.
    const seal = index < 2 ? null : hashOfRecord(`seal ${index}`);
    link = linkHash(link, recordHash, seal);
    return { position: index + 1, rowId: `a${index + 1}`, recordHash, seal, link };
  });
  const findingsOf = (chain: typeof links, gone = '') => {
    const verifier = createChainVerifier(null);
    return chain
      .flatMap((next) => verifier.verify(next, next.rowId === gone ? undefined : hashOf(next.rowId)))
      .map(({ rowId, path }) => `${rowId} ${path}`);
  };
  const hashOf = (id: string) => hashes[Number(id.slice(1)) - 1];
  expect(findingsOf(links)).toEqual([]);
  expect(findingsOf(links.toSpliced(2, 1))).toEqual(['a4 /chain/position', 'a4 /chain/link']);
  expect(findingsOf(links, 'a3')).toEqual(['a3 ']);
  const forged = links.map((next, index) => (index === 2 ? { ...next, recordHash: 'f'.repeat(64) } : next));
  expect(findingsOf(forged)).toEqual(['a3 /chain/link', 'a3 /chain/record_hash']);
  const unsealed = links.map((next, index) => (index === 2 ? { ...next, seal: null } : next));
  expect(findingsOf(unsealed)).toEqual(['a3 /chain/link']);
});

describe('the row of a decision', () => {
  const HOUR_MS = 3_600_000;

  test('has a time within an hour of the record, either way', async () => {
    const decision = await stored(1);
    const at = (ms: number) => new Date(Date.parse(decision.record.decided_at) + ms);
    for (const ms of [0, HOUR_MS, -HOUR_MS]) expect(placesOf({ ...decision, createdAt: at(ms) })).toEqual([]);
    for (const ms of [HOUR_MS + 1, -HOUR_MS - 1])
      expect(placesOf({ ...decision, createdAt: at(ms) })).toEqual(['/columns/created_at']);
  });

  test('says that it was erased exactly when its record was', async () => {
    const decision = await stored(2);
    const record = eraseRecord(decision.record);
    const erased = { ...decision, record, columns: columnsOfErased(record) };
    const { contributions } = decision.record.twin.prediction;
    expect(contributions).toBeDefined();
    expect([decision.columns['/contributions'], erased.columns['/contributions']]).toEqual([
      decision.record[decision.record.basis]?.prediction.contributions,
      contributions,
    ]);
    const now = new Date();
    expect(placesOf({ ...decision, erasedAt: null })).toEqual([]);
    expect(placesOf({ ...erased, erasedAt: now })).toEqual([]);
    expect(verifyDecision({ ...decision, erasedAt: now }, policyOf)).toMatchObject([
      { path: '/columns/erased_at', stored: now, computed: null },
    ]);
    expect(verifyDecision({ ...erased, erasedAt: null }, policyOf)).toMatchObject([
      { path: '/columns/erased_at', stored: null, computed: 'the time of its erasure' },
    ]);
    for (const path of Object.keys(erased.columns)) {
      const columns = { ...erased.columns, [path]: 'changed' };
      expect(placesOf({ ...erased, columns })).toEqual([`/columns${path}`]);
    }
  });

  test("has the policy's texts of its reasons, in any of its languages", async () => {
    let number = 0;
    while ((await stored(number)).record.reasons.length === 0) number += 1;
    const decision = await stored(number);
    const texts = SHIPPED.document.reasons[decision.record.reasons[0]!.code]!;
    for (const text of Object.values(texts)) expect(placesOf({ ...decision, messages: [text] })).toEqual([]);
    expect(placesOf({ ...decision, messages: ['another'] })).toEqual(['/columns/reasons/0/message']);
  });
});

test('a link whose sealed columns are others is named; one from before seals has none', () => {
  const sealed = { created_at: 'a', linked_at: 'b', offer_id: null };
  const [recordHash, seal] = [hashOfRecord(1), hashOfRecord(sealed)];
  const findingsOf = (
    change: Partial<Parameters<ReturnType<typeof createChainVerifier>['verify']>[0]>,
    columns = sealed,
  ) => {
    const next = { position: 8, rowId: 'a', recordHash, seal, ...change };
    const link = linkHash('before', next.recordHash, next.seal);
    const verifier = createChainVerifier({ position: 7, link: 'before' });
    const findings = verifier.verify({ ...next, link }, recordHash, columns);
    expect(verifier.head()).toEqual({ position: next.position, link });
    return findings.map(({ path }) => path);
  };
  expect(findingsOf({})).toEqual([]);
  expect(findingsOf({}, { ...sealed, created_at: 'c' })).toEqual(['/chain/seal']);
  expect(findingsOf({ seal: null }, { ...sealed, created_at: 'c' })).toEqual([]);
  expect(findingsOf({ position: 9 })).toEqual(['/chain/position']);
});
