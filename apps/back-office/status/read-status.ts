import { findProcesses } from '../../../platform/http/ops-addresses.ts';
import type { ServiceState, SystemStatus } from '../../../sdk/contracts/operator-status.ts';

const ASK_MS = 2000;

/** The status page of a process, as platform/http/operations.ts writes it. */
interface StatusPage {
  pid: number;
  uptimeSeconds: number;
  parts: (Record<string, unknown> & { name: string; status: string; dependencies: Record<string, string> })[];
}

/** Asks the private ports of all processes at once. */
export async function readStatus(opsUrls: string[]): Promise<SystemStatus> {
  const processes = await findProcesses(opsUrls);
  const pages = await Promise.all(processes.map(askProcess));
  return {
    services: pages.flatMap((services) => services ?? []),
    unreachable: processes.filter((_, index) => pages[index] === null).map(hostOf),
  };
}

/** Returns null when nothing responds, or something else does. */
async function askProcess(opsUrl: string): Promise<ServiceState[] | null> {
  try {
    const response = await fetch(`${opsUrl}/statusz`, { signal: AbortSignal.timeout(ASK_MS) });
    const { pid, uptimeSeconds, parts } = (await response.json()) as StatusPage;
    return parts.map(({ name, status, dependencies, ...details }) => ({
      service: name,
      process: hostOf(opsUrl),
      pid,
      uptime_seconds: uptimeSeconds,
      status,
      dependencies,
      details,
    }));
  } catch {
    return null;
  }
}

const hostOf = (url: string) => new URL(url).host;
