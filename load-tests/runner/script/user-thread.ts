import { lookup } from 'node:dns/promises';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { sendBatch } from '../http/batch.ts';
import { closeDescriptors, createDescriptors } from '../http/blocking/connections.ts';
import { openLibc } from '../http/blocking/libc.ts';
import type { Delivery, ToUser, UserSetup } from '../protocol/messages.ts';
import type { RequestSpec } from '../protocol/requests.ts';
import type { MainThread } from './user.ts';
import { SIGNAL } from './signal.ts';
import type { WorkerData } from './worker-host.ts';

const WORKER = join(import.meta.dir, 'worker-thread.ts');

/** A worker with its two ways back: a port for responses, and a signal that it can block on. */
export interface UserThread {
  worker: Worker;
  post(message: ToUser): void;
  /** Leaves a message for the thread where it looks while it blocks. */
  leave(delivery: Delivery): void;
  interrupt(): void;
  /** Lets the current iteration be the last, or not. */
  setStopped(isStopped: boolean): void;
  close(): void;
}

export function startThread(setup: UserSetup): UserThread {
  const signal = new SharedArrayBuffer(4 * Object.keys(SIGNAL).length);
  const flags = new Int32Array(signal);
  const { port1: port, port2: responses } = new MessageChannel();
  const descriptors = createDescriptors();
  const workerData: WorkerData = { setup, responses, signal, descriptors };
  const worker = new Worker(WORKER, { workerData, transferList: [responses] });
  const { libc } = setup;
  // A thread that was ended in the middle of its work has closed nothing.
  if (libc !== undefined) {
    worker.on('exit', () => closeDescriptors(descriptors, (fd) => callsOf(libc).close(fd)));
  }
  const post = (message: ToUser) => worker.postMessage(message, []);
  const wake = () => {
    Atomics.add(flags, SIGNAL.responses, 1);
    Atomics.notify(flags, SIGNAL.responses);
  };
  return {
    worker,
    post,
    leave(delivery) {
      port.postMessage(delivery, []);
      wake();
    },
    interrupt() {
      Atomics.store(flags, SIGNAL.interrupted, 1);
      Atomics.notify(flags, SIGNAL.interrupted);
      wake();
      post({ kind: 'interrupt' });
    },
    setStopped: (isStopped) => void Atomics.store(flags, SIGNAL.stopped, isStopped ? 1 : 0),
    close() {
      port.close();
      void worker.terminate();
    },
  };
}

const libraries = new Map<string, ReturnType<typeof openLibc>>();

function callsOf(name: string): ReturnType<typeof openLibc>['calls'] {
  let library = libraries.get(name);
  if (!library) {
    library = openLibc(name);
    libraries.set(name, library);
  }
  return library.calls;
}

/** Finds the addresses of a name for a thread that waits for them. */
export async function lookUpFor(thread: UserThread, name: string): Promise<void> {
  const records = await lookup(name, { all: true }).catch(() => []);
  // A zone of an address is a matter of the system's own resolver.
  const addresses = records.map(({ address }) => address).filter((address) => !address.includes('%'));
  thread.leave({ name, addresses });
}

/** Sends blocking requests. The thread always gets responses or an error, since it blocks until then. */
export async function sendNow(
  thread: UserThread,
  main: MainThread,
  specs: RequestSpec[],
  signal: AbortSignal,
): Promise<void> {
  try {
    thread.leave({ responses: await sendBatch(main.http(), specs, main.batchLimits, signal) });
  } catch (error) {
    thread.leave({ error: String(error) });
  }
}

/** Sends an awaited request, with the same promise. */
export async function sendAsync(
  thread: UserThread,
  main: MainThread,
  { id, spec }: { id: number; spec: RequestSpec },
  signal: AbortSignal,
): Promise<void> {
  try {
    thread.post({ kind: 'response', id, response: await main.http().send(spec, signal) });
  } catch (error) {
    thread.post({ kind: 'requestFailed', id, error: String(error) });
  }
}
