import { groupsOf, type SummaryData, valuesOf } from './summary-data.ts';

/** The page that scripts import as `htmlReport`: thresholds, checks and metrics of a test. */
export function htmlReport(
  data: SummaryData,
  { title = new Date().toISOString() }: { title?: string } = {},
): string {
  const metricRows = Object.entries(data.metrics).map(([name, metric]) => {
    const thresholds = Object.entries(metric.thresholds ?? {}).map(
      ([source, { ok }]) => `${ok ? '✓' : '✗'} ${source}`,
    );
    return row([name, valuesOf(metric).join(' '), thresholds.join(', ')]);
  });
  const checkRows = groupsOf(data.root_group).flatMap(({ group }) =>
    group.checks.map(({ name, passes, fails }) => row([group.path, name, `✓ ${passes} ✗ ${fails}`])),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<style>body{font-family:sans-serif;margin:2rem}td,th{text-align:left;padding:.3rem 1rem .3rem 0}</style>
</head><body><h1>${escapeHtml(title)}</h1>
<h2>Metrics</h2><table>${row(['metric', 'values', 'thresholds'], 'th')}${metricRows.join('')}</table>
<h2>Checks</h2><table>${row(['group', 'check', 'results'], 'th')}${checkRows.join('')}</table>
</body></html>
`;
}

export default htmlReport;

const row = (cells: string[], tag = 'td') =>
  `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;

const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
