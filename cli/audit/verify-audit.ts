import { isLost, type Restore, selectRestores } from '../../platform/audit/restores.ts';
import type { Sql } from '../../platform/data/sql.ts';
import type { Finding } from '../../underwriting/decision/verify-decision.ts';
import { type ReplayReport, replayDecisions } from '../decisions/replay-decisions.ts';
import { type AnchorFault, type ChainName, createAnchorCheck, type KeptAnchor } from './anchors.ts';
import { type ActsReport, verifyActs } from './verify-acts.ts';

/** A row that does not fit: of a chain's table, or a link that an anchor contradicts. */
export interface Fault {
  chain: ChainName;
  /** Of the decision or the act; null of a link that is not there any more. */
  id: string | null;
  position: number | null;
  path: string;
  stored: unknown;
  computed: unknown;
}

export interface AuditReport {
  acts: ActsReport;
  decisions: Omit<ReplayReport, 'findings'>;
  anchors: number;
  /** Links of anchors that contradict the chains, of times that restores on record have lost. */
  lost: number;
  restores: Restore[];
  faults: number;
  /** The first of each chain, in the order of the chain. */
  first: Fault[];
}

/** Verifies acts and decisions, each with its chain, and both chains by their anchors. Reads only. */
export async function verifyAudit(
  sql: Sql,
  anchors: KeptAnchor[],
  onFault: (fault: Fault) => void,
): Promise<AuditReport> {
  const restores = await selectRestores(sql);
  const first: Fault[] = [];
  let faults = 0;
  let lostLinks = 0;
  const addAnchor = (fault: AnchorFault) => {
    if (isLost(fault, restores)) lostLinks += 1;
    else add(faultOf(fault));
  };
  const add = (fault: Fault) => {
    faults += 1;
    if (!first.some(({ chain }) => chain === fault.chain)) first.push(fault);
    onFault(fault);
  };
  const checkChain = async <Report extends { head: { position: number } }>(
    chain: ChainName,
    verify: (onFinding: (finding: Finding) => void, onLink: (link: Link) => void) => Promise<Report>,
  ) => {
    const anchored = createAnchorCheck(chain, anchors);
    let pending: Finding[] = [];
    const release = (position: number | null) => {
      for (const { rowId: id, ...place } of pending) {
        const isOfPolicy = place.path.startsWith('/policies');
        add({ chain, id, position: isOfPolicy ? null : position, ...place });
      }
      pending = [];
    };
    const report = await verify(
      (finding) => pending.push(finding),
      (link) => {
        release(link.position);
        anchored.seen(link).forEach(addAnchor);
      },
    );
    release(null);
    anchored.end(report.head).forEach(addAnchor);
    return report;
  };
  const acts = await checkChain('acts', (onFinding, onLink) => verifyActs(sql, onFinding, onLink));
  const { findings: _, ...decisions } = await checkChain('decisions', (onFinding, onLink) =>
    replayDecisions(sql, {}, onFinding, onLink),
  );
  return { acts, decisions, anchors: anchors.length, lost: lostLinks, restores, faults, first };
}

interface Link {
  position: number;
  link: string;
}

function faultOf({ chain, position, stored, anchored, at, from }: AnchorFault): Fault {
  return {
    chain,
    id: null,
    position,
    path: '/anchor',
    stored,
    computed: { link: anchored, at, from },
  };
}
