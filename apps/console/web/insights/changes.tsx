import type { Change, ChangeReport } from '../../../../sdk/contracts/operator-insights.ts';
import { client } from '../shell/client.ts';
import { formatNumber, formatShare } from '../ui/format.ts';
import { saveCsv } from '../ui/save.ts';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useLoad } from '../ui/use-load.ts';

/** Changes that chance does not explain, in words; silent when there is none. */
export default function Changes() {
  const report = useLoad(() => client.insights.changes(), []);
  return (
    <section>
      <h1>What stands out</h1>
      <p class="lead">Changes of the last 7 complete days that chance does not explain.</p>
      <Loaded of={report} what="the changes">
        {(value) => <Report report={value} />}
      </Loaded>
    </section>
  );
}

function Report({ report }: { report: ChangeReport }) {
  const { changes, comparisons, too_short: tooShort, from, to, weeks_before: weeks } = report;
  return (
    <>
      <div class={changes.length > 0 ? 'verdict warn' : 'verdict good'}>
        <h2>
          {changes.length === 0
            ? comparisons === 0
              ? 'There is too little to compare'
              : 'Nothing stands out'
            : `${changes.length} ${changes.length === 1 ? 'change stands' : 'changes stand'} out`}
        </h2>
        <ul>
          {changes.map(({ series, jurisdiction, sentence }) => (
            <li key={`${series} ${jurisdiction}`}>{sentence}</li>
          ))}
        </ul>
        <p class="hint">
          {from} to {to}, UTC days. {comparisons} figures compared
          {tooShort > 0 ? `, ${tooShort} with too few days` : ''}.
        </p>
      </div>
      {changes.length > 0 && (
        <>
          <div class="buttons">
            <button type="button" onClick={() => saveCsv('what stands out', rowsOf(changes))}>
              Save CSV
            </button>
          </div>
          <Table caption="The tests" rows={changes} keyOf={keyOf} columns={COLUMNS} />
        </>
      )}
      <h2>How it is found</h2>
      <p>
        Each daily figure of each jurisdiction is compared with the same weekdays of {weeks} weeks before, by
        an exact rank test (van Elteren, two-sided), so that a weekly rhythm is no change. For so many looks
        the test is corrected by Benjamini and Hochberg: of the changes told, at most{' '}
        {formatShare(report.false_discovery_rate, 0)} are chance, and with no change anywhere a report with
        any is rarer than that. Days have 20 customers or more.
      </p>
    </>
  );
}

const formatProbability = (p: number) => (p < 0.0001 ? '< 0.0001' : formatNumber(p, 4));

const keyOf = ({ series, jurisdiction }: Change) => `${series} ${jurisdiction}`;

const COLUMNS = [
  { title: 'Figure', cell: ({ series }: Change) => series },
  { title: 'Jurisdiction', cell: ({ jurisdiction }: Change) => jurisdiction },
  { title: 'Last 7 days', isNumber: true, cell: ({ recent }: Change) => recent },
  { title: 'Before', isNumber: true, cell: ({ before }: Change) => before },
  {
    title: 'Higher in pairs',
    isNumber: true,
    cell: ({ superiority }: Change) => formatShare(superiority, 0),
  },
  { title: 'p', isNumber: true, cell: ({ p }: Change) => formatProbability(p) },
  { title: 'p, corrected', isNumber: true, cell: ({ q }: Change) => formatProbability(q) },
];

const rowsOf = (changes: Change[]) => [
  ['figure', 'jurisdiction', 'change', 'last 7 days', 'before', 'higher in pairs', 'p', 'p, corrected'],
  ...changes.map(({ series, jurisdiction, sentence, recent, before, superiority, p, q }) => [
    series,
    jurisdiction,
    sentence,
    recent,
    before,
    superiority,
    p,
    q,
  ]),
];
