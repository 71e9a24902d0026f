import type { Jar } from '../http/cookies.ts';
import type { Iteration, LogLevel, Outcome, SharedRows, UserSetup } from '../protocol/messages.ts';
import type { MetricDeclaration, Sample, Tags } from '../protocol/metrics.ts';
import type { RequestSpec, ResponseData } from '../protocol/requests.ts';
import type { BlockingSocket, SocketEvent, SocketHandle, SocketSpec } from '../protocol/sockets.ts';
import type { PendingWork } from './pending-work.ts';

/** The host of a virtual user: the network, time and the test around it. */
export interface Host {
  emit(sample: Sample): void;
  request(spec: RequestSpec): Promise<ResponseData>;
  /** Blocks until every response is there. */
  requestNow(specs: RequestSpec[]): ResponseData[];
  /** Opens a connection, whose events come with the event loop. */
  openSocket(spec: SocketSpec, onEvent: (event: SocketEvent) => void): SocketHandle;
  /** Opens a connection whose events block. */
  openSocketNow(spec: SocketSpec): BlockingSocket;
  /** Blocks. */
  sleep(ms: number): void;
  log(level: LogLevel, text: string): void;
  markFailed(reason: string): void;
  /** Ends the task with this outcome; no code of the script after the call has an effect. */
  leave(outcome: Outcome): never;
}

/** The state of a user, which its modules share. Nothing of it is global: many users may share a thread. */
export interface UserState {
  setup: UserSetup;
  host: Host;
  phase: 'init' | 'setup' | 'default' | 'teardown' | 'handleSummary';
  /** The tags of every sample; `group` and `scenario` among them. */
  tags: Tags;
  jar: Jar;
  iteration: Iteration | undefined;
  /** Iterations of this user, over all scenarios and in the current scenario. */
  count: number;
  countInScenario: number;
  declared: MetricDeclaration[];
  shared: Record<string, SharedRows>;
  pending: PendingWork;
  math: { random(): number; seed(seed: number): void };
  now(): number;
}
