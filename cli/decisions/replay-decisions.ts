import type { Sql } from '../../platform/data/sql.ts';
import { isErasedRecord } from '../../underwriting/decision/erase-record.ts';
import {
  type ChainLink,
  createChainVerifier,
  type Finding,
  isUnproven,
  type StoredDecision,
  verifyDecision,
} from '../../underwriting/decision/verify-decision.ts';
import {
  countUnrecorded,
  selectLink,
  selectLinked,
  selectPositionSince,
  selectUnlinked,
} from './decision-store.ts';
import { readPolicies } from './stored-policies.ts';

export interface ReplayReport {
  /** Decisions that were made again. */
  replayed: number;
  /** Links of the chain that were checked. */
  linked: number;
  /** Decisions that are too young to be linked. */
  waiting: number;
  /** Decisions without their customer, whose records are whole but for that. */
  erased: number;
  /** Of those, decided before records had a salt: nothing proves what is left of them. */
  unproven: number;
  /** Decisions of before records were kept; they have nothing to be made again of. */
  unrecorded: number;
  findings: number;
  /** The last link: kept elsewhere, it proves later that nothing up to it was cut off. */
  head: { position: number; link: string };
}

const PAGE_SIZE = 1000;

/** All of them, or those linked since a time, or the last ones. */
export type ReplayScope = { since?: Date; last?: number };

/**
 * Makes stored decisions again and checks the chain, page by page; calls back with each wrong place. Reads
 * only.
 */
export async function replayDecisions(
  sql: Sql,
  scope: ReplayScope,
  onFinding: (finding: Finding) => void,
): Promise<ReplayReport> {
  const policyOf = await readPolicies(sql);
  const report = { replayed: 0, linked: 0, waiting: 0, erased: 0, unproven: 0, findings: 0 };
  const tell = (findings: Finding[]) => {
    report.findings += findings.length;
    findings.forEach(onFinding);
  };
  const check = (decision: StoredDecision) => {
    if (isErasedRecord(decision.record)) report.erased += 1;
    else report.replayed += 1;
    if (isUnproven(decision.record)) report.unproven += 1;
    tell(verifyDecision(decision, policyOf));
  };
  const last = await selectLink(sql);
  const first = await firstPosition(sql, scope, last);
  const before = first > 1 ? await selectLink(sql, { position: first - 1 }) : null;
  const chain = createChainVerifier(before);
  const upTo = last?.position ?? 0;
  let next = selectLinked(sql, { after: first - 1, upTo, size: PAGE_SIZE });
  for (;;) {
    const page = await next;
    const after = page.at(-1)?.link.position;
    if (after === undefined) break;
    // The next page comes while this one is checked.
    next = selectLinked(sql, { after, upTo, size: PAGE_SIZE });
    next.catch(() => {});
    for (const { link, decision, sealed } of page) {
      report.linked += 1;
      tell(decision ? chain.verify(link, decision.recordHash, sealed) : chain.verify(link, undefined));
      if (!decision) continue;
      check(decision);
    }
  }
  for (let after: string | null = null; ; ) {
    const page = await selectUnlinked(sql, { after, size: PAGE_SIZE });
    for (const { decision, isWaiting } of page) {
      if (isWaiting) report.waiting += 1;
      else tell([{ analysisId: decision.analysisId, path: '/chain', stored: null, computed: 'a link' }]);
      check(decision);
    }
    const end = page.at(-1);
    if (!end) break;
    after = end.decision.analysisId;
  }
  return { ...report, unrecorded: await countUnrecorded(sql), head: chain.head() };
}

async function firstPosition(sql: Sql, scope: ReplayScope, last: ChainLink | null): Promise<number> {
  if (scope.since) return (await selectPositionSince(sql, scope.since)) ?? (last?.position ?? 0) + 1;
  if (scope.last !== undefined) return Math.max(1, (last?.position ?? 0) - scope.last + 1);
  return 1;
}
