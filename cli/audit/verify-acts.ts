import { hashOfAct, privateHashOfAct } from '../../platform/audit/act-hash.ts';
import type { Sql } from '../../platform/data/sql.ts';
import { createChainVerifier, type Finding } from '../../underwriting/decision/verify-decision.ts';
import { type CheckedAct, selectActHead, selectLinkedActs, selectUnlinkedActs } from './act-store.ts';

export interface ActsReport {
  linked: number;
  /** Acts that are too young to be linked. */
  waiting: number;
  head: { position: number; link: string };
}

const PAGE_SIZE = 1000;

/**
 * Checks every act and its link, page by page, in their order; calls back with each wrong place, and with
 * each link after the wrong places of its row. Reads only.
 */
export async function verifyActs(
  sql: Sql,
  onFinding: (finding: Finding) => void,
  onLink: (link: { position: number; link: string }) => void = () => {},
): Promise<ActsReport> {
  const upTo = await selectActHead(sql);
  const chain = createChainVerifier(null);
  const report = { linked: 0, waiting: 0 };
  for (let after = 0; ; ) {
    const page = await selectLinkedActs(sql, { after, upTo, size: PAGE_SIZE });
    for (const { link, act } of page) {
      report.linked += 1;
      chain.verify(link, act ? act.record_hash : undefined).forEach(onFinding);
      if (act) faultsOf(act).forEach(onFinding);
      onLink(link);
    }
    const end = page.at(-1);
    if (!end) break;
    after = end.link.position;
  }
  for (let after: string | null = null; ; ) {
    const page: (CheckedAct & { is_waiting: boolean })[] = await selectUnlinkedActs(sql, {
      after,
      size: PAGE_SIZE,
    });
    for (const act of page) {
      faultsOf(act).forEach(onFinding);
      if (act.is_waiting) report.waiting += 1;
      else onFinding({ analysisId: act.id, path: '/chain', stored: null, computed: 'a link' });
    }
    const end = page.at(-1);
    if (!end) break;
    after = end.id;
  }
  return { ...report, head: chain.head() };
}

function faultsOf(act: CheckedAct): Finding[] {
  const findings: Finding[] = [];
  const add = (path: string, stored: unknown, computed: unknown) =>
    findings.push({ analysisId: act.id, path, stored, computed });
  const hash = hashOfAct(act);
  if (hash !== act.record_hash) add('/record_hash', act.record_hash, hash);
  if (!isByService(act)) add('/written_by', act.written_by, 'a service of ECS, or a command of its owner');
  const { customer_id, reason, erased_by } = act;
  const privateHash = privateHashOfAct(act);
  if (privateHash !== null) {
    if (privateHash !== act.private_hash) add('/private_hash', act.private_hash, privateHash);
    if (erased_by !== null) add('/erased_by', erased_by, null);
  } else if (!act.is_erasure || customer_id !== null || reason !== null) {
    add('/salt', null, 'a salt: no erasure took it');
  }
  return findings;
}

const SERVICES = ['credit', 'back-office', 'privacy'];

/**
 * Whether a service, or a command of `ecs`, wrote the act of an operator, a customer or the system. Plain SQL
 * is an act of a user of the database, and says so.
 */
function isByService({ actor_kind, written_by }: CheckedAct): boolean {
  if (actor_kind === 'database' || written_by === null) return true;
  const program = written_by.slice(written_by.indexOf(' ') + 1);
  return SERVICES.includes(program) || program.startsWith('ecs ');
}
