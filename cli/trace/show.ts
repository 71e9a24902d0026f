import { pc } from '../ui/colors.ts';
import { print, talk } from '../ui/output.ts';
import type { Trace } from './trace.ts';

/** The timeline for a terminal: time, time since the step before, place, event. */
export function showTrace({ id, kind, userIds, entries, notes }: Trace): void {
  const users = kind === 'user' || userIds.length === 0 ? '' : `  of user ${userIds.join(', ')}`;
  print(`${pc.bold(`${kind} ${id}`)}${users}`);
  let day = '';
  let before: number | null = null;
  for (const { at, where, what } of entries) {
    if (at !== null && at.slice(0, 10) !== day) {
      day = at.slice(0, 10);
      print(pc.dim(`${day} UTC`));
    }
    const ms = at === null ? null : msOf(at);
    const delta = ms === null || before === null ? '' : `+${durationOf(ms - before)}`;
    const time = at === null ? 'not yet' : at.slice(11, 23);
    print(`  ${time.padEnd(12)}  ${pc.dim(delta.padStart(9))}  ${pc.cyan(where.padEnd(12))}  ${what}`);
    if (ms !== null) before = ms;
  }
  for (const note of notes) talk(`note: ${note}`);
}

const msOf = (at: string) => Date.parse(at) + Number(at.slice(23, 26)) / 1000;

function durationOf(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 60 / 24)} d`;
}
