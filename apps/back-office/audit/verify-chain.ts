import type { Database } from '../../../platform/data/sql.ts';
import { createFairQueue } from '../../../platform/resilience/fair-queue.ts';
import type { ChainFault, ChainVerification } from '../../../sdk/contracts/operator-audit.ts';
import { type ChainName, type ChainReader, createChainReaders } from './check-links.ts';

interface LinkPage {
  after: number;
  limit: number;
}

/** Pages that wait; each takes at most some statements of 1.5 s, and 500 decisions made again. */
const WAITING_MAX = 4;

type VerifyChain = (operator: string, chain: ChainName, page: LinkPage) => Promise<ChainVerification>;

/**
 * Verifies pages for operators, one at a time in a process and operators in turn, so that they hold neither
 * the database nor the process. Throws AppError 503 `overloaded` where enough of them wait.
 */
export function createChainVerification(database: Database): VerifyChain {
  const readers = createChainReaders(database);
  const pages = createFairQueue(
    { atOnce: 1, waitingMax: WAITING_MAX },
    'Too many chains are verified at once.',
  );
  return (operator, chain, page) => pages.run(operator, () => verifyPage(chain, readers[chain], page));
}

/**
 * Verifies the links after a position, each with its row, as `ecs audit verify` does: a caller goes through
 * the whole chain page by page. Anchors, and rows that no link names, are left to the command. Reads only;
 * faults are named by their place, without the values.
 */
async function verifyPage(
  chain: ChainName,
  reader: ChainReader,
  { after, limit: size }: LinkPage,
): Promise<ChainVerification> {
  const head = (await reader.linkAt())?.position ?? 0;
  const links = await reader.check({ after, upTo: head, size });
  const last = links.at(-1)?.link;
  const faults = links.flatMap(({ link: { position }, findings }): ChainFault[] =>
    findings.map(({ rowId: id, path }) => ({ id, position, path })),
  );
  return {
    chain,
    checked: links.length,
    position: last?.position ?? after,
    link: last?.link ?? null,
    head,
    faults,
    next_after: last && last.position < head ? last.position : null,
  };
}
