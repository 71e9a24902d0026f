import { useState } from 'preact/hooks';
import type { KeptReport, KeptReports } from '../../../../sdk/contracts/operator-reports.ts';
import { client } from '../shell/client.ts';
import { formatNumber, formatTime } from '../ui/format.ts';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useLoad } from '../ui/use-load.ts';
import { Comparison } from './comparison.tsx';
import { Words } from '../ui/texts.tsx';

const KINDS = { all: 'All', load: 'Load runs', drill: 'Drills' } as const;
type Kind = keyof typeof KINDS;

/** Reports of load runs and drills, to be laid side by side. */
export default function Reports() {
  const reports = useLoad(() => client.system.reports(), []);
  return (
    <section>
      <h1>Load runs and drills</h1>
      <p class="lead">Choose runs to compare them with the first one that you choose.</p>
      <Loaded
        of={reports}
        what="the reports"
        isEmpty={({ items, unreadable }) => items.length + unreadable.length === 0}
        empty={<Nothing isKept={reports.value?.is_kept ?? true} />}
      >
        {(value) => <Shown reports={value} />}
      </Loaded>
    </section>
  );
}

function Nothing({ isKept }: { isKept: boolean }) {
  return isKept ? (
    <>
      No run is kept yet. <code>ecs load run mixed-day</code> or <code>ecs drill run kill-storm</code> keeps
      one.
    </>
  ) : (
    <>
      Reports are not kept here: <code>REPORTS_DIR</code> of back-office is not set.
    </>
  );
}

function Shown({ reports: { items, unreadable } }: { reports: KeptReports }) {
  const [kind, setKind] = useState<Kind>('all');
  const [chosen, setChosen] = useState<string[]>([]);
  const listed = items.filter((report) => kind === 'all' || report.kind === kind);
  const compared = chosen.flatMap((file) => items.find((report) => report.file === file) ?? []);
  const toggle = (file: string) =>
    setChosen(chosen.includes(file) ? chosen.filter((name) => name !== file) : [...chosen, file]);
  return (
    <>
      <fieldset class="choice">
        <legend>Kind</legend>
        {Object.entries(KINDS).map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name="kind"
              checked={kind === value}
              onChange={() => setKind(value as Kind)}
            />
            {label}
          </label>
        ))}
      </fieldset>
      <Table
        caption="Runs, the newest first"
        rows={listed}
        keyOf={({ file }) => file}
        columns={columnsOf(chosen, toggle)}
      />
      {unreadable.length > 0 && <p class="hint">Not reports: {unreadable.join(', ')}</p>}
      {compared.length > 0 && <Comparison reports={compared} />}
    </>
  );
}

const columnsOf = (chosen: readonly string[], toggle: (file: string) => void) => [
  {
    title: 'Compare',
    cell: ({ file, name, finished_at: at }: KeptReport) => (
      <input
        type="checkbox"
        aria-label={`Compare ${name} of ${formatTime(at)}`}
        checked={chosen.includes(file)}
        onChange={() => toggle(file)}
      />
    ),
  },
  { title: 'Run', cell: ({ name }: KeptReport) => name },
  { title: 'Kind', cell: ({ kind }: KeptReport) => kind },
  { title: 'Finished', cell: ({ finished_at: at }: KeptReport) => formatTime(at) },
  {
    title: 'Duration (s)',
    isNumber: true,
    cell: ({ seconds }: KeptReport) => formatNumber(seconds, 1),
  },
  {
    title: 'Result',
    cell: ({ passed }: KeptReport) => (
      <span class={`tag ${passed ? 'good' : 'bad'}`}>{passed ? 'passed' : 'failed'}</span>
    ),
  },
  { title: 'Faults', cell: ({ faults }: KeptReport) => <Words of={faults.join('; ')} /> },
];
