import { formatTime } from './format-value.ts';
import type { GeneratorReport, Latency } from '../metrics/monitor.ts';
import { lagText, type SystemReport } from '../metrics/system-side.ts';

/** The text below k6's summary: the generator's own figures and the system's side. */
export function generatorText({ warnings, cpuShare, ...rest }: GeneratorReport): string {
  const row = (name: string, latency: Latency) => {
    const cells = Object.entries(latency).map(
      ([stat, ms]) => `${stat}=${formatTime(ms as number).padEnd(9)}`,
    );
    return `    ${`${name} `.padEnd(34, '.')}: ${cells.join(' ')}`.trimEnd();
  };
  const lines = [
    '  █ GENERATOR',
    '',
    row('iteration, service time', rest.service),
    row('iteration, from intended start', rest.fromIntended),
    row('start delay', rest.startDelay),
    row('event loop lag', rest.loopLag),
    `    ${'cpu '.padEnd(34, '.')}: ${(cpuShare * 100).toFixed(0)} % of a core`,
    ...warnings.map((warning) => `    WARNING: ${warning}`),
    '',
  ];
  return lines.join('\n');
}

export function systemText(system: SystemReport): string {
  const row = (name: string, text: string) => `    ${`${name} `.padEnd(34, '.')}: ${text}`;
  const answered = Object.entries(system.answered).map(([status, count]) => `${status} ${count}`);
  return [
    '  █ SYSTEM',
    '',
    row('lag', lagText(system)),
    row('stored', `${system.stored} events, ${system.redelivered} redelivered`),
    row('dead letters', String(system.deadLetters)),
    row('answered', answered.join(', ')),
    row('breaker', system.breaker.join(', ') || 'not seen'),
    row('memory', `max ${system.memoryMaxMb.toFixed(0)} MB`),
    ...(system.silent > 0 ? [row('no answer from a part', `${system.silent} times`)] : []),
    '',
  ].join('\n');
}
