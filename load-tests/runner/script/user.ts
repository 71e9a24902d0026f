import { Worker, MessageChannel } from 'node:worker_threads';
import { join } from 'node:path';
import { EXIT, RunError, ScriptError } from '../core/failures.ts';
import type { HttpClient } from '../http/http-client.ts';
import { Interrupted } from '../core/interruption.ts';
import type {
  ScriptExports,
  FromUser,
  LogLevel,
  Outcome,
  RequestSpec,
  ResponseData,
  Sample,
  Task,
  ToUser,
  UserSetup,
} from '../protocol/protocol.ts';
import type { Options } from '../options/options.ts';
import { createVirtualUser } from './virtual-user.ts';
import { SIGNAL, type WorkerData } from './worker-thread.ts';

/** A virtual user as the main thread drives it, wherever it runs. One task at a time. */
export interface User {
  id: number;
  scriptExports: ScriptExports;
  run(task: Task): Promise<Outcome>;
  /**
   * Ends the present task. The user is of no more use: results that its script waited for may still come.
   */
  interrupt(): Promise<void>;
  giveOptions(options: Options): void;
  close(): void;
}

/** The main thread's services to users. */
export interface Main {
  http(): HttpClient;
  batch: { all: number; host: number };
  emit(sample: Sample): void;
  log(level: LogLevel, text: string): void;
  markFailed(reason: string): void;
}

/** A script that does not come back from an interruption within this is ended with its thread. */
const INTERRUPT_MS = 1000;
const WORKER = join(import.meta.dir, 'worker-thread.ts');

/** A user on this thread's event loop: for scripts that never block. */
export function openLoopUser(setup: UserSetup, main: Main): User {
  const controller = new AbortController();
  const onThisThread = (): never => {
    throw new Error('a call that blocks was made by a script that was taken for one without');
  };
  const user = createVirtualUser(setup, {
    emit: (sample) => main.emit(sample),
    async request(spec) {
      const { signal } = controller;
      if (signal.aborted) throw new Interrupted();
      const response = await main.http().send(spec, signal);
      if (signal.aborted) throw new Interrupted();
      return response;
    },
    requestNow: onThisThread,
    sleep: onThisThread,
    log: main.log,
    markFailed: main.markFailed,
  });
  let running: Promise<Outcome> | undefined;
  let cutOff: (() => void) | undefined;
  return {
    id: setup.id,
    scriptExports: user.scriptExports,
    giveOptions: (options) => {
      setup.options = options;
    },
    run(task) {
      const ended = new Promise<Outcome>((resolve) => {
        cutOff = () => resolve({ kind: 'interrupted' });
      });
      running = Promise.race([user.run(task), ended]);
      return running;
    },
    async interrupt() {
      controller.abort();
      user.dropTimers();
      await Promise.race([running, Bun.sleep(INTERRUPT_MS)]);
      cutOff?.();
    },
    close: () => controller.abort(),
  };
}

/** A user in a worker of its own. Rejects with a ScriptError when the script's init code throws. */
export async function openWorkerUser(setup: UserSetup, main: Main): Promise<User> {
  const signal = new SharedArrayBuffer(8);
  const flags = new Int32Array(signal);
  const { port1: port, port2: responses } = new MessageChannel();
  const workerData: WorkerData = { setup, responses, signal };
  const worker = new Worker(WORKER, { workerData, transferList: [responses] });
  const say = (message: ToUser) => worker.postMessage(message, []);
  const opened = Promise.withResolvers<ScriptExports>();
  let finish: ((outcome: Outcome) => void) | undefined;
  const controller = new AbortController();

  const takeSamples = (samples: Sample[]) => {
    for (const sample of samples) main.emit(sample);
  };
  worker.on('error', (error) => {
    opened.reject(new ScriptError(String(error)));
    finish?.({ kind: 'interrupted' });
  });
  worker.on('message', (message: FromUser) => {
    if ('samples' in message) takeSamples(message.samples);
    switch (message.kind) {
      case 'scriptExports':
        return opened.resolve(message.scriptExports);
      case 'broken':
        return opened.reject(broken(message));
      case 'requests':
        return void answerAll(message.specs);
      case 'asyncRequest':
        return void main
          .http()
          .send(message.spec, controller.signal)
          .then((response) => say({ kind: 'response', id: message.id, response }));
      case 'log':
        return main.log(message.level, message.text);
      case 'markFailed':
        return main.markFailed(message.reason);
      case 'outcome':
        return finish?.(message.outcome);
    }
  });
  const answerAll = async (specs: RequestSpec[]): Promise<void> => {
    const { signal } = controller;
    port.postMessage(await sendAll(main, specs, signal), []);
    Atomics.add(flags, SIGNAL.responses, 1);
    Atomics.notify(flags, SIGNAL.responses);
  };
  const scriptExports = await opened.promise;
  let running: Promise<Outcome> = Promise.resolve({ kind: 'interrupted' });
  return {
    id: setup.id,
    scriptExports,
    giveOptions: (options) => say({ kind: 'options', options }),
    run(task) {
      running = new Promise((resolve) => {
        finish = resolve;
      });
      say({ kind: 'task', task });
      return running;
    },
    async interrupt() {
      Atomics.store(flags, SIGNAL.interrupted, 1);
      Atomics.notify(flags, SIGNAL.interrupted);
      Atomics.add(flags, SIGNAL.responses, 1);
      Atomics.notify(flags, SIGNAL.responses);
      say({ kind: 'interrupt' });
      controller.abort();
      await Promise.race([running, Bun.sleep(INTERRUPT_MS)]);
      finish?.({ kind: 'interrupted' });
    },
    close: () => {
      port.close();
      void worker.terminate();
    },
  };
}

function broken({ message, aborted }: { message: string; aborted: boolean }): RunError {
  return aborted ? new RunError(`test aborted: ${message}`, EXIT.aborted) : new ScriptError(message);
}

/** As many at a time, and as many to one host, as the options allow. In the order of the requests. */
async function sendAll(main: Main, specs: RequestSpec[], signal: AbortSignal): Promise<ResponseData[]> {
  const waiting = specs.map((spec, index) => ({ spec, index, host: hostOf(spec.url) }));
  const responses: ResponseData[] = [];
  const busy = new Map<string, number>();
  const lane = async (): Promise<void> => {
    for (;;) {
      const at = waiting.findIndex(({ host }) => (busy.get(host) ?? 0) < main.batch.host);
      const [next] = at === -1 ? [] : waiting.splice(at, 1);
      if (!next) return;
      busy.set(next.host, (busy.get(next.host) ?? 0) + 1);
      responses[next.index] = await main.http().send(next.spec, signal);
      busy.set(next.host, (busy.get(next.host) ?? 1) - 1);
    }
  };
  await Promise.all(Array.from({ length: Math.min(main.batch.all, specs.length) }, lane));
  return responses;
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
