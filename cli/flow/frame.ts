import type { Flow, FlowCondition, FlowEdge, FlowLane } from '../../sdk/contracts/operator-flow.ts';
import { FLOW_LANES } from '../../sdk/contracts/operator-flow.ts';
import { pc } from '../ui/colors.ts';
import { formatTable } from '../ui/output.ts';

const TITLES: Record<FlowLane, string> = {
  emotions: 'emotions',
  transactions: 'transactions',
  analyses: 'credit analyses',
  offers: 'accepted offers',
};

const COLUMNS = ['lane', 'edge', 'per s', 'refused/s', 'failed/s', 'waiting', 'oldest', 'p99', 'state'];
const NARROW_COLUMNS = ['edge', 'per s', 'failed/s', 'waiting', 'state'];
const WIDE = 130;

/** Returns the lines of one frame: a headline, findings, the lanes, engines and processes. */
export function frameOf(flow: Flow, { title, columns }: { title: string; columns: number }): string[] {
  const { at, window_seconds: window, condition, findings, outbox, dead_letters: letters, reviews } = flow;
  const lines = [
    `${headlineOf(condition, findings.length)}  ${title}  ${at.slice(0, 19).replace('T', ' ')} UTC, ` +
      `rates over ${window} s`,
    ...findings.flatMap(({ severity, text, failure_mode: mode }) => [
      `  ${severity === 'fault' ? pc.red('FAULT  ') : pc.yellow('warning')}  ${text}`,
      ...(mode === null ? [] : [pc.dim(`           docs/failure-modes.md: ${mode}`)]),
    ]),
    '',
    ...formatTable(
      FLOW_LANES.flatMap((lane) => rowsOf(flow, lane)),
      columns < WIDE ? NARROW_COLUMNS : COLUMNS,
    ),
    '',
    flow.engines.map(({ name, condition, detail }) => engineText(name, condition, detail)).join('   '),
    `outbox ${outbox.unsent} rows, oldest ${outbox.oldest_seconds} s   ` +
      `dead letters ${letters.total}   reviews open ${reviews.open}`,
    '',
    ...formatTable(
      flow.processes.map(({ process, services, uptime_seconds, cpu_percent, memory_bytes, ...row }) => ({
        process,
        services: services.length > 3 ? `${services.length} services` : services.join(', ') || '-',
        state: row.condition,
        'up s': uptime_seconds,
        'cpu %': cpu_percent,
        'memory MiB': memory_bytes === null ? null : Math.round(memory_bytes / 2 ** 20),
      })),
      ['process', 'services', 'state', 'up s', 'cpu %', 'memory MiB'],
    ),
  ];
  return lines.map((line) => cutTo(line, columns));
}

function headlineOf(condition: FlowCondition, count: number): string {
  if (condition === 'ok') return pc.green('all is well');
  const noun = count === 1 ? 'finding' : 'findings';
  return condition === 'fault' ? pc.red(`FAULT, ${count} ${noun}`) : pc.yellow(`warning, ${count} ${noun}`);
}

function rowsOf({ edges }: Flow, lane: FlowLane): Record<string, unknown>[] {
  return edges
    .filter((edge) => edge.lane === lane)
    .map((edge, index) => ({
      lane: index === 0 ? TITLES[lane] : '',
      edge: `${edge.from} -> ${edge.to}`,
      'per s': rateText(edge.per_second, edge.unit),
      'refused/s': edge.refused_per_second,
      'failed/s': edge.failed_per_second,
      waiting: waitingText(edge),
      oldest: edge.oldest_seconds ? `${edge.oldest_seconds} s` : null,
      p99: edge.p99_ms === null ? null : `${edge.p99_ms} ms`,
      state: edge.condition,
    }));
}

const rateText = (rate: number | null, unit: string) => (rate === null ? null : `${rate} ${unit}`);

const waitingText = ({ waiting, waiting_unit: unit }: FlowEdge) =>
  waiting === null ? null : `${waiting} ${unit}`;

function engineText(name: string, condition: FlowCondition, detail: string | null): string {
  const color = { ok: pc.green, warning: pc.yellow, fault: pc.red, unknown: pc.dim }[condition];
  const word = { ok: 'up', warning: 'warning', fault: 'fault', unknown: detail ?? 'unknown' }[condition];
  return `${name} ${color(word)}`;
}

/** Colors have no width: a line of them is cut only where its text alone is too long. */
function cutTo(line: string, columns: number): string {
  if (Bun.stringWidth(line) <= columns) return line;
  return `${Bun.stripANSI(line).slice(0, Math.max(0, columns - 1))}…`;
}
