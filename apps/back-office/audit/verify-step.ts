import type { Database } from '../../../platform/data/sql.ts';
import { type ChainName, type ChainReader, createChainReaders } from './check-links.ts';
import { type ChainStep, claimStep, endStep, type StepResult } from './verification-store.ts';

/** Of a statement: a few milliseconds of work, between which requests have their turn. */
const PAGE_SIZE = 100;
const PAGES_PER_STEP = 3;
/** A replica wakes a little before or after its time by another clock than the database's. */
const DUE_SHARE = 0.9;

/** A place that differs from what the chain proves, without the values. */
interface Fault {
  position: number;
  id: string | null;
  path: string;
}

/** Makes a step, unless another process makes it, or it is not due; returns the faults that it found. */
type MakeStep = (chain: ChainName) => Promise<Fault[]>;

/**
 * Verifies a chain from its first link to its last one and then anew, some links a step. The row of the chain
 * has the place, so that passes of any length end, however often processes start anew.
 */
export function createStepMaker(database: Database, everySeconds: number): MakeStep {
  const readers = createChainReaders(database);
  return async (chain) => {
    const step = await claimStep(database, chain);
    if (!step) return [];
    const { faults, ...result } = await verifyStep(readers[chain], step);
    await endStep(database, step, result, everySeconds * DUE_SHARE);
    return faults;
  };
}

/** Verifies the next links of a pass, and that the chain still has the end that was seen before. */
async function verifyStep(
  reader: ChainReader,
  { position, seen }: ChainStep,
): Promise<StepResult & { faults: Fault[] }> {
  const faults: Fault[] = [];
  const isSeenThere = seen === null || (await reader.linkAt(seen.position))?.link === seen.link;
  if (!isSeenThere) faults.push({ position: seen.position, id: null, path: '/chain/head' });
  const head = await reader.linkAt();
  const upTo = head?.position ?? 0;
  let after = position;
  for (let page = 0; page < PAGES_PER_STEP && after < upTo; page += 1) {
    const links = await reader.check({ after, upTo, size: PAGE_SIZE });
    for (const { link, findings } of links) {
      faults.push(...findings.map(({ rowId: id, path }) => ({ position: link.position, id, path })));
    }
    after = links.at(-1)?.link.position ?? upTo;
  }
  return {
    position: after < upTo ? after : null,
    faultPosition: faults.length === 0 ? null : Math.min(...faults.map((fault) => fault.position)),
    seen: isSeenThere ? (head ?? seen) : seen,
    faults,
  };
}
