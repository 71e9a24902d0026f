import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { readInteger } from '../config/session.ts';
import { readSince } from '../config/since.ts';
import { backtestPage } from '../decisions/backtest-page.ts';
import { runBacktest } from '../decisions/run-backtest.ts';
import { showBacktest, summaryOf } from '../decisions/show-backtest.ts';
import { readUserEnvironment } from '../ui/environment.ts';
import { run } from '../ui/failure.ts';
import { printJson, talk } from '../ui/output.ts';
import { markTested } from './change-state.ts';
import { loadPolicy } from './load-policy.ts';
import { type ActFlags, actOptions, withPolicies } from './operator-flags.ts';
import { requireOperator } from './operator-name.ts';

interface TestFlags extends ActFlags {
  last: string;
  since?: string;
  html?: string;
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
          'policy is kept, and a draft is tested then.',
      ),
    null,
  )
    .option('--last <n>', 'at most so many decisions, the newest', '10000')
    .option('--since <time>', 'only from then on: 10m, 2h, 1d, or ISO 8601')
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
