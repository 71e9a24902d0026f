import type { Metric, MetricStore } from '../metrics/metric-store.ts';
import type { GeneratorMonitor } from '../metrics/generator.ts';
import type { SystemSide } from '../metrics/system-side.ts';
import type { Moment, Timeline } from '../metrics/timeline.ts';
import type { Options } from '../options/options.ts';
import type { Secrets } from '../options/secrets.ts';
import type { Overrides } from '../options/shorthands.ts';
import type { LogLevel, ScriptExports } from '../protocol/messages.ts';
import type { NetworkPlan } from './network-plan.ts';
import type { Sample } from '../protocol/metrics.ts';
import type { RemoteOptions } from '../script/script.ts';
import type { UserPool } from '../script/user-pool.ts';
import type { User } from '../script/user.ts';

/** A test to run. Printing and files are the caller's. */
export interface RunRequest {
  file: string;
  env: Record<string, string>;
  overrides: Overrides;
  /** Options of a configuration file, below the script's, and of the environment, above them. */
  config: Record<string, unknown>;
  environment: Record<string, unknown>;
  secrets: Secrets;
  noThresholds: boolean;
  /** Whether a summary is wanted, so that the script's `handleSummary` is called. */
  summary: boolean;
  /** Whether the summary has no colors, as its data say. */
  noColor: boolean;
  /** How imports over https are dealt with. */
  remote: RemoteOptions;
  /** Whether the process has a proxy for plain requests, which fetch obeys. */
  usesProxy: boolean;
  /** Private addresses of the system's processes; none when it is not ours. */
  opsUrls: string[];
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  log(level: LogLevel, text: string): void;
  /** Called once, before the first iteration. */
  onStart?(options: Options, style: Style): void;
  onSample?(sample: Sample, metric: Metric): void;
  /** Called every second. */
  onTick?(state: TickState): void;
}

/** Whether users block in workers of their own or share the event loop. */
export type Style = 'workers' | 'event loop';

export interface TickState {
  elapsedMs: number;
  vus: number;
  vusMax: number;
  completed: number;
  interrupted: number;
  store: MetricStore;
  moment: Moment;
  scenarios: Progress[];
}

export interface Progress {
  scenario: string;
  share: number;
  text: string;
}

/** A test under way, as its stages share it. */
export interface Context {
  request: RunRequest;
  options: Options;
  scriptExports: ScriptExports;
  /** Opens a user of its own for setup, teardown or handleSummary. */
  openCallUser(): Promise<User>;
  emit(sample: Sample): void;
  store: MetricStore;
  timeline: Timeline;
  generator: GeneratorMonitor;
  pool: UserPool;
  stats: Float64Array;
  /** Iterations that threw. */
  thrown: number;
  systemSide: SystemSide | null;
  network: Omit<NetworkPlan, 'libc'>;
}
