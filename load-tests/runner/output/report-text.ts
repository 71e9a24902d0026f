import type { GeneratorReport, Latency } from '../metrics/generator.ts';
import type { SystemReport } from '../metrics/system-side.ts';
import { formatTime } from './format-value.ts';
import { generatorRows, systemRows } from './report-rows.ts';

/** The text below k6's summary: the generator's own figures. */
export function generatorText(report: GeneratorReport): string {
  return [
    '  █ GENERATOR',
    '',
    ...generatorRows(report).map(([name, latency]) => line(name, latencyText(latency))),
    line('requests at the socket', requestsText(report)),
    line('cpu', `${(report.cpuShare * 100).toFixed(0)} % of a core`),
    ...report.warnings.map((warning) => `    WARNING: ${warning}`),
    '',
  ].join('\n');
}

function requestsText({ requests }: GeneratorReport): string {
  const { atSocket, aroundFetch, reason } = requests;
  return `${atSocket} of ${atSocket + aroundFetch}${reason === undefined ? '' : `: ${reason}`}`;
}

/** The text below that: the system's side. */
export function systemText(system: SystemReport): string {
  return ['  █ SYSTEM', '', ...systemRows(system).map(([name, text]) => line(name, text)), ''].join('\n');
}

function latencyText(latency: Latency): string {
  const cells = Object.entries(latency).map(([stat, ms]) => `${stat}=${formatTime(ms as number).padEnd(9)}`);
  return cells.join(' ').trimEnd();
}

const line = (name: string, text: string) => `    ${`${name} `.padEnd(34, '.')}: ${text}`;
