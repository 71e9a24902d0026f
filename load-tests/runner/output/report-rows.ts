import type { GeneratorReport, Latency } from '../metrics/generator.ts';
import type { SystemReport } from '../metrics/system-side.ts';

/** The rows of the generator's and the system's figures, as both the text and the HTML report show them. */
export function generatorRows(report: GeneratorReport): [name: string, latency: Latency][] {
  return [
    ['iteration, service time', report.service],
    ['iteration, from intended start', report.fromIntended],
    ['start delay', report.startDelay],
    ['event loop lag', report.loopLag],
  ];
}

export function systemRows(system: SystemReport): [name: string, text: string][] {
  const responses = Object.entries(system.answered).map(([status, count]) => `${status} ${count}`);
  return [
    ['lag', lagText(system)],
    ['stored', `${system.stored} events, ${system.redelivered} redelivered`],
    ['dead letters', String(system.deadLetters)],
    ['responses', responses.join(', ')],
    ['breaker', system.breaker.join(', ') || 'not seen'],
    ['memory', `max ${system.memoryMaxMb.toFixed(0)} MB`],
    ...(system.silent > 0 ? [['no response', `${system.silent} polls`] as [string, string]] : []),
  ];
}

function lagText({ lagMax, lagEnd, settledMs }: SystemReport): string {
  const end = lagEnd === 0 ? `all processed ${Math.round(settledMs)} ms after the load` : `${lagEnd} left`;
  return `max ${lagMax} messages, ${end}`;
}
