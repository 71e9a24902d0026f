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
  /** The header `Date` of the response: the clock of the process. */
  date?: string | null;
}

export interface ServiceStatus extends Record<string, unknown> {
  name: string;
  status: string;
  dependencies?: Record<string, string>;
  breaker?: BreakerStatus;
  outbox?: { unsent: number; oldestSeconds: number };
  /** Erasures of customers that are under way. */
  erasures?: { open: number; oldestSeconds: number };
  /** By purpose: months that data is kept, removals since the process began, and the last run. */
  retention?: Record<string, { months: number; removed: number; ranAt: string | null }>;
}

/** Returns the sum of the lags of a service's consumers, each with its own name; null without a consumer. */
export function lagOf(service: Partial<ServiceStatus>): Lag | null {
  const lags = Object.values(service).filter(isLag);
  const sum = (figure: keyof Lag) => lags.reduce((total, lag) => total + (lag[figure] ?? 0), 0);
  if (lags.length === 0) return null;
  return {
    pending: sum('pending'),
    unacknowledged: sum('unacknowledged'),
    redelivered: sum('redelivered'),
    deadLetters: sum('deadLetters'),
    deadLettersDiscarded: sum('deadLettersDiscarded'),
    deadLettersWaiting: sum('deadLettersWaiting'),
  };
}

const isLag = (value: unknown): value is Lag =>
  isObject(value) &&
  ['pending', 'unacknowledged', 'redelivered'].every((name) => Number.isFinite(value[name]));

export type Readiness = Pick<ServiceStatus, 'status' | 'dependencies'>;

/** Whether it is what a service says of itself; whoever else listens there may say anything. */
export function isReadiness(value: unknown): value is Readiness {
  if (!isObject(value) || typeof value.status !== 'string') return false;
  const { dependencies = {} } = value;
  return isObject(dependencies) && Object.values(dependencies).every((state) => typeof state === 'string');
}

const isServiceStatus = (value: unknown): boolean =>
  isReadiness(value) && typeof (value as { name?: unknown }).name === 'string';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const ASK_MS = 3_000;

/** Returns null when nothing responds, or something else does. */
export async function askStatus(opsUrl: string | undefined): Promise<StatusPage | null> {
  if (opsUrl === undefined) return null;
  try {
    const response = await fetch(`${opsUrl}/statusz`, { signal: AbortSignal.timeout(ASK_MS) });
    const page = (await response.json()) as { parts?: unknown };
    const isPage = Array.isArray(page.parts) && page.parts.every(isServiceStatus);
    return isPage ? { ...(page as unknown as StatusPage), date: response.headers.get('date') } : null;
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
    const readiness: unknown = await response.json();
    return isReadiness(readiness) ? { dependencies: {}, ...readiness } : null;
  } catch {
    return null;
  }
}

export function downOf({ dependencies = {} }: Pick<ServiceStatus, 'dependencies'>): string {
  const down = Object.entries(dependencies).filter(([, state]) => state !== 'up');
  return down.length === 0 ? 'all up' : down.map(([name, state]) => `${name}: ${state}`).join('; ');
}
