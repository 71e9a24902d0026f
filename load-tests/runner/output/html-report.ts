import { type Verdict, verdictText } from './compare.ts';
import { formatTime, formatValue } from './format-value.ts';
import { escapeHtml } from './escape-html.ts';
import { chart } from './html-chart.ts';
import type { Report } from './report-data.ts';
import { generatorRows, systemRows } from './report-rows.ts';

/** Returns a test as one page: charts, thresholds, checks, figures. No script, and nothing from elsewhere. */
export function htmlReport(report: Report, comparison: Verdict[] | null): string {
  const { file, finishedAt, exitCode, state, style } = report;
  const name = file.split('/').at(-1) ?? file;
  const seconds = (state.testRunDurationMs / 1000).toFixed(1);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(name)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(name)} <b class="${exitCode === 0 ? 'good' : 'bad'}">${
    exitCode === 0 ? 'passed' : `exit ${exitCode}`
  }</b></h1>
<p>${seconds} s, ended ${finishedAt}, users ${style === 'workers' ? 'in workers' : 'on one event loop'}</p>
${origin(report)}
${warnings(report)}
${charts(report)}
${thresholds(report)}
${checks(report)}
${comparison ? compared(comparison) : ''}
${metrics(report)}
${generator(report)}
${system(report)}
</body></html>
`;
}

const STYLE = `
body{font:14px/1.45 system-ui,sans-serif;max-width:960px;margin:24px auto;padding:0 16px;color:#1c2733}
h1{font-size:22px}h2{font-size:16px;margin:28px 0 8px}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:3px 10px 3px 0;border-bottom:1px solid #e3e8ee;vertical-align:top}
td{overflow-wrap:anywhere}
td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}figure{margin:18px 0}
figcaption{font-weight:600}figcaption small{color:#67788a;font-weight:400}
figcaption span{font-weight:400;margin-left:14px}
figcaption i{display:inline-block;width:10px;height:10px;margin-right:5px}
svg{width:100%;height:auto}.grid{stroke:#e3e8ee}.axis{font-size:11px;fill:#67788a}
.end{text-anchor:end;dominant-baseline:middle}.middle{text-anchor:middle}
.hint{fill:transparent}.hint:hover{fill:#1c273312}.good{color:#13795b}.bad{color:#b3261e}
.warn{background:#fff4d6;padding:8px 12px}
@media(max-width:600px){body{font-size:12px;padding:0 8px}td,th{padding-right:6px}}`;

const COLORS = { blue: '#2563eb', green: '#13795b', orange: '#d97706', red: '#b3261e', gray: '#67788a' };

function charts({ timeline, system }: Report): string {
  // Every line begins where the test does: at no second, with nothing.
  const seconds = [0, ...timeline.map(({ second }) => second)];
  const seriesOf = (key: keyof (typeof timeline)[number]) => [0, ...timeline.map((moment) => moment[key])];
  const rate = (key: 'requests' | 'iterations' | 'failures' | 'dropped') => [
    0,
    ...timeline.map((moment) => (moment[key] * 1000) / Math.max(1, moment.ms)),
  ];
  return [
    chart('Rate', 'per second', seconds, [
      { name: 'requests', color: COLORS.blue, values: rate('requests') },
      { name: 'iterations', color: COLORS.green, values: rate('iterations') },
    ]),
    chart('Latency', 'ms', seconds, [
      { name: 'p50', color: COLORS.green, values: seriesOf('p50') },
      { name: 'p95', color: COLORS.orange, values: seriesOf('p95') },
      { name: 'p99', color: COLORS.red, values: seriesOf('p99') },
    ]),
    chart('Errors', 'per second', seconds, [
      { name: 'failed requests', color: COLORS.red, values: rate('failures') },
      { name: 'dropped iterations', color: COLORS.orange, values: rate('dropped') },
    ]),
    ...(system
      ? [chart('Lag', 'messages', seconds, [{ name: 'lag', color: COLORS.blue, values: seriesOf('lag') }])]
      : []),
    chart('Users', 'at work', seconds, [{ name: 'vus', color: COLORS.gray, values: seriesOf('vus') }]),
  ].join('\n');
}

type Cell = string | { n: string } | { isGood: boolean; text: string };

function table(title: string, heads: string[], rows: Cell[][]): string {
  if (rows.length === 0) return '';
  const cellHtml = (cell: Cell) => {
    if (typeof cell === 'string') return `<td>${escapeHtml(cell)}</td>`;
    if ('n' in cell) return `<td class="n">${escapeHtml(cell.n)}</td>`;
    return `<td class="${cell.isGood ? 'good' : 'bad'}">${escapeHtml(cell.text)}</td>`;
  };
  const isNumber = (index: number) =>
    rows.every((row) => typeof row[index] === 'object' && 'n' in row[index]);
  const head = heads.map(
    (text, index) => `<th${isNumber(index) ? ' class="n"' : ''}>${escapeHtml(text)}</th>`,
  );
  const body = rows.map((row) => `<tr>${row.map(cellHtml).join('')}</tr>`).join('\n');
  return `<h2>${escapeHtml(title)}</h2><table><tr>${head.join('')}</tr>\n${body}</table>`;
}

function origin({ origin: { target, version, machine, options } }: Report): string {
  return table(
    'Run',
    ['', ''],
    [
      ['target', target],
      ['version', version],
      ['machine', machine],
      ['options', options],
    ],
  );
}

function warnings({ generator }: Report): string {
  return generator.warnings.map((text) => `<p class="warn">${escapeHtml(text)}</p>`).join('');
}

function thresholds({ metrics }: Report): string {
  const rows = Object.entries(metrics).flatMap(([name, { thresholds = {} }]) =>
    Object.entries(thresholds).map(([source, { ok }]): Cell[] => [
      name,
      source,
      { isGood: ok, text: ok ? '✓ holds' : '✗ crossed' },
    ]),
  );
  return table('Thresholds', ['metric', 'threshold', ''], rows);
}

function checks({ checks }: Report): string {
  const rows = checks.map(({ path, passes, fails }): Cell[] => [
    path.replace(/^::/, '').replaceAll('::', ' › '),
    { n: String(passes) },
    { n: String(fails) },
    { isGood: fails === 0, text: fails === 0 ? '✓' : '✗' },
  ]);
  return table('Checks', ['check', 'passes', 'fails', ''], rows);
}

function metrics({ metrics, options }: Report): string {
  const rows = Object.entries(metrics)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, metric]): Cell[] => {
      const values = Object.entries(metric.values).map(([stat, value]) => {
        const isCount = stat === 'count' || stat === 'passes' || stat === 'fails';
        const text = isCount && metric.contains !== 'data' ? String(value) : null;
        return `${stat} ${text ?? formatValue(value, metric, options.summaryTimeUnit)}`;
      });
      return [name, values.join('  ')];
    });
  return table('Metrics', ['metric', 'values'], rows);
}

function generator({ generator: report }: Report): string {
  const heads = ['', 'avg', 'p50', 'p95', 'p99', 'max'];
  const rows = generatorRows(report).map(([name, { avg, p50, p95, p99, max }]): Cell[] => [
    name,
    ...[avg, p50, p95, p99, max].map((ms) => ({ n: formatTime(ms) })),
  ]);
  return table('Generator', heads, rows);
}

function system({ system: report }: Report): string {
  return report ? table('System', ['', ''], systemRows(report)) : '';
}

function compared(verdicts: Verdict[]): string {
  const rows = verdicts.map((row): Cell[] => {
    const { metric, value, before, now, change, verdict } = row;
    const isVerdict = verdict === 'better' || verdict === 'worse';
    return [
      `${metric} ${value}`,
      { n: before },
      { n: now },
      { n: change === null ? '' : `${(change * 100).toFixed(1)} %` },
      isVerdict ? { isGood: verdict === 'better', text: verdict } : verdictText(row),
    ];
  });
  return table('Compared with the earlier run', ['metric', 'before', 'now', 'change', ''], rows);
}
