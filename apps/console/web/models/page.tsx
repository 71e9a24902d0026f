import { useState } from 'preact/hooks';
import type { ModelComparisonReport } from '../../../../sdk/contracts/operator-backtests.ts';
import { client } from '../shell/client.ts';
import { labelOf } from '../ui/features.ts';
import { formatNumber, formatShare } from '../ui/format.ts';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useLoad } from '../ui/use-load.ts';
import { Scatter } from './scatter.tsx';

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
      <div class={`verdict ${toneOf(report)}`}>
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

const toneOf = ({ verdict, broken_guardrails: broken }: ModelComparisonReport) => {
  if (verdict === 'worse') return 'bad';
  return verdict === 'better' && broken.length === 0 ? 'good' : 'warn';
};

const share = (value: number | null) => (value === null ? '–' : formatShare(value));
const decimals = (value: number | null) => (value === null ? '–' : formatNumber(value, 3));
const milliseconds = (value: number | null) => (value === null ? '–' : `${formatNumber(value, 1)} ms`);
