import { selectActLink, selectLinkedActs } from '../../../platform/audit/linked-act-store.ts';
import { faultsOfAct } from '../../../platform/audit/verify-act.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { selectLink } from '../../../platform/decisions/decision-reads.ts';
import { selectLinked } from '../../../platform/decisions/linked-decision-store.ts';
import { selectDocuments } from '../../../platform/policies/policy-reads.ts';
import type { ChainVerification } from '../../../sdk/contracts/operator-audit.ts';
import {
  type ChainLink,
  createChainVerifier,
  type Finding,
  verifyDecision,
} from '../../../underwriting/decision/verify-decision.ts';
import { policiesByHash } from '../../../underwriting/policy/policies-by-hash.ts';

export type ChainName = ChainVerification['chain'];

/** A place of a chain, with its hash. */
export interface Place {
  position: number;
  link: string;
}

/** A link with the faults of itself and of its row. */
interface CheckedLink {
  link: ChainLink;
  findings: Finding[];
}

/** The links of a chain after a position, up to another, in their order. */
interface LinkRange {
  after: number;
  upTo: number;
  size: number;
}

/** Reads a chain, and checks its links by the one rule of requests and of the watch over the chains. */
export interface ChainReader {
  /** Returns the link at a position, the last by default. */
  linkAt(position?: number): Promise<Place | null>;
  check(range: LinkRange): Promise<CheckedLink[]>;
}

export function createChainReaders(database: Database): Record<ChainName, ChainReader> {
  const linkAt = (select: typeof selectActLink) => (position?: number) =>
    database.query((sql) => select(sql, position === undefined ? {} : { position }));
  const readers = { acts: linkAt(selectActLink), decisions: linkAt(selectLink) };
  const verifierAfter = async (chain: ChainName, after: number) =>
    createChainVerifier(after === 0 ? null : await readers[chain](after));
  return {
    acts: {
      linkAt: readers.acts,
      async check(range) {
        const verifier = await verifierAfter('acts', range.after);
        const rows = await database.query((sql) => selectLinkedActs(sql, range));
        return rows.map(({ link, act }) => {
          const ofLink = verifier.verify(link, act ? act.record_hash : undefined);
          return { link, findings: act ? [...ofLink, ...faultsOfAct(act)] : ofLink };
        });
      },
    },
    decisions: {
      linkAt: readers.decisions,
      async check(range) {
        const verifier = await verifierAfter('decisions', range.after);
        const rows = await database.query((sql) => selectLinked(sql, range));
        // After the decisions: the policy of each of them is there.
        const policyOf = policiesByHash(await database.query(selectDocuments));
        return rows.map(({ link, decision, sealed }) => {
          if (!decision) return { link, findings: verifier.verify(link, undefined) };
          const ofLink = verifier.verify(link, decision.recordHash, sealed);
          return { link, findings: [...ofLink, ...verifyDecision(decision, policyOf)] };
        });
      },
    },
  };
}
