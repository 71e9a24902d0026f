import type { BatchLimits } from '../http/batch.ts';
import type { HttpClient } from '../http/http-client.ts';
import type { SocketClient } from '../sockets/socket-client.ts';
import type {
  CompletedOutcome,
  IterationTask,
  LogLevel,
  Outcome,
  ScriptExports,
  Task,
} from '../protocol/messages.ts';
import type { MetricDeclaration, Sample } from '../protocol/metrics.ts';

/** A virtual user as the main thread drives it, wherever it runs. One task at a time. */
export interface User {
  id: number;
  scriptExports: ScriptExports;
  run(task: Task): Promise<Outcome>;
  /** Runs iterations one after the other without a word from the main thread; resolves with the last. */
  repeat?(task: IterationTask, repetition: Repetition): Promise<Outcome>;
  /** Lets the current iteration be the last. */
  stopRepeating?(): void;
  /**
   * Ends the current task. The user is of no more use: results that its script waited for may still come.
   */
  interrupt(): Promise<void>;
  /** Resolves after the last log line of an idle user; ends a user at work at once. */
  close(): Promise<void>;
}

export interface Repetition {
  /** Unix ms; no iteration starts later. */
  untilMs: number;
  /** Called for each iteration but the last. */
  onDone(outcome: CompletedOutcome): void;
}

/** The main thread's services to users. */
export interface MainThread {
  http(): HttpClient;
  sockets(): SocketClient;
  batchLimits: BatchLimits;
  emit(sample: Sample): void;
  /** Makes the metrics of a user known: a script may declare some for certain users only. */
  declare(metrics: MetricDeclaration[]): void;
  log(level: LogLevel, text: string): void;
  markFailed(reason: string): void;
  /** Takes a lag of the event loop that asynchronous users share. */
  addLoopLag(ms: number): void;
}

/** A script that does not return from an interruption within this time is ended with its thread. */
export const INTERRUPT_MS = 1000;
