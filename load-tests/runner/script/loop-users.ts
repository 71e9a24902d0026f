import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { EXIT, RunError, ScriptError } from '../protocol/endings.ts';
import type { IterationTask, Outcome, ScenarioContext, ScriptExports, Task } from '../protocol/messages.ts';
import type { FromLoop, LoopSetup, LoopTask, ToLoop } from './loop-thread.ts';
import { createSampleDecoder, type SampleBatch } from '../protocol/sample-codec.ts';
import type { MainThread, Repetition, User } from './user.ts';

const THREAD = join(import.meta.dir, 'loop-thread.ts');

/** A thread that gives no sign for so long after an interruption is ended, and its users with it. */
const SILENCE_MS = 3000;

/** Opens users on the event loop of a thread that they share, with a new thread after one was ended. */
export function createLoopUsers(setup: LoopSetup, scriptExports: ScriptExports, main: MainThread) {
  let thread: LoopThread | undefined;
  return {
    async open(id: number): Promise<User> {
      if (!thread || thread.isOver()) thread = startLoopThread(setup, main);
      return thread.open(id, scriptExports);
    },
    close: () => thread?.end('the test is over'),
  };
}

type LoopThread = ReturnType<typeof startLoopThread>;

interface Seat {
  opened: PromiseWithResolvers<void>;
  running?: PromiseWithResolvers<Outcome>;
  onDone?: Repetition['onDone'];
}

function startLoopThread(setup: LoopSetup, main: MainThread) {
  const worker = new Worker(THREAD, { workerData: setup });
  const { post, sendTask } = createSender((message) => worker.postMessage(message, []));
  const seats = new Map<number, Seat>();
  const emitBatch = createSampleDecoder(main.emit);
  let isOver = false;
  let heardAt = performance.now();
  const end = (reason: string) => {
    if (isOver) return;
    isOver = true;
    void worker.terminate();
    for (const { opened, running } of seats.values()) {
      opened.reject(new ScriptError(reason));
      running?.resolve({ kind: 'crashed', error: `the thread of the users ended: ${reason}` });
    }
  };
  worker.on('error', (error) => end(String(error)));
  worker.on('exit', (code) => end(`exit ${code}`));
  worker.on('message', (message: FromLoop) => {
    heardAt = performance.now();
    receive(message, { seats, main, emitBatch });
  });
  /** Ends the thread when none of its code lets others run, so that it cannot end the user itself. */
  const endWhenSilent = async (running: Promise<Outcome>): Promise<void> => {
    const askedAt = performance.now();
    post({ kind: 'ping' });
    await Promise.race([running, Bun.sleep(SILENCE_MS)]);
    if (heardAt < askedAt) end('a loop of the script never let others run');
  };
  const openSeat = async (id: number, scriptExports: ScriptExports): Promise<User> => {
    const seat: Seat = { opened: Promise.withResolvers() };
    seats.set(id, seat);
    post({ kind: 'open', id });
    await seat.opened.promise;
    const start = (task: Task, repetition?: Repetition): Promise<Outcome> => {
      if (isOver) return Promise.resolve({ kind: 'crashed', error: 'the thread of the users has ended' });
      if (task.kind !== 'iteration') throw new Error(`${task.name} is called on a user of its own`);
      seat.running = Promise.withResolvers();
      if (repetition) seat.onDone = repetition.onDone;
      sendTask(id, task, repetition?.untilMs);
      return seat.running.promise;
    };
    return {
      id,
      scriptExports,
      run: (task) => start(task),
      repeat: (task, repetition) => start(task, repetition),
      stopRepeating: () => post({ kind: 'stop', id }),
      async interrupt() {
        const { running } = seat;
        if (!running || isOver) return;
        post({ kind: 'interrupt', id });
        await endWhenSilent(running.promise);
        running.resolve({ kind: 'interrupted' });
      },
      async close() {
        if (!isOver) post({ kind: 'close', id });
        if (seats.get(id) === seat) seats.delete(id);
      },
    };
  };
  return { open: openSeat, end, isOver: () => isOver };
}

/** Sends the tasks of a turn of the event loop together, and each scenario once. */
function createSender(send: (message: ToLoop) => void) {
  const scenarios: ScenarioContext[] = [];
  let tasks: LoopTask[] = [];
  const flush = () => {
    if (tasks.length > 0) send({ kind: 'tasks', tasks });
    tasks = [];
  };
  return {
    /** Keeps the order: a message that ends a task must not come before it. */
    post(message: ToLoop) {
      flush();
      send(message);
    },
    sendTask(id: number, { iteration, data }: IterationTask, untilMs: number | undefined) {
      const { scenario, inScenario, intendedAt } = iteration;
      if (!scenarios.includes(scenario)) {
        scenarios.push(scenario);
        send({ kind: 'scenario', scenario, data });
      }
      if (tasks.length === 0) setImmediate(flush);
      tasks.push([id, scenarios.indexOf(scenario), inScenario, intendedAt, untilMs]);
    },
  };
}

interface Receiver {
  seats: Map<number, Seat>;
  main: MainThread;
  emitBatch(batch: SampleBatch): void;
}

function receive(message: FromLoop, { seats, main, emitBatch }: Receiver): void {
  switch (message.kind) {
    case 'opened':
      main.declare(message.metrics);
      return seats.get(message.id)?.opened.resolve();
    case 'broken': {
      const { aborted } = message;
      const abort = new RunError(`test aborted: ${aborted ?? ''}`, EXIT.aborted);
      const error = aborted === undefined ? new ScriptError(message.message) : abort;
      return seats.get(message.id)?.opened.reject(error);
    }
    case 'batch':
      if (message.samples) emitBatch(message.samples);
      receiveDone(message.done, seats);
      for (const { id, outcome, isLast } of message.outcomes) {
        const seat = seats.get(id);
        if (isLast) seat?.running?.resolve(outcome);
        else if (outcome.kind === 'done') seat?.onDone?.(outcome);
      }
      return;
    case 'log':
      return main.log(message.level, message.text);
    case 'markFailed':
      return main.markFailed(message.reason);
    case 'lag':
      return main.addLoopLag(message.ms);
    case 'pong':
  }
}

function receiveDone(done: number[], seats: Map<number, Seat>): void {
  for (let at = 0; at < done.length; at += 3) {
    const [id = 0, delayMs = 0, durationMs = 0] = done.slice(at, at + 3);
    seats.get(id)?.onDone?.({ kind: 'done', delayMs, durationMs });
  }
}
