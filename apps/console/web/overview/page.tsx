import { Link } from 'wouter-preact';
import type { Flow, FlowProcess } from '../../../../sdk/contracts/operator-flow.ts';
import { REVIEW_ROLES } from '../reviews/roles.ts';
import { hasRole } from '../shell/session.ts';
import { formatDuration, formatNumber, formatTime } from '../ui/format.ts';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { EdgeTable } from './edge-table.tsx';
import { classOf, Finding } from './finding.tsx';
import { FlowPicture } from './picture.tsx';
import { useFlow } from './use-flow.ts';

/** The live flow: one look says whether all is well, a click leads to the cause. */
export default function Overview() {
  const flow = useFlow();
  return (
    <section>
      <h1>Overview</h1>
      <p class="lead">
        Events, analyses and offers on their way from the API to the tables, live: the page follows every 2.5
        seconds.
      </p>
      <Loaded of={flow} what="the flow">
        {(value) => <Shown flow={value} />}
      </Loaded>
    </section>
  );
}

function Shown({ flow }: { flow: Flow }) {
  return (
    <>
      <Verdict flow={flow} />
      <FlowPicture flow={flow} />
      <ul class="engines" aria-label="Engines">
        {flow.engines.map(({ name, condition, detail }) => (
          <li key={name}>
            <span class={`tag ${classOf[condition]}`}>{condition === 'ok' ? 'up' : condition}</span> {name}
            {detail && <span class="unit"> {detail}</span>}
          </li>
        ))}
      </ul>
      <Counts flow={flow} />
      <h2>Steps</h2>
      <EdgeTable flow={flow} />
      <h2>Processes</h2>
      <Table
        caption="Each by its private address"
        columns={PROCESS_COLUMNS}
        rows={flow.processes}
        keyOf={keyOfProcess}
      />
    </>
  );
}

/** All is well, or the findings, the worst first. */
function Verdict({ flow: { condition, findings, at, window_seconds: window } }: { flow: Flow }) {
  const faults = findings.filter(({ severity }) => severity === 'fault').length;
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  const title =
    findings.length === 0
      ? 'All is well'
      : [faults, findings.length - faults]
          .flatMap((number, index) => (number > 0 ? [count(number, index === 0 ? 'fault' : 'warning')] : []))
          .join(' and ');
  return (
    <div class={`verdict ${classOf[condition]}`}>
      <h2 aria-live="polite">{title}</h2>
      {findings.length > 0 && (
        <ul>
          {findings.map((finding) => (
            <li key={finding.subject + finding.text}>
              <Finding finding={finding} />
            </li>
          ))}
        </ul>
      )}
      <p class="unit">
        {formatTime(at)}; rates over {formatNumber(window, 1)} s
      </p>
    </div>
  );
}

function Counts({ flow: { outbox, dead_letters: letters, reviews } }: { flow: Flow }) {
  const streams = letters.by_stream
    .filter(({ count }) => count > 0)
    .map(({ stream, count }) => `${formatNumber(count)} of ${stream}`);
  const open = `${formatNumber(reviews.open)} open`;
  return (
    <dl class="facts">
      <dt>Outbox</dt>
      <dd>
        {formatNumber(outbox.unsent)} rows
        {outbox.unsent > 0 && `, the oldest ${formatDuration(outbox.oldest_seconds)}`}
      </dd>
      <dt>Dead letters</dt>
      <dd>
        <Link href="/dead-letters">{formatNumber(letters.total)}</Link>
        {streams.length > 0 && `: ${streams.join(', ')}`}
      </dd>
      <dt>Reviews</dt>
      <dd>
        {hasRole(REVIEW_ROLES) ? <Link href="/reviews">{open}</Link> : open}
        {reviews.open > 0 && `, the oldest ${formatDuration(reviews.oldest_seconds)}`}
      </dd>
    </dl>
  );
}

const keyOfProcess = ({ process }: FlowProcess) => process;
const orDash = <T,>(value: T | null, format: (value: T) => string) => (value === null ? '–' : format(value));

const PROCESS_COLUMNS = [
  { title: 'Process', cell: ({ process }: FlowProcess) => <code>{process}</code> },
  { title: 'Services', cell: ({ services }: FlowProcess) => services.join(', ') || '–' },
  {
    title: 'State',
    cell: ({ condition }: FlowProcess) => <span class={`tag ${classOf[condition]}`}>{condition}</span>,
  },
  {
    title: 'Up for',
    isNumber: true,
    cell: ({ uptime_seconds: seconds }: FlowProcess) => orDash(seconds, formatDuration),
  },
  {
    title: 'CPU (% of a core)',
    isNumber: true,
    cell: ({ cpu_percent: percent }: FlowProcess) => orDash(percent, (value) => formatNumber(value, 1)),
  },
  {
    title: 'Memory (MiB)',
    isNumber: true,
    cell: ({ memory_bytes: bytes }: FlowProcess) => orDash(bytes, (value) => formatNumber(value / 2 ** 20)),
  },
];
