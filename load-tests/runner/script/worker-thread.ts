import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type {
  Batch,
  BatchResult,
  CompletedOutcome,
  FromUser,
  Outcome,
  ToUser,
  UserSetup,
} from '../protocol/messages.ts';
import type { ResponseData } from '../protocol/requests.ts';
import type { Sample } from '../protocol/metrics.ts';
import type { SocketEvent, SocketHandle, SocketSpec } from '../protocol/sockets.ts';
import type { Host } from '../modules/user-state.ts';
import { createInbox } from './inbox.ts';
import { SIGNAL } from './signal.ts';
import { runTask } from './task-loop.ts';
import { createVirtualUser, type VirtualUser } from './virtual-user.ts';

/**
 * A virtual user in a thread of its own, which really blocks: it posts a request and waits on the signal;
 * the main thread fetches, leaves the response at the port and notifies. Responses to awaited requests come
 * as ordinary messages.
 */
export interface WorkerData {
  setup: UserSetup;
  responses: MessagePort;
  /** Int32Array by `SIGNAL`: the responses at the port, whether the time is over, and a value that stays. */
  signal: SharedArrayBuffer;
}

/** Samples travel with other messages, and by themselves from this number on. */
const SAMPLES_MAX = 500;
const FLUSH_MS = 10;

if (parentPort) void startServing(parentPort, workerData as WorkerData);

async function startServing(main: MessagePort, data: WorkerData): Promise<void> {
  const post = (message: FromUser) => main.postMessage(message, []);
  const host = createWorkerHost(data, post);
  const user = await createUser(data.setup, host, post);
  if (!user) return;
  process.on('unhandledRejection', user.endByUncaught);
  process.on('uncaughtException', user.endByUncaught);
  post({ kind: 'scriptExports', scriptExports: user.scriptExports });
  /** The main thread waits for an outcome, whatever happens. */
  const perform = async (message: Extract<ToUser, { kind: 'task' }>): Promise<void> => {
    try {
      const outcome = await runTask(user, host, message);
      post({ kind: 'outcome', outcome, ...host.takeBatch() });
    } catch (error) {
      post({ kind: 'outcome', outcome: { kind: 'crashed', error: String(error) }, samples: [] });
    }
  };
  main.on('message', (message: ToUser) => {
    switch (message.kind) {
      case 'response':
        host.receive(message.id, message.response);
        return;
      case 'requestFailed':
        host.reject(message.id, message.error);
        return;
      case 'socketEvent':
        return host.receiveSocketEvent(message.id, message.event);
      case 'interrupt':
        // Reaches a user that awaits; one that blocks sees the signal.
        return host.leave({ kind: 'interrupted' });
      case 'task':
        return void perform(message);
      case 'close':
        // Every unhandled rejection of the last task has been logged when this message is read.
        post({ kind: 'closing' });
    }
  });
}

async function createUser(
  setup: UserSetup,
  host: Host,
  post: (message: FromUser) => void,
): Promise<VirtualUser | undefined> {
  try {
    return await createVirtualUser(setup, host);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    post({ kind: 'broken', message });
    return undefined;
  }
}

interface WorkerHost extends Host {
  takeBatch(): Batch;
  isStopped(): boolean;
  addOutcome(outcome: CompletedOutcome): void;
  /** Resolves an awaited request. */
  receive(id: number, response: ResponseData): void;
  receiveSocketEvent(id: number, event: SocketEvent): void;
  /** Rejects an awaited request. */
  reject(id: number, error: string): void;
}

function createWorkerHost({ responses, signal }: WorkerData, post: (message: FromUser) => void): WorkerHost {
  const flags = new Int32Array(signal);
  const pending = new Map<number, { resolve(data: ResponseData): void; reject(error: Error): void }>();
  let samples: Sample[] = [];
  let lastId = 0;
  let outcomes: CompletedOutcome[] = [];
  const takeBatch = (): Batch => {
    const batch = { samples, ...(outcomes.length > 0 ? { outcomes } : {}) };
    [samples, outcomes] = [[], []];
    return batch;
  };
  const flush = () => {
    if (samples.length + outcomes.length > 0) post({ kind: 'samples', ...takeBatch() });
  };
  /** The thread blocks until the main thread ends it: no catch or finally of the script runs. */
  const leave = (outcome: Outcome): never => {
    post({ kind: 'outcome', outcome, ...takeBatch() });
    for (;;) Atomics.wait(flags, SIGNAL.never, 0);
  };
  const leaveWhenInterrupted = () => {
    if (Atomics.load(flags, SIGNAL.interrupted) !== 0) leave({ kind: 'interrupted' });
  };
  const inbox = createInbox(responses, flags, leaveWhenInterrupted);
  const listeners = new Map<number, (event: SocketEvent) => void>();
  const openSocket = (spec: SocketSpec, isBlocking: boolean): number => {
    lastId += 1;
    post({ kind: 'openSocket', id: lastId, spec, isBlocking });
    return lastId;
  };
  const commandsOf = (id: number): SocketHandle => ({
    send: (command) => post({ kind: 'socketCommand', id, command }),
  });
  return {
    emit(sample) {
      samples.push(sample);
      if (samples.length >= SAMPLES_MAX) flush();
    },
    request(spec) {
      leaveWhenInterrupted();
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject });
        post({ kind: 'asyncRequest', id, spec });
      });
    },
    requestNow(specs) {
      leaveWhenInterrupted();
      if (specs.length === 0) return [];
      post({ kind: 'requests', specs, ...takeBatch() });
      return responsesOf(inbox.awaitResult());
    },
    openSocket(spec, onEvent) {
      leaveWhenInterrupted();
      const id = openSocket(spec, false);
      listeners.set(id, onEvent);
      return commandsOf(id);
    },
    openSocketNow(spec) {
      leaveWhenInterrupted();
      flush();
      const id = openSocket(spec, true);
      return { ...commandsOf(id), next: (until) => inbox.awaitEvent(id, until) };
    },
    sleep(ms) {
      leaveWhenInterrupted();
      flush();
      Atomics.wait(flags, SIGNAL.interrupted, 0, ms);
      leaveWhenInterrupted();
    },
    log: (level, text) => post({ kind: 'log', level, text }),
    markFailed: (reason) => post({ kind: 'markFailed', reason }),
    leave,
    takeBatch,
    isStopped: () => Atomics.load(flags, SIGNAL.stopped) !== 0,
    addOutcome(outcome) {
      // The first of a batch sets its time: a user that awaits does not send it otherwise.
      if (outcomes.length === 0) setTimeout(flush, FLUSH_MS);
      outcomes.push(outcome);
      if (outcome.error !== undefined) flush();
    },
    receiveSocketEvent(id, event) {
      listeners.get(id)?.(event);
      if (event.kind === 'close' || event.kind === 'failed') listeners.delete(id);
    },
    receive(id, response) {
      pending.get(id)?.resolve(response);
      pending.delete(id);
    },
    reject(id, error) {
      pending.get(id)?.reject(new Error(error));
      pending.delete(id);
    },
  };
}

function responsesOf(result: BatchResult): ResponseData[] {
  if ('error' in result) throw new Error(result.error);
  return result.responses;
}
