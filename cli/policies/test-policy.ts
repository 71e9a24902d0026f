import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { steps } from '../../deploy/local/command-line.ts';
import { again } from '../ui/command-line.ts';
import type { BacktestReport } from '../../underwriting/decision/backtest-report.ts';
import type { Policy } from '../../underwriting/policy/build-policy.ts';
import { ConflictError, NotFoundError } from '../../sdk/core/errors.ts';
import { findOperator, type OperatorSession } from '../config/operator-session.ts';
import { readInteger } from '../config/session.ts';
import { readSince } from '../config/since.ts';
import { backtestPage } from '../decisions/backtest-page.ts';
import { runBacktest } from '../decisions/run-backtest.ts';
import { linesOfGaps, showBacktest, summaryOf } from '../decisions/show-backtest.ts';
import { requireWritable } from '../ui/file-failure.ts';
import { run } from '../ui/failure.ts';
import { CliError, EXIT, printJson, talk } from '../ui/output.ts';
import { loadPolicy } from './load-policy.ts';
import { type ActFlags, actOptions, withPolicies } from './operator-flags.ts';

const NOTE_LENGTH_MAX = 1000;

interface TestFlags extends ActFlags {
  last: string;
  since?: string;
  html?: string;
  empty?: boolean;
}

/** `ecs policy test`: a backtest over stored decisions. */
export function registerTest(policy: Command): void {
  actOptions(
    policy
      .command('test <policy>')
      .summary('decide stored decisions again by a VERSION or FILE')
      .description(
        'Decides the last stored decisions again by a policy, from their records: how many could be, which ' +
          'flip, and how limits, rates, reasons and cohorts change. While an operator is logged in, the ' +
          'test of a stored policy is kept, and a draft is tested then. Where nothing could be decided ' +
          'again nothing was tested: exit code 1.',
      ),
    null,
  )
    .option('--last <n>', 'at most so many decisions, the newest', '10000')
    .option('--since <time>', 'only from then on: 10m, 2h, 1d, or ISO 8601')
    .option('--empty', 'keep the test on a new system, where no decision is stored yet')
    .option('--html <file>', 'also write one page with plots')
    .action(run(testPolicy));
}

async function testPolicy(word: string, flags: TestFlags): Promise<void> {
  const last = readInteger('--last', flags.last, { min: 1, max: 10_000_000 });
  requireWritable(flags.html);
  const session = findOperator(flags);
  const since = flags.since === undefined ? null : new Date(readSince(flags.since));
  const { report, candidate } = await withPolicies(flags, async (sql) => {
    const candidate = await loadPolicy(sql, word);
    return { candidate, report: await runBacktest(sql, candidate, { last, since }) };
  });
  if (report.replayed === 0) requireEmpty(report, { isExpected: flags.empty === true && since === null });
  if (flags.html !== undefined) {
    writeFileSync(flags.html, backtestPage(report, new Date()));
    talk(`wrote ${flags.html}`);
  }
  // Before it is kept, which may be refused: a test takes minutes.
  if (!flags.json) showBacktest(report);
  const isKept = session !== null && (await keepTest(session, candidate, report));
  if (flags.json) return printJson({ ...report, kept: isKept });
  if (!isKept)
    talk(
      session === null
        ? 'not kept, as nobody is logged in\nnext: ecs operators login NAME'
        : 'not kept, as it is not added\nnext: ecs policy add FILE',
    );
}

/** Returns false when the system has no policy of this version. */
async function keepTest(
  { api }: OperatorSession,
  { version, hash }: Policy,
  report: BacktestReport,
): Promise<boolean> {
  const { cohorts: _cohorts, reasons: _reasons, ...figures } = report;
  const note = summaryOf(report).join('; ').slice(0, NOTE_LENGTH_MAX);
  try {
    await api.policies.recordTest(version, { hash, note, figures });
    return true;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof ConflictError) return false;
    throw error;
  }
}

/** Throws exit code 1 for a test of nothing, unless no decision is stored and the operator knows that. */
function requireEmpty(report: BacktestReport, { isExpected }: { isExpected: boolean }): void {
  const { policy, decisions, not_replayed } = report;
  if (isExpected && decisions === 0) return;
  const details = { code: 'nothing_to_test', data: { decisions, not_replayed } };
  if (decisions === 0) {
    const hint = steps('a wider range', again({ '--empty': true }));
    throw new CliError('there is nothing to test: no decision is stored', EXIT.failed, hint, details);
  }
  throw new CliError(
    `there is nothing to test: ${policy} could decide none of ${decisions} decisions again ` +
      `(${linesOfGaps(not_replayed).join('; ')})`,
    EXIT.failed,
    'see docs/decisions-explained.md',
    details,
  );
}
