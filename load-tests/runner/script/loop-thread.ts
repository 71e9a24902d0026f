import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { createHttpClient } from '../http/http-client.ts';
import { measureLoopLag } from '../metrics/generator.ts';
import { takeIterationNumber } from '../protocol/iteration-counter.ts';
import type { LogLevel, Outcome, ScenarioContext, UserSetup } from '../protocol/messages.ts';
import type { MetricDeclaration } from '../protocol/metrics.ts';
import { createSocketClient } from '../sockets/socket-client.ts';
import { type LoopServices, type LoopUser, openLoopUser } from './loop-user.ts';
import { createSampleEncoder, type SampleBatch } from '../protocol/sample-codec.ts';
import { userOfError } from './stack.ts';

/**
 * A thread for all users of a script that never blocks, with their network. The main thread can end it: a
 * script that never lets others run must not stop the test.
 */
export type ToLoop =
  | { kind: 'open'; id: number }
  /** The scenario of the tasks that name it by its place in the list, and the result of `setup`. */
  | { kind: 'scenario'; scenario: ScenarioContext; data: string | undefined }
  | { kind: 'tasks'; tasks: LoopTask[] }
  /** Lets the current iteration of a user be its last. */
  | { kind: 'stop'; id: number }
  | { kind: 'interrupt'; id: number }
  | { kind: 'close'; id: number }
  | { kind: 'ping' };

interface EndedIteration {
  id: number;
  outcome: Outcome;
  /** Whether the user waits for its next task. */
  isLast: boolean;
}

/** An iteration; with `untilMs`, iterations until that moment. All times are Unix ms. */
export type LoopTask = [
  id: number,
  scenario: number,
  inScenario: number,
  intendedAt: number,
  untilMs: number | undefined,
];

export type FromLoop =
  | { kind: 'opened'; id: number; metrics: MetricDeclaration[] }
  | { kind: 'broken'; id: number; message: string; aborted?: string }
  | { kind: 'batch'; samples: SampleBatch | null; done: number[]; outcomes: EndedIteration[] }
  | { kind: 'log'; level: LogLevel; text: string }
  | { kind: 'markFailed'; reason: string }
  | { kind: 'lag'; ms: number }
  | { kind: 'pong' };

export type LoopSetup = Omit<UserSetup, 'id'>;

/** The main thread waits only for a user's last outcome; all else may come a little later, at less cost. */
const FLUSH_MS = 10;

if (parentPort) startServing(parentPort, workerData as LoopSetup);

function startServing(main: MessagePort, setup: LoopSetup): void {
  const post = (message: FromLoop) => main.postMessage(message, []);
  measureLoopLag((ms) => post({ kind: 'lag', ms }));
  const users = new Map<number, LoopUser>();
  const batch = createBatch(post);
  const log = (level: LogLevel, text: string) => post({ kind: 'log', level, text });
  const services: LoopServices = {
    http: createHttpClient(setup.options!.http, { emit: batch.addSample, log }),
    sockets: createSocketClient(setup.options!.http, batch.addSample),
    emit: batch.addSample,
    log,
    markFailed: (reason) => post({ kind: 'markFailed', reason }),
  };
  const endByUncaught = (error: unknown) => {
    const [first, ...rest] = users.values();
    const user = users.get(userOfError(error) ?? NaN) ?? (rest.length === 0 ? first : undefined);
    if (user) user.endByUncaught(error);
    else services.log('error', `Uncaught (in promise) ${String(error)}`);
  };
  process.on('unhandledRejection', endByUncaught);
  process.on('uncaughtException', endByUncaught);
  const open = async (id: number): Promise<void> => {
    let early: Outcome | undefined;
    try {
      const user = await openLoopUser({ ...setup, id }, services, (outcome) => (early = outcome));
      users.set(id, user);
      post({ kind: 'opened', id, metrics: user.metrics });
    } catch (error) {
      const aborted = early?.kind === 'aborted' ? { aborted: early.reason } : {};
      post({ kind: 'broken', id, message: (error as Error).message, ...aborted });
    }
  };
  const scenarios: { scenario: ScenarioContext; data: string | undefined }[] = [];
  const stopped = new Set<number>();
  const run = async ([id, index, first, firstIntendedAt, untilMs = 0]: LoopTask): Promise<void> => {
    const { scenario, data } = scenarios[index]!;
    const user = users.get(id);
    stopped.delete(id);
    let [inScenario, intendedAt] = [first, firstIntendedAt];
    for (;;) {
      const iteration = { scenario, inScenario, intendedAt };
      const outcome = await user
        ?.run({ kind: 'iteration', iteration, data })
        .catch((error): Outcome => ({ kind: 'crashed', error: String(error) }));
      if (!outcome) return;
      intendedAt = performance.timeOrigin + performance.now();
      const isLast = outcome.kind !== 'done' || intendedAt >= untilMs || stopped.has(id);
      batch.addOutcome({ id, outcome, isLast });
      if (isLast) return;
      inScenario = takeIterationNumber(scenario);
    }
  };
  main.on('message', (message: ToLoop) => {
    switch (message.kind) {
      case 'open':
        return void open(message.id);
      case 'scenario':
        return void scenarios.push(message);
      case 'tasks':
        for (const task of message.tasks) void run(task);
        return;
      case 'stop':
        return void stopped.add(message.id);
      case 'interrupt':
        return users.get(message.id)?.interrupt();
      case 'close':
        users.get(message.id)?.interrupt();
        users.delete(message.id);
        return;
      case 'ping':
        batch.flush();
        return post({ kind: 'pong' });
    }
  });
}

/** Sends samples and outcomes together: at the end of the turn when the main thread waits for one. */
function createBatch(post: (message: FromLoop) => void) {
  const encoder = createSampleEncoder();
  let done: number[] = [];
  let outcomes: EndedIteration[] = [];
  let isUrgent = false;
  const flush = () => {
    isUrgent = false;
    const samples = encoder.isEmpty() ? null : encoder.take();
    if (samples || done.length + outcomes.length > 0) post({ kind: 'batch', samples, done, outcomes });
    done = [];
    outcomes = [];
  };
  setInterval(flush, FLUSH_MS);
  return {
    flush,
    addSample: encoder.add,
    addOutcome(ended: EndedIteration) {
      const { id, outcome, isLast } = ended;
      if (outcome.kind === 'done' && outcome.error === undefined && !isLast) {
        done.push(id, outcome.delayMs, outcome.durationMs);
        return;
      }
      outcomes.push(ended);
      if (!isLast || isUrgent) return;
      isUrgent = true;
      setImmediate(flush);
    },
  };
}
