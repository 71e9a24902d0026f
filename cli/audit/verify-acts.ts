import {
  type CheckedAct,
  selectActHead,
  selectLinkedActs,
  selectUnlinkedActs,
} from '../../platform/audit/linked-act-store.ts';
import { faultsOfAct } from '../../platform/audit/verify-act.ts';
import type { Sql } from '../../platform/data/sql.ts';
import { createChainVerifier, type Finding } from '../../underwriting/decision/verify-decision.ts';

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
      if (act) faultsOfAct(act).forEach(onFinding);
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
      faultsOfAct(act).forEach(onFinding);
      if (act.is_waiting) report.waiting += 1;
      else onFinding({ rowId: act.id, path: '/chain', stored: null, computed: 'a link' });
    }
    const end = page.at(-1);
    if (!end) break;
    after = end.id;
  }
  return { ...report, head: chain.head() };
}
