import type { MetricDeclaration } from './metrics.ts';
import type { SampleBatch } from './sample-codec.ts';
import type { SocketCommand, SocketEvent, SocketSpec } from './sockets.ts';
import type { HttpOptions, RequestSpec, ResponseData } from './requests.ts';

/**
 * The messages between the threads. The main thread owns the schedule, the metrics and the network, but for
 * plain requests that block; a virtual user runs the script, in a worker (where it may block) or on an event
 * loop with others.
 */
export type ToUser =
  /** With `untilMs` (Unix ms) iterations one after the other until then. */
  | { kind: 'task'; task: Task; untilMs?: number | undefined }
  | { kind: 'response'; id: number; response: ResponseData }
  | { kind: 'requestFailed'; id: number; error: string }
  | { kind: 'socketEvent'; id: number; event: SocketEvent }
  | { kind: 'interrupt' }
  | { kind: 'close' };

export type FromUser =
  | { kind: 'scriptExports'; scriptExports: ScriptExports }
  | { kind: 'broken'; message: string }
  | ({ kind: 'samples' } & Batch)
  | ({ kind: 'requests'; specs: RequestSpec[] } & Batch)
  | { kind: 'lookUp'; name: string }
  | { kind: 'asyncRequest'; id: number; spec: RequestSpec }
  | { kind: 'openSocket'; id: number; spec: SocketSpec; isBlocking: boolean }
  | { kind: 'socketCommand'; id: number; command: SocketCommand }
  | { kind: 'log'; level: LogLevel; text: string }
  | { kind: 'markFailed'; reason: string }
  | ({ kind: 'outcome'; outcome: Outcome } & Batch)
  /** The last message of a user. */
  | { kind: 'closing' };

/** The news of a user since its last message. */
export interface Batch {
  samples: SampleBatch | null;
  /** Of iterations that others followed, without an error: delay, duration; delay, duration; ... */
  done: number[];
  /** Of those with an error. */
  outcomes: CompletedOutcome[];
}

/** Everything that a virtual user needs to exist. */
export interface UserSetup {
  id: number;
  code: string;
  path: string;
  sourceMap: string;
  env: Record<string, string>;
  /** Every SharedArray by its name, made once by the first user; absent for that user. */
  shared?: Record<string, SharedRows>;
  /** The values of each source by their keys; `default` is one of the sources. */
  secrets?: Record<string, Record<string, string>>;
  /** Absent for the user that reads the options. */
  options?: UserOptions;
  /** Float64Array of `STATS`. */
  stats: SharedArrayBuffer;
  /** The library of the system's calls; absent when every request goes through the main thread. */
  libc?: string | undefined;
}

/** The options as far as a virtual user needs them. */
export interface UserOptions {
  tags: Record<string, string>;
  http: HttpOptions;
  /** The options in k6's own form, as `exec.test.options` shows them. */
  k6Form: Record<string, unknown>;
  /** Null when this generator runs the whole test. */
  stripe: Stripe | null;
}

/** The places of one of several generators among every `total` users or iterations. */
export interface Stripe {
  total: number;
  offsets: number[];
}

/** The elements of a SharedArray as JSON, one after the other, in memory that all threads share. */
export interface SharedRows {
  bytes: SharedArrayBuffer;
  /** Float64Array of the place after each element. */
  ends: SharedArrayBuffer;
}

/** Indexes of the shared figures that `k6/execution` shows. */
export const STATS = { startedAt: 0, completed: 1, interrupted: 2, active: 3, initialized: 4 } as const;

/** The exports of the script, as its first user found them. */
export interface ScriptExports {
  options: Record<string, unknown>;
  functions: Record<string, 'sync' | 'async'>;
  metrics: MetricDeclaration[];
  shared: Record<string, SharedRows>;
}

export type Task = IterationTask | CallTask;

export interface IterationTask {
  kind: 'iteration';
  iteration: Iteration;
  data: string | undefined;
}

interface CallTask {
  kind: 'call';
  name: 'setup' | 'teardown' | 'handleSummary';
  args: (string | undefined)[];
}

export interface Iteration {
  scenario: ScenarioContext;
  /** Counted within the scenario, over all users. */
  inScenario: number;
  /** Unix ms of the start by the schedule. */
  intendedAt: number;
}

export interface ScenarioContext {
  name: string;
  executor: string;
  exec: string;
  startedAt: number;
  /** 0 when it ends by itself. */
  durationMs: number;
  /** Int32Array with the number of iterations started. */
  started: SharedArrayBuffer;
  tags: Record<string, string>;
  env: Record<string, string>;
}

export interface CompletedOutcome {
  kind: 'done';
  result?: string;
  error?: string;
  delayMs: number;
  durationMs: number;
}

export type Outcome =
  | CompletedOutcome
  | { kind: 'interrupted' }
  /** Has an exit code of its own when the script asked for something that is not offered. */
  | { kind: 'aborted'; reason: string; exitCode?: number }
  /** The user's thread ended: the user is of no more use. */
  | { kind: 'crashed'; error: string };

/** The responses to a batch of blocking requests, or the error that kept them from being sent. */
export type BatchResult = { responses: ResponseData[] } | { error: string };

/** The messages for a thread that blocks. */
export type Delivery =
  | BatchResult
  | { socket: number; event: SocketEvent }
  /** None when the name was not found. */
  | { name: string; addresses: string[] };

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';
