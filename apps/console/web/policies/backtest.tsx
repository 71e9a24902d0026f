import { useMemo, useState } from 'preact/hooks';
import type {
  BacktestCohort,
  BacktestProgress,
  BacktestWait,
  PolicyBacktest,
} from '../../../../sdk/contracts/operator-backtests.ts';
import { client } from '../shell/client.ts';
import { hasRole } from '../shell/session.ts';
import { ActDialog, textOf, WordsField } from '../ui/dialog.tsx';
import { formatMoney, formatNumber, formatShare } from '../ui/format.ts';
import { wordsOf } from '../ui/outcome.tsx';
import { Plot, type PlotData } from '../ui/plot.tsx';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useLoad } from '../ui/use-load.ts';
import { Full, isFull, Progress, Waiting } from './backtest-states.tsx';

const COUNTS = [1000, 20_000, 100_000, 1_000_000];

/** Stored decisions decided again by a policy. */
export function Backtest({ version, onKept }: { version: string; onKept(): void }) {
  const [last, setLast] = useState(1000);
  const [asked, setAsked] = useState<{ last: number; attempt: number } | null>(null);
  return (
    <>
      <div class="filters">
        <label>
          Newest decisions
          <select value={last} onChange={(event) => setLast(Number(event.currentTarget.value))}>
            {COUNTS.map((count) => (
              <option key={count} value={count}>
                {formatNumber(count)}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={() => setAsked({ last, attempt: (asked?.attempt ?? 0) + 1 })}>
          Run the backtest
        </button>
      </div>
      {asked && <Run key={asked.attempt} version={version} last={asked.last} onKept={onKept} />}
    </>
  );
}

function Run({ version, last, onKept }: { version: string; last: number; onKept(): void }) {
  const [progress, setProgress] = useState<BacktestProgress>();
  const [wait, setWait] = useState<BacktestWait>();
  const backtest = useLoad(
    (signal) =>
      client.policies.followBacktest(
        version,
        { last },
        { onProgress: setProgress, onWaiting: setWait, signal },
      ),
    [version, last],
    { isCostly: true },
  );
  if (progress && backtest.isLoading) return <Progress of={progress} />;
  if (wait && backtest.isLoading) return <Waiting for={wait} />;
  if (isFull(backtest.error)) return <Full detail={backtest.error.message} onRetry={backtest.reload} />;
  return (
    <Loaded
      of={backtest}
      what="the backtest"
      isEmpty={({ replayed }) => replayed === 0}
      empty="No stored decision could be decided again: there is nothing to test."
    >
      {(report) => (
        <>
          <Figures report={report} of={progress?.of ?? report.decisions} />
          {hasRole(['risk']) && <Keep report={report} onKept={onKept} />}
        </>
      )}
    </Loaded>
  );
}

function Figures({ report, of }: { report: PolicyBacktest; of: number }) {
  const { decisions, replayed, flips, differences } = report;
  const gaps = Object.entries(report.not_replayed).filter(([, count]) => count > 0);
  const limits = useMemo(
    () => bandsPlot('Credit limits before and after', 'limit', report.credit_limit_bands),
    [report],
  );
  const rates = useMemo(
    () => bandsPlot('Interest rates before and after', '% a year', report.interest_rate_bands),
    [report],
  );
  return (
    <>
      <div class={`verdict ${flips.to_denied + flips.to_approved === 0 ? 'good' : 'warn'}`} role="status">
        <h3>
          {flips.to_approved} denials become approvals, {flips.to_denied} approvals become denials
        </h3>
        <p>
          {formatNumber(decisions)} of {formatNumber(of)} decisions looked at, {formatNumber(replayed)} made
          again; {formatNumber(differences)} differ in any way.{' '}
          {!report.is_complete && 'Two minutes were over first: ecs policy test has no such end. '}
          {gaps.map(([gap, count]) => `${count} not: ${wordsOf(gap)}. `)}
        </p>
      </div>
      <Table
        caption="As decided, and by this policy"
        rows={rowsOf(report)}
        keyOf={([name]) => name ?? ''}
        columns={[
          { title: 'Figure', cell: ([name]: string[]) => name },
          { title: 'Before', isNumber: true, cell: ([, before]: string[]) => before },
          { title: 'After', isNumber: true, cell: ([, , after]: string[]) => after },
        ]}
      />
      {limits && <Plot data={limits} />}
      {rates && <Plot data={rates} />}
      <Table
        caption={`Cohorts of 20 customers or more; ${report.cohorts_withheld} withheld`}
        rows={report.cohorts}
        keyOf={({ by, value }) => `${by} ${value}`}
        columns={COHORTS}
      />
    </>
  );
}

function rowsOf(report: PolicyBacktest): string[][] {
  const { replayed, approved, credit_limit: limit, exposure } = report;
  const share = (count: number) => formatShare(count / Math.max(1, replayed));
  return [
    [
      'Approved',
      `${approved.before} (${share(approved.before)})`,
      `${approved.after} (${share(approved.after)})`,
    ],
    ['Limits, median', money(limit.before.p50), money(limit.after.p50)],
    ['Limits, sum', formatMoney(limit.before.sum), formatMoney(limit.after.sum)],
    ['Rate, median, % a year', rate(report.interest_rate.before.p50), rate(report.interest_rate.after.p50)],
    ['Exposure with the offers', formatMoney(exposure.before), formatMoney(exposure.after)],
    ...Object.entries(report.reasons).map(([code, counts]) => [
      `Reason: ${wordsOf(code)}`,
      formatNumber(counts.before),
      formatNumber(counts.after),
    ]),
  ];
}

const money = (value: number | null) => (value === null ? '–' : formatMoney(value));
const rate = (value: number | null) => (value === null ? '–' : formatNumber(value, 2));

function bandsPlot(
  title: string,
  across: string,
  bands: PolicyBacktest['credit_limit_bands'],
): PlotData | null {
  if (bands.length === 0) return null;
  return {
    title,
    unit: 'offers',
    across: `${across}, lower end of the band`,
    x: bands.map(({ from }) => from),
    format: (value) => formatNumber(value),
    series: [
      { label: 'before', values: bands.map(({ before }) => before), as: 'bars', color: 6 },
      { label: 'after', values: bands.map(({ after }) => after) },
    ],
  };
}

const COHORTS = [
  { title: 'Cohort', cell: ({ by, value }: BacktestCohort) => `${by}: ${value}` },
  { title: 'Customers', isNumber: true, cell: ({ customers }: BacktestCohort) => formatNumber(customers) },
  { title: 'Decisions', isNumber: true, cell: ({ decisions }: BacktestCohort) => formatNumber(decisions) },
  {
    title: 'Approved before',
    isNumber: true,
    cell: ({ approved, decisions }: BacktestCohort) => formatShare(approved.before / decisions),
  },
  {
    title: 'After',
    isNumber: true,
    cell: ({ approved, decisions }: BacktestCohort) => formatShare(approved.after / decisions),
  },
  {
    title: 'To approved',
    isNumber: true,
    cell: ({ to_approved: count }: BacktestCohort) => formatNumber(count),
  },
  { title: 'To denied', isNumber: true, cell: ({ to_denied: count }: BacktestCohort) => formatNumber(count) },
];

/** Keeps the figures in the history of the policy; a draft is tested by it. */
function Keep({ report, onKept }: { report: PolicyBacktest; onKept(): void }) {
  const [isAsked, setIsAsked] = useState(false);
  return (
    <>
      <div class="buttons">
        <button type="button" onClick={() => setIsAsked(true)}>
          Keep this test
        </button>
      </div>
      {isAsked && (
        <ActDialog
          title={`Keep the test of ${report.policy}`}
          act="Keep"
          onAct={(fields) => {
            const { cohorts: _, reasons: __, hash, policy, ...figures } = report;
            return client.policies.recordTest(policy, { hash, note: textOf(fields, 'note'), figures });
          }}
          onChanged={onKept}
          onClose={() => setIsAsked(false)}
        >
          <p>The figures go into the history of the policy; a draft is tested then, and can be proposed.</p>
          <WordsField name="note" label="Why" lengthMax={1000} />
        </ActDialog>
      )}
    </>
  );
}
