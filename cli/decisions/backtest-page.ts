import { escapeHtml } from '../../load-tests/runner/output/escape-html.ts';
import type { BacktestReport, Band, Cohort } from '../../underwriting/decision/backtest-report.ts';
import { GAPS } from './show-backtest.ts';

/** Returns a backtest as one page: plots and tables. No script, and nothing from elsewhere. */
export function backtestPage(report: BacktestReport, madeAt: Date): string {
  const { policy, decisions, replayed, flips, differences } = report;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Backtest of ${escapeHtml(policy)}</title><style>${STYLE}</style></head><body>
<h1>Backtest of the policy ${escapeHtml(policy)}</h1>
<p>${replayed} of ${decisions} stored decisions made again; ${madeAt.toISOString()}. Each with the facts, the
predictions and the exposure that it had: offers that this policy would have made before do not count as
exposure of later ones.</p>
${table(
  ['not made again', 'decisions'],
  Object.entries(report.not_replayed).map(([gap, count]) => [GAPS[gap as keyof typeof GAPS], count]),
)}
<h2>Flips</h2>
<p><b>${flips.to_approved}</b> denials become approvals, <b>${flips.to_denied}</b> approvals become denials;
${differences} decisions differ in any way.</p>
${plot('Approved, by cohort, %', report.cohorts.map(cohortBar))}
${plot('Credit limits, offers', report.credit_limit_bands.map(bandBar))}
${plot('Interest rates, offers by percent a year', report.interest_rate_bands.map(bandBar))}
${plot(
  'Reasons, decisions',
  Object.entries(report.reasons).map(([label, counts]) => ({ label, ...counts })),
)}
<h2>Offers</h2>
${table(
  ['', 'before', 'after'],
  [
    ['number', report.approved.before, report.approved.after],
    ...rowsOf('limit', report.credit_limit),
    ...rowsOf('rate, %', report.interest_rate).filter(([name]) => name !== 'rate, % sum'),
    ['exposure with the offers', report.exposure.before, report.exposure.after],
  ],
)}
<h2>Cohorts</h2>
${table(
  ['cohort', 'decisions', 'approved before', 'after', 'to approved', 'to denied', 'limits before', 'after'],
  report.cohorts.map(({ by, value, ...cohort }) => [
    `${by} ${value}`,
    cohort.decisions,
    cohort.approved.before,
    cohort.approved.after,
    cohort.to_approved,
    cohort.to_denied,
    cohort.limits.before,
    cohort.limits.after,
  ]),
)}
</body></html>
`;
}

const STYLE = `
body{font:14px/1.45 system-ui,sans-serif;max-width:960px;margin:24px auto;padding:0 16px;color:#1c2733}
h1{font-size:22px}h2{font-size:16px;margin:28px 0 8px}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:3px 10px 3px 0;border-bottom:1px solid #e3e8ee}
td.n{text-align:right;font-variant-numeric:tabular-nums}figure{margin:22px 0}figcaption{font-weight:600}
figcaption span{font-weight:400;margin-left:14px}svg{width:100%;height:auto;font-size:12px}
.before{fill:#9db4ce}.after{fill:#2563eb}.label{text-anchor:end}
.before-word{color:#67788a}.after-word{color:#2563eb}`;

interface Bar {
  label: string;
  before: number;
  after: number;
}

const ROW = 34;
const LEFT = 230;
const WIDTH = 900;

/** Draws a pair of bars a row: before above after. */
function plot(title: string, bars: Bar[]): string {
  if (bars.length === 0) return '';
  const highest = Math.max(...bars.flatMap(({ before, after }) => [before, after]), 1e-9);
  const widthOf = (value: number) => ((value / highest) * (WIDTH - LEFT - 90)).toFixed(1);
  const bar = (kind: 'before' | 'after', value: number, top: number) =>
    `<rect class="${kind}" x="${LEFT}" y="${top}" width="${widthOf(value)}" height="12"/>` +
    `<text x="${LEFT + Number(widthOf(value)) + 6}" y="${top + 10}">${shown(value)}</text>`;
  const rows = bars.map(({ label, before, after }, index) => {
    const top = index * ROW;
    const text = `<text class="label" x="${LEFT - 10}" y="${top + 17}">${escapeHtml(label)}</text>`;
    return text + bar('before', before, top) + bar('after', after, top + 14);
  });
  return `<figure><figcaption>${escapeHtml(title)} <span class="before-word">before</span>
<span class="after-word">after</span></figcaption>
<svg viewBox="0 0 ${WIDTH} ${bars.length * ROW}" role="img" aria-label="${escapeHtml(title)}">
${rows.join('\n')}</svg></figure>`;
}

function cohortBar({ by, value, decisions, approved }: Cohort): Bar {
  const share = (count: number) => Math.round((1000 * count) / Math.max(1, decisions)) / 10;
  return {
    label: `${by} ${value} (${decisions})`,
    before: share(approved.before),
    after: share(approved.after),
  };
}

function bandBar({ from, to, before, after }: Band): Bar {
  return { label: `${shown(from)} to ${shown(to)}`, before, after };
}

function rowsOf(name: string, { before, after }: BacktestReport['credit_limit']) {
  return (['min', 'p10', 'p50', 'p90', 'max', 'sum'] as const).map((key) => [
    `${name} ${key}`,
    before[key],
    after[key],
  ]);
}

function table(headings: string[], rows: (string | number | null)[][]): string {
  const cell = (value: string | number | null) =>
    typeof value === 'string'
      ? `<td>${escapeHtml(value)}</td>`
      : `<td class="n">${value === null ? '-' : shown(value)}</td>`;
  const head = headings.map((heading) => `<th>${escapeHtml(heading)}</th>`).join('');
  const lines = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`);
  return `<table><tr>${head}</tr>${lines.join('\n')}</table>`;
}

const numbers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const shown = (value: number) => numbers.format(value);
