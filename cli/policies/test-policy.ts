import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { readInteger } from '../config/session.ts';
import { readSince } from '../config/since.ts';
import { backtestPage } from '../decisions/backtest-page.ts';
import { runBacktest } from '../decisions/run-backtest.ts';
import { linesOfGaps, showBacktest, summaryOf } from '../decisions/show-backtest.ts';
import { readUserEnvironment } from '../ui/environment.ts';
import { run } from '../ui/failure.ts';
import type { BacktestReport } from '../../underwriting/decision/backtest-report.ts';
import { CliError, EXIT, printJson, talk } from '../ui/output.ts';
import { markTested } from './change-state.ts';
import { loadPolicy } from './load-policy.ts';
import { type ActFlags, actOptions, withPolicies } from './operator-flags.ts';
import { requireOperator } from './operator-name.ts';

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
          'flip, and how limits, rates, reasons and cohorts change. With an operator the test of a stored ' +
          'policy is kept, and a draft is tested then. Where nothing could be decided again nothing was ' +
          'tested: exit code 1.',
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
  const since = flags.since === undefined ? null : new Date(readSince(flags.since));
  const isNamed = flags.by !== undefined || readUserEnvironment().operator !== undefined;
  const by = isNamed ? requireOperator(flags) : null;
  const { report, isKept } = await withPolicies(flags, async (sql) => {
    const candidate = await loadPolicy(sql, word);
    const report = await runBacktest(sql, candidate, { last, since });
    const { cohorts: _cohorts, reasons: _reasons, ...figures } = report;
    if (report.replayed === 0) requireEmpty(report, { isExpected: flags.empty === true && since === null });
    const summary = { text: summaryOf(report).join('; '), figures };
    return { report, isKept: by !== null && (await markTested(sql, candidate, by, summary)) };
  });
  if (flags.html !== undefined) {
    writeFileSync(flags.html, backtestPage(report, new Date()));
    talk(`wrote ${flags.html}`);
  }
  if (flags.json) return printJson({ ...report, kept: isKept });
  showBacktest(report);
  if (!isKept)
    talk(by === null ? 'not kept: --by NAME keeps the test' : 'not kept: ecs policy add FILE first');
}

/** Throws exit code 1 for a test of nothing, unless no decision is stored and the operator knows that. */
function requireEmpty(report: BacktestReport, { isExpected }: { isExpected: boolean }): void {
  const { policy, decisions, not_replayed } = report;
  if (isExpected && decisions === 0) return;
  const details = { code: 'nothing_to_test', data: { decisions, not_replayed } };
  if (decisions === 0) {
    const hint = 'a wider range; --empty on a new system without any decision';
    throw new CliError('there is nothing to test: no decision is stored', EXIT.failed, hint, details);
  }
  throw new CliError(
    `there is nothing to test: ${policy} could decide none of ${decisions} decisions again ` +
      `(${linesOfGaps(not_replayed).join('; ')})`,
    EXIT.failed,
    'docs/decisions-explained.md',
    details,
  );
}
