import { useState } from 'preact/hooks';
import type { ModelComparisonReport } from '../../../../sdk/contracts/operator-backtests.ts';
import { client } from '../shell/client.ts';
import { labelOf } from '../ui/features.ts';
import { formatNumber, formatShare } from '../ui/format.ts';
import { saveFile, toCsv } from '../ui/save.ts';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useLoad } from '../ui/use-load.ts';
import './models.css';

type Objective = 'approvals' | 'risk';

/** Champion and challenger beside each other. */
export default function Models() {
  const [challenger, setChallenger] = useState('');
  const [objective, setObjective] = useState<Objective | ''>('');
  const comparison = useLoad(
    () =>
      client.policies.compareModels({
        ...(challenger ? { challenger } : {}),
        ...(objective ? { objective } : {}),
      }),
    [challenger, objective],
  );
  return (
    <section>
      <h1>Models</h1>
      <p class="lead">
        The champion decides; a challenger is asked about the same decisions and decides none. Both are judged
        by the active policy, over the newest 1,000 decisions that both know.
      </p>
      <div class="filters">
        <label>
          Challenger
          <select value={challenger} onChange={(event) => setChallenger(event.currentTarget.value)}>
            <option value="">The newest</option>
            {(comparison.value?.challengers ?? []).map((model) => (
              <option key={model} value={model}>
                {model}
              </option>
            ))}
          </select>
        </label>
        <label>
          Better means
          <select
            value={objective}
            onChange={(event) => setObjective(event.currentTarget.value as Objective | '')}
          >
            <option value="">not stated</option>
            <option value="approvals">more approvals</option>
            <option value="risk">fewer approvals</option>
          </select>
        </label>
      </div>
      <Loaded
        of={comparison}
        what="the comparison"
        isEmpty={({ pairs }) => pairs === 0}
        empty="No challenger has predicted yet. CHALLENGER_MODEL_URL names the model that challenges."
      >
        {(report) => <Report report={report} />}
      </Loaded>
    </section>
  );
}

function Report({ report }: { report: ModelComparisonReport }) {
  const { champion, challenger, flips, approved, psi, latency_ms: latency } = report;
  const broken = report.broken_guardrails;
  const rows: [string, string][] = [
    ['Decisions of both', formatNumber(report.pairs)],
    ['Same decision', share(report.agreement)],
    ['Flips to approved', formatNumber(flips.to_approved)],
    ['Flips to denied', formatNumber(flips.to_denied)],
    [`Approved by ${champion}`, share(approved.champion)],
    [`Approved by ${challenger}`, share(approved.challenger)],
    ['PSI of the score (above 0.25 is another population)', decimals(psi.score)],
    ...Object.entries(psi.features).map(([name, value]): [string, string] => [
      `PSI of ${labelOf(name).toLowerCase()}, older half to newer`,
      decimals(value),
    ]),
    ['Response of the challenger, median', milliseconds(latency.p50)],
    ['Response of the challenger, 95th percentile', milliseconds(latency.p95)],
  ];
  return (
    <>
      <div class={`verdict ${broken.length > 0 ? 'warn' : 'good'}`}>
        <h2>
          {challenger} against {champion}: {report.verdict}
        </h2>
        <p>{report.because}</p>
        <ul>
          {broken.map(({ name, message }) => (
            <li key={message}>
              Guardrail {name}: {message}
            </li>
          ))}
        </ul>
      </div>
      <Table
        caption="Figures"
        rows={rows}
        keyOf={([name]) => name}
        columns={[
          { title: 'Figure', cell: ([name]: [string, string]) => name },
          { title: 'Value', isNumber: true, cell: ([, value]: [string, string]) => value },
        ]}
      />
      <h2>Scores of both</h2>
      <Scatter report={report} />
      <h2>By jurisdiction</h2>
      <Table
        caption="Of 20 customers or more"
        rows={report.cohorts}
        keyOf={({ jurisdiction }) => jurisdiction}
        columns={[
          { title: 'Jurisdiction', cell: ({ jurisdiction }) => jurisdiction },
          { title: 'Decisions', isNumber: true, cell: ({ pairs }) => formatNumber(pairs) },
          { title: String(champion), isNumber: true, cell: (cohort) => share(cohort.champion_approved) },
          { title: `${challenger} `, isNumber: true, cell: (cohort) => share(cohort.challenger_approved) },
        ]}
      />
    </>
  );
}

const share = (value: number | null) => (value === null ? '–' : formatShare(value));
const decimals = (value: number | null) => (value === null ? '–' : formatNumber(value, 3));
const milliseconds = (value: number | null) => (value === null ? '–' : `${formatNumber(value, 1)} ms`);

const CELL = 34;
const EDGE = 46;
const SIZE = EDGE + 10 * CELL + 8;
const tenth = (value: number) => Math.round(value * 10);
const tenths = Array.from({ length: 11 }, (_, index) => index);

const Grid = () => (
  <g>
    {tenths.map((index) => (
      <g key={index}>
        <line x1={EDGE} x2={SIZE - 8} y1={8 + index * CELL} y2={8 + index * CELL} />
        <line x1={EDGE + index * CELL} x2={EDGE + index * CELL} y1={8} y2={8 + 10 * CELL} />
        <text x={EDGE - 6} y={12 + (10 - index) * CELL} text-anchor="end">
          {index / 10}
        </text>
        <text x={EDGE + index * CELL} y={8 + 10 * CELL + 18} text-anchor="middle">
          {index / 10}
        </text>
      </g>
    ))}
  </g>
);

/** Pairs by the tenths of both scores: the larger the circle, the more decisions. */
function Scatter({ report: { scores, champion, challenger } }: { report: ModelComparisonReport }) {
  const most = Math.max(1, ...scores.map(({ pairs }) => pairs));
  const rows = scores.map((cell) => [
    `${cell.champion} to ${formatNumber(cell.champion + 0.1, 1)}`,
    `${cell.challenger} to ${formatNumber(cell.challenger + 0.1, 1)}`,
    cell.pairs,
  ]);
  const titles = [`risk by ${champion}`, `risk by ${challenger}`, 'decisions'];
  const save = () =>
    saveFile('scores-of-both.csv', new Blob([toCsv([titles, ...rows])], { type: 'text/csv' }));
  return (
    <figure class="plot">
      <svg
        class="scatter"
        viewBox={`0 0 ${SIZE} ${SIZE + 24}`}
        role="img"
        aria-label="Risk by both models; the table below has the values"
      >
        <Grid />
        {scores.map((cell) => (
          <circle
            key={`${cell.champion} ${cell.challenger}`}
            cx={EDGE + (tenth(cell.champion) + 0.5) * CELL}
            cy={8 + (9.5 - tenth(cell.challenger)) * CELL}
            r={3 + 13 * Math.sqrt(cell.pairs / most)}
          />
        ))}
        <text x={EDGE + 5 * CELL} y={SIZE + 18} text-anchor="middle">
          risk by {champion} (0 to 1), upward by {challenger}
        </text>
      </svg>
      <details>
        <summary>Table and file</summary>
        <div class="buttons">
          <button type="button" onClick={save}>
            Save CSV
          </button>
        </div>
        <Table
          caption="Decisions by the tenths of both scores; cells of 20 customers or more"
          rows={rows}
          keyOf={([left, right]) => `${left} ${right}`}
          columns={titles.map((title, index) => ({
            title,
            isNumber: index === 2,
            cell: (row: (string | number)[]) => row[index],
          }))}
        />
      </details>
    </figure>
  );
}
