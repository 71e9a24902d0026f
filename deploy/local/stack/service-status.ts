import type { BreakerStatus } from '../../../platform/resilience/breaker.ts';
import type { Lag } from '../../../platform/consuming/consumer.ts';

/** The status that a process reports on its private port, `/statusz`. */
export interface StatusPage {
  name: string;
  pid: number;
  uptimeSeconds: number;
  /** Of each variable with an address: how the connection to it is protected. */
  protections?: Record<string, string>;
  parts: ServiceStatus[];
}

export interface ServiceStatus extends Record<string, unknown> {
  name: string;
  status: string;
  dependencies?: Record<string, string>;
  breaker?: BreakerStatus;
  consumer?: Lag;
  outbox?: { unsent: number; oldestSeconds: number };
  /** Erasures of customers that are under way. */
  erasures?: { open: number; oldestSeconds: number };
  /** By purpose: months that data is kept, removals since the process began, and the last run. */
  retention?: Record<string, { months: number; removed: number; ranAt: string | null }>;
}

const ASK_MS = 3_000;

/** Returns null when nothing responds, or something else does. */
export async function askStatus(opsUrl: string | undefined): Promise<StatusPage | null> {
  if (opsUrl === undefined) return null;
  try {
    const response = await fetch(`${opsUrl}/statusz`, { signal: AbortSignal.timeout(ASK_MS) });
    const page = (await response.json()) as Partial<StatusPage>;
    return Array.isArray(page.parts) ? (page as StatusPage) : null;
  } catch {
    return null;
  }
}

/** Returns the gateway's public readiness, `/readyz`; null when nothing responds. */
export async function askReadiness(
  url: string,
): Promise<{ status: string; dependencies: Record<string, string> } | null> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ASK_MS) });
    const { status, dependencies } = (await response.json()) as { status?: unknown; dependencies?: unknown };
    if (typeof status !== 'string') return null;
    return { status, dependencies: (dependencies ?? {}) as Record<string, string> };
  } catch {
    return null;
  }
}

export function downOf({ dependencies = {} }: Pick<ServiceStatus, 'dependencies'>): string {
  const down = Object.entries(dependencies).filter(([, state]) => state !== 'up');
  return down.length === 0 ? 'all up' : down.map(([name, state]) => `${name}: ${state}`).join('; ');
}
