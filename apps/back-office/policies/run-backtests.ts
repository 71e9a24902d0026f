import type { Database, Sql } from '../../../platform/data/sql.ts';
import { type DecidedRecord, selectDecided } from '../../../platform/decisions/decision-reads.ts';
import { pause } from '../../../platform/kernel/lifecycle.ts';
import { selectDocuments } from '../../../platform/policies/policy-reads.ts';
import { requirePolicy } from '../../../platform/policies/require-policy.ts';
import type {
  BacktestProgress,
  BacktestWait,
  PolicyBacktest,
} from '../../../sdk/contracts/operator-backtests.ts';
import { runBacktest } from '../../../underwriting/decision/run-backtest.ts';
import { compileStoredPolicy } from '../../../underwriting/policy/compile-policy.ts';
import { policiesByHash } from '../../../underwriting/policy/policies-by-hash.ts';
import { createBacktestQueue } from './backtest-queue.ts';
import { publishableCohorts } from './publishable-cohorts.ts';

/** Below the six seconds in which the gateway wants a response. */
const RESPONSE_MS = 4000;
/** Of a stream, which shows its progress. */
const STREAM_MS = 120_000;
const PROGRESS_MS = 500;
/** Some 20 ms of work: requests of other operators come between two pages. */
const PAGE_SIZE = 250;
const LAST = 5000;

/** A backtest that has a place, or waits for it, and whose policy is there. */
interface OpenBacktest {
  /** `waiting` with the number of those before it, `progress` and the `report`. */
  events(signal: AbortSignal): AsyncGenerator<string>;
  /** Gives its place back. */
  close(): void;
}

export interface Backtests {
  /** Takes four seconds at most. Throws AppError `policy_not_found`, or 503 `overloaded` beside another. */
  run(version: string, last?: number): Promise<PolicyBacktest>;
  /**
   * Waits for its turn; takes two minutes at most from then on, and ends with its client. Throws as `run`
   * does, but 503 where enough of them wait.
   */
  open(version: string, last?: number): Promise<OpenBacktest>;
}

/** Backtests of operators, one at a time in a process: each keeps it busy. */
export function createBacktests(database: Database): Backtests {
  const queue = createBacktestQueue();
  return {
    async run(version, last = LAST) {
      const policy = await requirePolicy(database, version);
      const place = queue.enter({ mayWait: false, longestMs: RESPONSE_MS });
      try {
        const decide = await prepare(database, policy);
        const deadline = performance.now() + RESPONSE_MS;
        return await decide({ last, isOver: () => performance.now() > deadline });
      } finally {
        place.leave();
      }
    },
    async open(version, last = LAST) {
      // Before the place is taken: a policy that is not there keeps nobody from it.
      const policy = await requirePolicy(database, version);
      const place = queue.enter({ mayWait: true, longestMs: STREAM_MS });
      return {
        async *events(signal) {
          while (place.before() > 0) {
            yield eventOf('waiting', { before: place.before() } satisfies BacktestWait);
            await Promise.race([place.turn, pause(PROGRESS_MS, signal)]);
            if (signal.aborted) return;
          }
          const decide = await prepare(database, policy);
          const of = await database.query((sql) => countDecisions(sql, last)).catch(() => last);
          yield* eventsOf(decide, { last, of, signal });
        },
        close: place.leave,
      };
    },
  };
}

type Decide = (scope: {
  last: number;
  isOver: () => boolean;
  onPage?: (decisions: number) => void;
}) => Promise<PolicyBacktest>;

async function prepare(
  database: Database,
  stored: Awaited<ReturnType<typeof requirePolicy>>,
): Promise<Decide> {
  const policyOf = policiesByHash(await database.query(selectDocuments));
  return async (scope) => {
    const { report, isComplete } = await runBacktest(compileStoredPolicy(stored.document), policyOf, {
      ...scope,
      pageSize: PAGE_SIZE,
      readDecided: (before: DecidedRecord | null, size) =>
        database.query((sql) => selectDecided(sql, { before, since: null, size })),
    });
    const cohorts = [...Map.groupBy(report.cohorts, ({ by }) => by).values()].flatMap(publishableCohorts);
    return {
      ...report,
      hash: stored.hash,
      is_complete: isComplete,
      cohorts,
      cohorts_withheld: report.cohorts.length - cohorts.length,
    };
  };
}

async function* eventsOf(
  decide: Decide,
  { last, of, signal }: { last: number; of: number; signal: AbortSignal },
): AsyncGenerator<string> {
  const progress: BacktestProgress = { decisions: 0, of };
  const deadline = performance.now() + STREAM_MS;
  const running = decide({
    last,
    isOver: () => signal.aborted || performance.now() > deadline,
    onPage: (decisions) => (progress.decisions = decisions),
  });
  running.catch(() => {});
  for (;;) {
    yield eventOf('progress', progress);
    const report = await Promise.race([running, pause(PROGRESS_MS, signal)]);
    if (signal.aborted) return;
    if (report) return yield eventOf('report', report);
  }
}

const eventOf = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** Returns how many of the newest decisions there are, at most so many. */
async function countDecisions(sql: Sql, most: number): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from (select 1 from credit_analyses limit ${most}) as decision`;
  return row?.count ?? most;
}
