import { MessageChannel, Worker } from 'node:worker_threads';
import { join } from 'node:path';
import { sendBatch } from '../http/batch.ts';
import { EXIT, RunError, ScriptError } from '../protocol/endings.ts';
import type { FromUser, Outcome, ScriptExports, ToUser, UserSetup } from '../protocol/messages.ts';
import type { RequestSpec } from '../protocol/requests.ts';
import { INTERRUPT_MS, type MainThread, type User } from './user.ts';
import { SIGNAL, type WorkerData } from './worker-thread.ts';

const WORKER = join(import.meta.dir, 'worker-thread.ts');

/** Opens a user in a worker of its own. Rejects with a ScriptError when the script's init code throws. */
export async function openWorkerUser(setup: UserSetup, main: MainThread): Promise<User> {
  const thread = startThread(setup);
  const opened = Promise.withResolvers<ScriptExports>();
  const controller = new AbortController();
  let finish: ((outcome: Outcome) => void) | undefined;

  const sendNow = async (specs: RequestSpec[]): Promise<void> => {
    thread.leaveResponses(await sendBatch(main.http(), specs, main.batchLimits, controller.signal));
  };
  const sendAsync = async (id: number, spec: RequestSpec): Promise<void> => {
    thread.post({ kind: 'response', id, response: await main.http().send(spec, controller.signal) });
  };
  thread.worker.on('error', (error) => {
    opened.reject(new ScriptError(String(error)));
    finish?.({ kind: 'interrupted' });
  });
  thread.worker.on('message', (message: FromUser) => {
    if ('samples' in message) for (const sample of message.samples) main.emit(sample);
    switch (message.kind) {
      case 'scriptExports':
        return opened.resolve(message.scriptExports);
      case 'broken':
        return opened.reject(initError(message));
      case 'requests':
        return void sendNow(message.specs);
      case 'asyncRequest':
        return void sendAsync(message.id, message.spec);
      case 'log':
        return main.log(message.level, message.text);
      case 'markFailed':
        return main.markFailed(message.reason);
      case 'outcome':
        return finish?.(message.outcome);
    }
  });
  const scriptExports = await opened.promise;
  let running: Promise<Outcome> = Promise.resolve({ kind: 'interrupted' });
  return {
    id: setup.id,
    scriptExports,
    setOptions: (options) => thread.post({ kind: 'options', options }),
    run(task) {
      running = new Promise((resolve) => {
        finish = resolve;
      });
      thread.post({ kind: 'task', task });
      return running;
    },
    async interrupt() {
      thread.interrupt();
      controller.abort();
      await Promise.race([running, Bun.sleep(INTERRUPT_MS)]);
      finish?.({ kind: 'interrupted' });
    },
    close: thread.close,
  };
}

/** Starts the worker with its two ways back: a port for responses, and a signal that it can block on. */
function startThread(setup: UserSetup) {
  const signal = new SharedArrayBuffer(8);
  const flags = new Int32Array(signal);
  const { port1: port, port2: responses } = new MessageChannel();
  const workerData: WorkerData = { setup, responses, signal };
  const worker = new Worker(WORKER, { workerData, transferList: [responses] });
  const post = (message: ToUser) => worker.postMessage(message, []);
  const wake = () => {
    Atomics.add(flags, SIGNAL.responses, 1);
    Atomics.notify(flags, SIGNAL.responses);
  };
  return {
    worker,
    post,
    leaveResponses(list: unknown[]) {
      port.postMessage(list, []);
      wake();
    },
    interrupt() {
      Atomics.store(flags, SIGNAL.interrupted, 1);
      Atomics.notify(flags, SIGNAL.interrupted);
      wake();
      post({ kind: 'interrupt' });
    },
    close() {
      port.close();
      void worker.terminate();
    },
  };
}

function initError({ message, aborted }: { message: string; aborted: boolean }): RunError {
  return aborted ? new RunError(`test aborted: ${message}`, EXIT.aborted) : new ScriptError(message);
}
