import type {
  Flow,
  FlowCondition,
  FlowEdge,
  FlowFinding,
  FlowLane,
} from '../../sdk/contracts/operator-flow.ts';
import { FLOW_LANES } from '../../sdk/contracts/operator-flow.ts';
import { pc } from '../ui/colors.ts';
import { asCalled } from '../ui/command-line.ts';
import { fitTable } from '../ui/output.ts';
import { wrapText } from '../ui/wrap.ts';

const TITLES: Record<FlowLane, string> = {
  emotions: 'emotions',
  transactions: 'transactions',
  analyses: 'credit analyses',
  offers: 'accepted offers',
  webhooks: 'webhooks',
};

const COLUMNS = ['lane', 'edge', 'per s', 'refused/s', 'failed/s', 'waiting', 'oldest', 'p99', 'state'];
const NARROW_COLUMNS = ['to', 'per s', 'failed/s', 'waiting', 'state'];
const WIDE = 130;

/** Returns the lines of one frame: a headline, findings, the lanes, engines and processes. */
export function frameOf(flow: Flow, { title, columns }: { title: string; columns: number }): string[] {
  const { at, window_seconds: window, outbox, dead_letters: letters, reviews } = flow;
  const lines = [
    ...wrapColored(
      `${headlineOf(flow)}  ${title}  ${at.slice(0, 19).replace('T', ' ')} UTC, rates over ${window} s`,
      columns,
    ),
    ...flow.findings.flatMap((finding) => findingLines(finding, columns)),
    '',
    ...(columns < WIDE ? narrowLanes(flow, columns) : wideLanes(flow, columns)),
    '',
    ...wrapColored(
      flow.engines.map(({ name, condition, detail }) => engineText(name, condition, detail)).join('   '),
      columns,
    ),
    ...wrapColored(
      `outbox ${outbox.unsent} rows, oldest ${outbox.oldest_seconds} s   ` +
        `dead letters ${letters.total}   reviews open ${reviews.open}`,
      columns,
    ),
    '',
    ...processLines(flow, columns),
  ];
  return lines.map((line) => cutTo(line, columns));
}

function headlineOf({ condition, findings }: Flow): string {
  if (condition === 'ok') return pc.green('all is well');
  const noun = findings.length === 1 ? 'finding' : 'findings';
  const text = `${findings.length} ${noun}`;
  return condition === 'fault' ? pc.red(`FAULT, ${text}`) : pc.yellow(`warning, ${text}`);
}

const INDENT = ' '.repeat('  warning  '.length);

function findingLines(finding: FlowFinding, columns: number): string[] {
  const { severity, subject, text, failure_mode: mode } = finding;
  const label = severity === 'fault' ? pc.red('FAULT  ') : pc.yellow('warning');
  const command = commandOf(subject);
  const remedies = [
    ...(mode === null ? [] : [`docs/failure-modes.md: ${mode}`]),
    ...(command === null ? [] : [asCalled(command)]),
  ];
  const wrap = (words: string) => wrapText(words, columns - INDENT.length);
  return [
    ...wrap(text).map((line, index) => (index === 0 ? `  ${label}  ${line}` : INDENT + line)),
    ...remedies.flatMap(wrap).map((line) => pc.dim(INDENT + line)),
  ];
}

/** Returns the command that shows more of the subject of a finding. */
function commandOf(subject: string): string | null {
  if (subject === 'webhooks.delivery') return 'ecs webhooks ls';
  return subject.startsWith('dead letters of ') ? 'ecs dead-letters ls' : null;
}

function wideLanes({ edges }: Flow, columns: number): string[] {
  const rows = FLOW_LANES.flatMap((lane) =>
    edges
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
      })),
  );
  return fitTable(rows, COLUMNS, columns);
}

/** A lane is a heading, and each of its edges a row with its end: it begins where the one before ends. */
function narrowLanes({ edges }: Flow, columns: number): string[] {
  const rows = FLOW_LANES.flatMap((lane) => [
    { to: TITLES[lane], 'per s': '', 'failed/s': '', waiting: '', state: '' },
    ...edges
      .filter((edge) => edge.lane === lane)
      .map((edge) => ({
        to: `  ${edge.to}`,
        'per s': edge.per_second,
        'failed/s': edge.failed_per_second,
        waiting: edge.waiting,
        state: edge.condition,
      })),
  ]);
  return fitTable(rows, NARROW_COLUMNS, columns);
}

function processLines({ processes }: Flow, columns: number): string[] {
  const rows = processes.map(({ process, services, uptime_seconds, cpu_percent, memory_bytes, ...row }) => ({
    process,
    services: services.length > 3 ? `${services.length} services` : services.join(', ') || '-',
    state: row.condition,
    'up s': uptime_seconds,
    'cpu %': cpu_percent,
    'memory MiB': memory_bytes === null ? null : Math.round(memory_bytes / 2 ** 20),
  }));
  const titles = ['process', 'services', 'state', 'up s', 'cpu %', 'memory MiB'];
  return fitTable(rows, columns < WIDE ? titles.slice(0, 4) : titles, columns);
}

const rateText = (rate: number | null, unit: string) => (rate === null ? null : `${rate} ${unit}`);

const waitingText = ({ waiting, waiting_unit: unit }: FlowEdge) =>
  waiting === null ? null : `${waiting} ${unit}`;

function engineText(name: string, condition: FlowCondition, detail: string | null): string {
  const color = { ok: pc.green, warning: pc.yellow, fault: pc.red, unknown: pc.dim }[condition];
  const word = { ok: 'up', warning: 'warning', fault: 'fault', unknown: detail ?? 'unknown' }[condition];
  return `${name} ${color(word)}`;
}

/** Colors have no width. */
const wrapColored = (line: string, columns: number): string[] =>
  Bun.stringWidth(line) <= columns ? [line] : wrapText(Bun.stripANSI(line), columns);

function cutTo(line: string, columns: number): string {
  if (Bun.stringWidth(line) <= columns) return line;
  return `${Bun.stripANSI(line).slice(0, Math.max(0, columns - 1))}…`;
}
