import type { Database } from '../../../platform/data/sql.ts';
import type { ChainName, Place } from './check-links.ts';

/** Longer than a step: its statements, of 2 s at most each, and its computation. */
const CLAIM_SECONDS = 60;

export interface ChainStep {
  chain: ChainName;
  /** Of the claim: the row of a step with an older one is not changed by it any more. */
  ticket: number;
  /** The last link that the pass has verified. */
  position: number;
  /** The furthest end of the chain so far. */
  seen: Place | null;
}

/** The result of a step. */
export interface StepResult {
  /** The last link that was verified; null at the end of the chain, where the next pass starts. */
  position: number | null;
  /** The first link with a fault. */
  faultPosition: number | null;
  seen: Place | null;
}

interface VerificationState {
  chain: ChainName;
  /** The last link that the pass under way has verified. */
  position: number;
  /** Of this pass, or of the one before. */
  faultPosition: number | null;
  seenPosition: number;
  startedAt: Date;
  completedAt: Date | null;
  steppedAt: Date;
}

/**
 * Claims the next step of a chain's verification; null while another process makes it, or before it is due.
 * A claim in a row, and no lock of a session: sessions are shared where a pooler stands before PostgreSQL.
 */
export async function claimStep(database: Database, chain: ChainName): Promise<ChainStep | null> {
  const [step] = await database.query(
    (sql) => sql<{ ticket: number; position: number; seen_position: number | null; seen_link: string }[]>`
      update chain_verifications
      set due_at = now() + make_interval(secs => ${CLAIM_SECONDS}), ticket = ticket + 1
      where chain = ${chain} and due_at <= now()
      returning ticket::float8 as ticket, position::float8 as position,
        seen_position::float8 as seen_position, seen_link`,
  );
  if (!step) return null;
  const { ticket, position, seen_position, seen_link } = step;
  const end = seen_position === null ? null : { position: seen_position, link: seen_link };
  return { chain, ticket, position, seen: end };
}

/** Keeps the result of a step, unless its claim has ended and another process has made it meanwhile. */
export async function endStep(
  database: Database,
  { chain, ticket }: ChainStep,
  { position, faultPosition, seen }: StepResult,
  nextSeconds: number,
): Promise<void> {
  const isEnd = position === null;
  await database.query(
    (sql) => sql`
      update chain_verifications set
        position = ${position ?? 0},
        fault_position = case when ${isEnd} then null else least(fault_position, ${faultPosition}) end,
        fault_position_before = case when ${isEnd}
          then least(fault_position, ${faultPosition}) else fault_position_before end,
        started_at = case when ${isEnd} then now() else started_at end,
        completed_at = case when ${isEnd} then now() else completed_at end,
        seen_position = ${seen?.position ?? null}, seen_link = ${seen?.link ?? null},
        stepped_at = now(), due_at = now() + make_interval(secs => ${nextSeconds})
      where chain = ${chain} and ticket = ${ticket}`,
  );
}

export function selectVerifications(database: Database): Promise<VerificationState[]> {
  return database.query(
    (sql) => sql<VerificationState[]>`
      select chain, position::float8 as position,
        coalesce(fault_position, fault_position_before)::float8 as "faultPosition",
        coalesce(seen_position, 0)::float8 as "seenPosition", started_at as "startedAt",
        completed_at as "completedAt", stepped_at as "steppedAt"
      from chain_verifications order by chain`,
  );
}
