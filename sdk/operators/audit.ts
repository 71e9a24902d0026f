import type {
  AuditAct,
  AuditPage,
  AuditQuery,
  ChainQuery,
  ChainVerification,
  ChainWatches,
  EvidenceBundle,
} from '../contracts/operator-audit.ts';
import * as OPERATOR_PATHS from '../contracts/operator-paths.ts';
import type { ApiCall } from '../core/api-call.ts';
import type { CallOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

/** The audit log: role `auditor`. */
export interface Audit {
  /** Returns a page of acts, newest first. */
  list(query?: AuditQuery, options?: CallOptions): ApiCall<AuditPage>;
  /**
   * Returns an act with its hashes.
   *
   * @throws NotFoundError `act_not_found`
   */
  get(actId: string, options?: CallOptions): ApiCall<AuditAct>;
  /**
   * Returns the files that prove an analysis, an offer or an act, with a program that verifies them.
   *
   * @throws NotFoundError `evidence_not_found`
   */
  evidence(id: string, options?: CallOptions): ApiCall<EvidenceBundle>;
  /** Returns how far each chain is verified in the background, and whether it is broken. */
  chains(options?: CallOptions): ApiCall<ChainWatches>;
  /** Verifies links of a chain and their rows; call it with `next_after` as `after` until that is null. */
  verify(
    chain: ChainVerification['chain'],
    query?: ChainQuery,
    options?: CallOptions,
  ): ApiCall<ChainVerification>;
}

export function createAudit(transport: Transport): Audit {
  return {
    list: (query, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.listActs,
        expected: { items: 'array' },
        query,
        options,
      }),
    get: (actId, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.getAct,
        params: { act_id: actId },
        options,
      }),
    evidence: (id, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.getEvidence,
        params: { evidence_id: id },
        options,
      }),
    chains: (options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.listChains,
        expected: { items: 'array' },
        options,
      }),
    verify: (chain, query = {}, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.verifyChain,
        params: { chain },
        query,
        options,
      }),
  };
}
