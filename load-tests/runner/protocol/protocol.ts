import type { Options } from '../options/options.ts';
import type { Contains, MetricType } from '../core/metric.ts';

/**
 * The messages between the threads. The main thread owns the schedule, the network and the metrics; a
 * virtual user runs the script, in a worker (where it may block) or on the main thread's own event loop.
 */
export type Tags = Record<string, string>;

export interface Sample {
  metric: string;
  value: number;
  tags: Tags;
}

export interface MetricDeclaration {
  name: string;
  type: MetricType;
  contains: Contains;
}

export interface StatusRange {
  min: number;
  max: number;
}

/** One HTTP request as a virtual user asks for it: everything the network side needs, plain data. */
export interface RequestSpec {
  method: string;
  url: string;
  /** The metric tag `name`; the URL when nobody gave one. */
  name: string;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
  timeoutMs: number;
  redirects: number;
  responseType: 'text' | 'binary' | 'none';
  tags: Tags;
  /** Statuses that are no failure; null when failures are not to be counted. */
  expected: StatusRange[] | null;
  cookies: Cookie[];
}

export interface Cookie {
  name: string;
  value: string;
  domain: string;
  hostOnly: boolean;
  path: string;
  /** Unix ms; 0 for the end of the session. */
  expires: number;
  secure: boolean;
  httpOnly: boolean;
}

export interface Timings {
  blocked: number;
  looking_up: number;
  connecting: number;
  tls_handshaking: number;
  sending: number;
  waiting: number;
  receiving: number;
  duration: number;
}

export interface ResponseData {
  url: string;
  status: number;
  status_text: string;
  proto: string;
  headers: Record<string, string>;
  body: string | ArrayBuffer | null;
  timings: Timings;
  error: string;
  error_code: number;
  request: { method: string; url: string; headers: Record<string, string[]>; body: string };
  /** Every cookie that was set on the way, redirects included. */
  cookies: Cookie[];
}

/** Everything that a virtual user needs to exist. */
export interface UserSetup {
  id: number;
  code: string;
  path: string;
  sourceMap: string;
  env: Record<string, string>;
  /** JSON of every SharedArray, made once by the first user; absent for that one. */
  shared?: Record<string, string>;
  /** Absent for the user that reads the options. */
  options?: Options;
  /** Float64Array of `STATS`. */
  stats: SharedArrayBuffer;
}

/** Places in the shared figures that `k6/execution` shows. */
export const STATS = { startedAt: 0, completed: 1, interrupted: 2, active: 3, initialized: 4 } as const;

/** The exports that the first user found in the script. */
export interface ScriptExports {
  options: Record<string, unknown>;
  functions: Record<string, 'sync' | 'async'>;
  metrics: MetricDeclaration[];
  shared: Record<string, string>;
}

export interface ScenarioContext {
  name: string;
  executor: string;
  exec: string;
  startedAt: number;
  /** 0 when it ends by itself. */
  durationMs: number;
  tags: Tags;
  env: Record<string, string>;
}

export interface Iteration {
  scenario: ScenarioContext;
  /** Counted within the scenario, over all users. */
  inScenario: number;
  /** When it should have started: unix ms. */
  intendedAt: number;
}

export type Task =
  | { kind: 'iteration'; iteration: Iteration; data: string | undefined }
  | { kind: 'call'; name: 'setup' | 'teardown' | 'handleSummary'; args: (string | undefined)[] };

export type Outcome =
  | { kind: 'done'; result?: string; error?: string; delayMs: number; durationMs: number }
  | { kind: 'interrupted' }
  | { kind: 'aborted'; reason: string };

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

export type FromUser =
  | { kind: 'scriptExports'; scriptExports: ScriptExports }
  | { kind: 'broken'; message: string; aborted: boolean }
  | { kind: 'samples'; samples: Sample[] }
  | { kind: 'requests'; specs: RequestSpec[]; samples: Sample[] }
  | { kind: 'asyncRequest'; id: number; spec: RequestSpec }
  | { kind: 'log'; level: LogLevel; text: string }
  | { kind: 'markFailed'; reason: string }
  | { kind: 'outcome'; outcome: Outcome; samples: Sample[] };

export type ToUser =
  | { kind: 'options'; options: Options }
  | { kind: 'task'; task: Task }
  | { kind: 'response'; id: number; response: ResponseData }
  | { kind: 'interrupt' };
