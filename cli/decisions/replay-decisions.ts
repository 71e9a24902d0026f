import type { Sql } from '../../platform/data/sql.ts';
import { type LinkedDecision, selectLinked } from '../../platform/decisions/linked-decision-store.ts';
import { type DecidedPlace, selectLink } from '../../platform/decisions/decision-reads.ts';
import { isOfNewerEdition } from '../../underwriting/decision/editions.ts';
import { isErasedRecord, isUnproven } from '../../underwriting/decision/erase-record.ts';
import { CHAIN_START } from '../../underwriting/decision/record-hash.ts';
import {
  type ChainLink,
  createChainVerifier,
  type Finding,
  isRecord,
  type StoredDecision,
  verifyDecision,
} from '../../underwriting/decision/verify-decision.ts';
import { checkPolicies } from './check-policies.ts';
import {
  countUnrecorded,
  selectLost,
  selectOldestFrom,
  selectPositionSince,
  selectSaltedFrom,
  selectUnlinked,
} from './decision-store.ts';
import { readPolicies } from './stored-policies.ts';

export interface ReplayReport {
  /** Decisions that were made again. */
  replayed: number;
  /** Decisions of a newer release, not made again: only that one can; their rows and hashes were checked. */
  newer: number;
  /** Links of the chain that were checked. */
  linked: number;
  /** Decisions that are too young to be linked. */
  waiting: number;
  /** Decisions without their customer, whose records are whole but for that. */
  erased: number;
  /** Of those, decided before records had a salt: nothing proves what is left of them. */
  unproven: number;
  /** Decisions from before records were kept: there is nothing to replay them from. */
  unrecorded: number;
  findings: number;
  /** The last link: kept elsewhere, it proves later that nothing up to it was cut off. */
  head: { position: number; link: string };
}

const PAGE_SIZE = 1000;
/** Every second a replica links what it decided. */
const LINKED_AFTER_SECONDS = 60;

/** All of them, or those decided since a time, or the last ones. */
export interface ReplayScope {
  since?: Date;
  last?: number;
  /** The head of an earlier replay: a chain without it was cut off, or is another one. */
  expectedHead?: ReplayReport['head'];
}

/**
 * Makes stored decisions again and checks their policies and the chain, page by page; calls back with each
 * wrong place, and with each link after the wrong places of its row. Reads only.
 */
export async function replayDecisions(
  sql: Sql,
  scope: ReplayScope,
  onFinding: (finding: Finding) => void,
  onLink: (link: ChainLink) => void = () => {},
): Promise<ReplayReport> {
  const policyOf = await readPolicies(sql);
  const report = { replayed: 0, newer: 0, linked: 0, waiting: 0, erased: 0, unproven: 0, findings: 0 };
  const tell = (findings: Finding[]) => {
    report.findings += findings.length;
    findings.forEach(onFinding);
  };
  const check = (decision: StoredDecision) => {
    const { record } = decision;
    if (isErasedRecord(record)) report.erased += 1;
    else if (isRecord(record) && isOfNewerEdition(record)) report.newer += 1;
    else report.replayed += 1;
    if (isUnproven(record)) report.unproven += 1;
    tell(verifyDecision(decision, policyOf));
  };
  const last = await selectLink(sql);
  const first = await firstPosition(sql, scope, last);
  const since = scope.since ?? (first > 1 ? await selectOldestFrom(sql, first) : null);
  tell(await checkHead(sql, scope.expectedHead));
  tell(await checkPolicies(sql));
  const chain = createChainVerifier(first > 1 ? await selectLink(sql, { position: first - 1 }) : null);
  const saltedFrom = await selectSaltedFrom(sql);
  const checkedUnlinked = new Set<string>();
  const checkLinks = async (from: number, upTo: number) => {
    const linked = readAhead((end: LinkedDecision | null) =>
      selectLinked(sql, { after: end?.link.position ?? from - 1, upTo, size: PAGE_SIZE }),
    );
    for await (const { link, decision, sealed } of linked) {
      report.linked += 1;
      tell(decision ? chain.verify(link, decision.recordHash, sealed) : chain.verify(link, undefined));
      if (decision && !checkedUnlinked.delete(decision.analysisId)) check(decision);
      if (link.position >= saltedFrom && isUnproven(decision?.record)) tell([saltlessFinding(link)]);
      onLink(link);
    }
  };
  const upTo = last?.position ?? 0;
  await checkLinks(first, upTo);
  const unlinked = readAhead((end: DecidedPlace | null) =>
    selectUnlinked(sql, { after: end, since, size: PAGE_SIZE }),
  );
  for await (const { decision, secondsWaiting } of unlinked) {
    const isWaiting = secondsWaiting !== null && secondsWaiting < LINKED_AFTER_SECONDS;
    if (isWaiting) report.waiting += 1;
    else tell([unlinkedFinding(decision, secondsWaiting)]);
    checkedUnlinked.add(decision.analysisId);
    check(decision);
  }
  // Those that got their link before the unlinked were read are in neither part.
  await checkLinks(Math.max(first, upTo + 1), (await selectLink(sql))?.position ?? 0);
  const lost = await selectLost(sql);
  tell(lost.map((rowId) => ({ rowId, path: '', stored: null, computed: 'deleted before its link' })));
  return { ...report, unrecorded: await countUnrecorded(sql), head: chain.head() };
}

async function firstPosition(sql: Sql, scope: ReplayScope, last: ChainLink | null): Promise<number> {
  if (scope.since) return (await selectPositionSince(sql, scope.since)) ?? (last?.position ?? 0) + 1;
  if (scope.last !== undefined) return Math.max(1, (last?.position ?? 0) - scope.last + 1);
  return 1;
}

async function checkHead(sql: Sql, expected: ReplayReport['head'] | undefined): Promise<Finding[]> {
  if (!expected) return [];
  const { position, link } = expected;
  const stored = await selectLink(sql, { position });
  const isStart = position === 0 && link === CHAIN_START;
  if (stored?.link === link || isStart) return [];
  return [
    {
      rowId: stored?.rowId ?? '',
      path: '/chain/head',
      stored: stored?.link ?? null,
      computed: link,
    },
  ];
}

function unlinkedFinding({ analysisId }: StoredDecision, secondsWaiting: number | null): Finding {
  const stored = secondsWaiting === null ? null : `waits for ${Math.round(secondsWaiting)} s`;
  return { rowId: analysisId, path: '/chain', stored, computed: 'a link' };
}

function saltlessFinding({ rowId, recordHash }: ChainLink): Finding {
  return { rowId, path: '/record/unproven', stored: true, computed: `a record of ${recordHash}` };
}

/** Yields the rows of page after page; the next page comes while one is worked on. */
async function* readAhead<Row>(readPage: (end: Row | null) => Promise<Row[]>): AsyncGenerator<Row> {
  let next = readPage(null);
  for (;;) {
    const page = await next;
    const end = page.at(-1);
    if (end === undefined) return;
    next = page.length < PAGE_SIZE ? Promise.resolve([]) : readPage(end);
    next.catch(() => {});
    yield* page;
  }
}
