import { selectActHead, selectLinkedActs } from '../../../platform/audit/linked-act-store.ts';
import { faultsOfAct } from '../../../platform/audit/verify-act.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { createFairQueue } from '../../../platform/resilience/fair-queue.ts';
import { selectLink } from '../../../platform/decisions/decision-reads.ts';
import { selectLinked } from '../../../platform/decisions/linked-decision-store.ts';
import { selectDocuments } from '../../../platform/policies/policy-reads.ts';
import type { ChainFault, ChainVerification } from '../../../sdk/contracts/operator-audit.ts';
import {
  type ChainLink,
  createChainVerifier,
  type Finding,
  verifyDecision,
} from '../../../underwriting/decision/verify-decision.ts';
import { policiesByHash } from '../../../underwriting/policy/policies-by-hash.ts';

interface LinkPage {
  after: number;
  limit: number;
}

/** A link with the faults of its row. */
interface CheckedLink {
  link: ChainLink;
  findings: Finding[];
}

/** Pages that wait; each takes at most some statements of 1.5 s, and 500 decisions made again. */
const WAITING_MAX = 4;

export type VerifyChain = (
  operator: string,
  chain: ChainVerification['chain'],
  page: LinkPage,
) => Promise<ChainVerification>;

/**
 * Verifies pages for operators, one at a time in a process and operators in turn, so that they hold neither
 * the database nor the process. Throws AppError 503 `overloaded` where enough of them wait.
 */
export function createChainVerification(database: Database): VerifyChain {
  const pages = createFairQueue(
    { atOnce: 1, waitingMax: WAITING_MAX },
    'Too many chains are verified at once.',
  );
  return (operator, chain, page) => pages.run(operator, () => verifyChain(database, chain, page));
}

/**
 * Verifies the links after a position, each with its row, as `ecs audit verify` does: a caller goes through
 * the whole chain page by page. Anchors, and rows that no link names, are left to the command. Reads only;
 * faults are named by their place, without the values.
 */
async function verifyChain(
  database: Database,
  chain: ChainVerification['chain'],
  page: LinkPage,
): Promise<ChainVerification> {
  const { head, links } =
    chain === 'acts' ? await checkActs(database, page) : await checkDecisions(database, page);
  const last = links.at(-1)?.link;
  const faults = links.flatMap(({ link: { position }, findings }): ChainFault[] =>
    findings.map(({ analysisId: id, path }) => ({ id, position, path })),
  );
  return {
    chain,
    checked: links.length,
    position: last?.position ?? page.after,
    link: last?.link ?? null,
    head,
    faults,
    next_after: last && last.position < head ? last.position : null,
  };
}

async function checkActs(database: Database, { after, limit: size }: LinkPage) {
  const head = await database.query(selectActHead);
  const from = Math.max(0, after - 1);
  // One more before them: the link that the first of them goes on from.
  const rows = await database.query((sql) =>
    selectLinkedActs(sql, { after: from, upTo: head, size: size + after - from }),
  );
  const before = rows.find(({ link }) => link.position === after)?.link ?? null;
  const verifier = createChainVerifier(before);
  const links = rows
    .filter(({ link }) => link.position > after)
    .map(({ link, act }): CheckedLink => {
      const ofLink = verifier.verify(link, act ? act.record_hash : undefined);
      return { link, findings: act ? [...ofLink, ...faultsOfAct(act)] : ofLink };
    });
  return { head, links };
}

async function checkDecisions(database: Database, { after, limit: size }: LinkPage) {
  const [end, before, documents] = await Promise.all([
    database.query((sql) => selectLink(sql)),
    after === 0 ? null : database.query((sql) => selectLink(sql, { position: after })),
    database.query(selectDocuments),
  ]);
  const head = end?.position ?? 0;
  const rows = await database.query((sql) => selectLinked(sql, { after, upTo: head, size }));
  const policyOf = policiesByHash(documents);
  const verifier = createChainVerifier(before);
  const links = rows.map(({ link, decision, sealed }): CheckedLink => {
    if (!decision) return { link, findings: verifier.verify(link, undefined) };
    const ofLink = verifier.verify(link, decision.recordHash, sealed);
    return { link, findings: [...ofLink, ...verifyDecision(decision, policyOf)] };
  });
  return { head, links };
}
