import { Link } from 'wouter-preact';
import {
  type Flow,
  FLOW_LANES,
  type FlowEdge,
  type FlowFinding,
  isOfEdge,
} from '../../../../sdk/contracts/operator-flow.ts';
import { formatDuration, formatNumber, formatRate } from '../ui/format.ts';
import { Caption, TableBox } from '../ui/table.tsx';
import { PAGES_OF_EDGES } from './cause.ts';
import { Finding } from './finding.tsx';
import { LANE_NAMES } from './lane-names.ts';

const NUMBERS: [title: string, text: (edge: FlowEdge) => string][] = [
  ['Rate', ({ per_second: rate, unit }) => (rate === null ? '–' : `${formatRate(rate)} ${unit}/s`)],
  ['Refused', ({ refused_per_second: rate }) => (rate === null ? '–' : `${formatRate(rate)}/s`)],
  ['Failed', ({ failed_per_second: rate }) => (rate === null ? '–' : `${formatRate(rate)}/s`)],
  [
    'Waiting',
    ({ waiting, waiting_unit: unit }) => (waiting === null ? '–' : `${formatNumber(waiting)} ${unit}`),
  ],
  ['Oldest', ({ oldest_seconds: seconds }) => (seconds ? formatDuration(seconds) : '–')],
  ['99 % within', ({ p99_ms: ms }) => (ms === null ? '–' : `${formatNumber(ms)} ms`)],
];

/** The figures behind the picture; an edge of the picture leads to its row. */
export function EdgeTable({ flow: { edges, findings } }: { flow: Flow }) {
  return (
    <TableBox label="Steps">
      <table>
        <Caption>
          Refused: by the sender's fault, or dropped for want of consent. Failed: by a fault of the system, or
          kept as dead letters. –: not known, or not counted at this step.
        </Caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            {NUMBERS.map(([title]) => (
              <th key={title} scope="col" class="number">
                {title}
              </th>
            ))}
            <th scope="col">State</th>
          </tr>
        </thead>
        {FLOW_LANES.map((lane) => (
          <tbody key={lane}>
            <tr>
              <th scope="rowgroup" colSpan={NUMBERS.length + 2}>
                {LANE_NAMES[lane]}
              </th>
            </tr>
            {edges
              .filter((edge) => edge.lane === lane)
              .map((edge) => (
                <Row key={edge.id} edge={edge} findings={findings} />
              ))}
          </tbody>
        ))}
      </table>
    </TableBox>
  );
}

function Row({ edge, findings }: { edge: FlowEdge; findings: FlowFinding[] }) {
  const causes = findings.filter((finding) => isOfEdge(finding, edge));
  return (
    <tr id={edge.id}>
      <th scope="row">
        <Name edge={edge} />
      </th>
      {NUMBERS.map(([title, text]) => (
        <td key={title} class="number">
          {text(edge)}
        </td>
      ))}
      <td>
        {causes.length === 0
          ? edge.condition
          : causes.map((finding) => <Finding key={finding.text} finding={finding} />)}
      </td>
    </tr>
  );
}

function Name({ edge: { id, from, to } }: { edge: FlowEdge }) {
  const page = PAGES_OF_EDGES[id];
  const name = `${from} → ${to}`;
  return page ? <Link href={page}>{name}</Link> : <>{name}</>;
}
