import { monotonicMs } from '../kernel/monotonic-ms.ts';
import { FLOW_METRICS, readMetrics, type SeriesValues } from './read-metrics.ts';

/** Longer than a process itself waits for an engine that is frozen: its checks, then its figures. */
const ASK_MS = 4000;
/** A status is read again after this time: each one asks the engines whether they respond. */
const STATUS_MS = 3500;

/** A process of the version before sends all that it has. */
const STATUS_PATH = '/statusz?details=none';
const METRICS_PATH = `/metrics?${new URLSearchParams(FLOW_METRICS.map((name) => ['name[]', name]))}`;

/** The status of a service, as `/statusz` of its process has it. */
export interface ServicePage extends Record<string, unknown> {
  name: string;
  status: string;
  dependencies?: Record<string, string>;
}

export interface ProcessSample {
  /** Its private address, host and port. */
  process: string;
  /** By a clock that nobody sets: rates are by the time between two samples. */
  atMs: number;
  /** Null when nothing responds, or something else does. */
  page: ProcessPage | null;
  /** Its services, also while it does not respond; none where it never did. */
  services: string[];
  metrics: SeriesValues;
}

interface ProcessPage {
  atMs: number;
  uptimeSeconds: number;
  parts: ServicePage[];
}

/** Reads metrics and status of a process at its private address; a status of a moment ago is taken again. */
export async function sampleProcess(opsUrl: string, before?: ProcessSample): Promise<ProcessSample> {
  const earlier = before?.page;
  const ask = async (path: string) => {
    const response = await fetch(opsUrl + path, { signal: AbortSignal.timeout(ASK_MS) });
    if (!response.ok) throw new Error(`${path} returns ${response.status}`);
    return response;
  };
  const process = new URL(opsUrl).host;
  const isFresh = earlier && monotonicMs() - earlier.atMs < STATUS_MS;
  try {
    const [page, { text, atMs }] = await Promise.all([
      isFresh ? earlier : ask(STATUS_PATH).then(readPage),
      ask(METRICS_PATH).then(async (response) => ({ text: await response.text(), atMs: monotonicMs() })),
    ]);
    const services = page.parts.map(({ name }) => name);
    return { process, atMs, page, services, metrics: readMetrics(text) };
  } catch {
    return { process, atMs: monotonicMs(), page: null, services: before?.services ?? [], metrics: new Map() };
  }
}

async function readPage(response: Response): Promise<ProcessPage> {
  const { uptimeSeconds, parts } = (await response.json()) as ProcessPage;
  if (!Array.isArray(parts)) throw new Error('no status of a process');
  return { atMs: monotonicMs(), uptimeSeconds, parts };
}

const STARTED = 'process_start_time_seconds';

/** Whether two samples are of one process, not of another that began at the same address. */
export const isSameProcess = (a: ProcessSample | undefined, b: ProcessSample): boolean =>
  a !== undefined && a.page !== null && a.metrics.get(STARTED) === b.metrics.get(STARTED);
