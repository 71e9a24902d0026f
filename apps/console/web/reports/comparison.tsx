import type { KeptReport } from '../../../../sdk/contracts/operator-reports.ts';
import { formatNumber, formatTime } from '../ui/format.ts';
import { saveCsv } from '../ui/save.ts';
import { Table } from '../ui/table.tsx';

/** A figure of several runs; null where a run has none. */
interface Row {
  name: string;
  unit: string;
  values: (number | null)[];
}

/** The figures of runs side by side, each with its difference from the first run. */
export function Comparison({ reports }: { reports: readonly KeptReport[] }) {
  const rows = rowsOf(reports);
  const titles = reports.map(({ name, finished_at: at }) => `${name}, ${formatTime(at)}`);
  const save = () =>
    saveCsv('runs', [
      ['figure', 'unit', ...titles],
      ...rows.map(({ name, unit, values }) => [name, unit, ...values.map(orEmpty)]),
    ]);
  return (
    <>
      <h2>Side by side</h2>
      <Table
        caption={reports.length > 1 ? 'Figures, with the difference from the first run' : 'Figures'}
        rows={rows}
        keyOf={({ name }) => name}
        columns={[
          { title: 'Figure', cell: ({ name }: Row) => name },
          { title: 'Unit', cell: ({ unit }: Row) => unit || '–' },
          ...titles.map((title, index) => ({
            title,
            isNumber: true,
            cell: ({ values }: Row) => textOf(values, index),
          })),
        ]}
      />
      <div class="buttons">
        <button type="button" onClick={save}>
          Save CSV
        </button>
      </div>
    </>
  );
}

function rowsOf(reports: readonly KeptReport[]): Row[] {
  const names = new Map(reports.flatMap(({ figures }) => figures.map(({ name, unit }) => [name, unit])));
  return [...names].map(([name, unit]) => ({
    name,
    unit,
    values: reports.map(({ figures }) => figures.find((figure) => figure.name === name)?.value ?? null),
  }));
}

const orEmpty = (value: number | null) => value ?? '';

function textOf(values: readonly (number | null)[], index: number): string {
  const [value, first] = [values[index] ?? null, values[0] ?? null];
  if (value === null) return '–';
  const text = formatNumber(value, digitsOf(value));
  if (index === 0 || first === null || first === 0) return text;
  const percent = (value / first - 1) * 100;
  return `${text} (${percent > 0 ? '+' : ''}${formatNumber(percent, 1)} %)`;
}

const digitsOf = (value: number) => (Number.isInteger(value) ? 0 : Math.abs(value) < 1 ? 4 : 2);
