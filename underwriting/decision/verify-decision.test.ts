import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
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
    // The first links are of before seals.
    const seal = index < 2 ? null : hashOfRecord(`seal ${index}`);
    link = linkHash(link, recordHash, seal);
    return { position: index + 1, analysisId: `a${index + 1}`, recordHash, seal, link };
  });
  const findingsOf = (chain: typeof links, gone = '') => {
    const verifier = createChainVerifier(null);
    return chain
      .flatMap((next) =>
        verifier.verify(next, next.analysisId === gone ? undefined : hashOf(next.analysisId)),
      )
      .map(({ analysisId, path }) => `${analysisId} ${path}`);
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
