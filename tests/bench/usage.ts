import { readFileSync } from 'node:fs';
import type { System } from '../../deploy/local/stack/system.ts';
import { descendantsOf } from '../drills/faults.ts';

/** The resources that the processes of a system use, as Linux counts them. */
export interface Usage {
  /** Seconds of a core that all services and engines have used. */
  cpuSeconds: number;
  /** The same by the name of the service or engine. */
  cpuSecondsByProcess: Map<string, number>;
  /** The largest memory that the largest of the services ever had, in MB. */
  peakRssMb: number;
}

const TICKS_PER_SECOND = 100;

export function usageOf(system: System): Usage {
  const { children } = system.state();
  const services = children.filter(({ kind }) => kind === 'service');
  const cpuSecondsByProcess = new Map(
    children.map(({ name, pid }) => {
      const pids = pid === undefined ? [] : [pid, ...descendantsOf(pid)];
      return [name, pids.map(cpuSecondsOf).reduce((total, seconds) => total + seconds, 0)];
    }),
  );
  return {
    cpuSeconds: [...cpuSecondsByProcess.values()].reduce((total, seconds) => total + seconds, 0),
    cpuSecondsByProcess,
    peakRssMb: Math.round(Math.max(...services.map(({ pid }) => (pid === undefined ? 0 : peakMbOf(pid))))),
  };
}

function cpuSecondsOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // User and system time, its own and that of children it has waited for.
  return fields.slice(11, 15).reduce((total, ticks) => total + Number(ticks), 0) / TICKS_PER_SECOND;
}

function peakMbOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
