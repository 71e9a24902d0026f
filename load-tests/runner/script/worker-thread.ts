import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Abort, Interrupted } from '../protocol/endings.ts';
import type { FromUser, ToUser, UserSetup } from '../protocol/messages.ts';
import type { ResponseData } from '../protocol/requests.ts';
import type { Sample } from '../protocol/metrics.ts';
import type { Host } from '../modules/user-state.ts';
import { createVirtualUser, type VirtualUser } from './virtual-user.ts';

/**
 * A virtual user in a thread of its own, which really blocks: it posts a request and waits on the signal;
 * the main thread fetches, leaves the response at the port and notifies. Responses to awaited requests come
 * as ordinary messages.
 */
export interface WorkerData {
  setup: UserSetup;
  responses: MessagePort;
  /** Int32Array: the number of responses left at the port, and whether the iteration's time is over. */
  signal: SharedArrayBuffer;
}

export const SIGNAL = { responses: 0, interrupted: 1 } as const;

/** Samples travel with other messages, and by themselves from this number on. */
const SAMPLES_MAX = 500;

if (parentPort) startServing(parentPort, workerData as WorkerData);

function startServing(main: MessagePort, data: WorkerData): void {
  const post = (message: FromUser) => main.postMessage(message, []);
  const host = createWorkerHost(data, post);
  const user = createUser(data.setup, host, post);
  if (!user) return;
  post({ kind: 'scriptExports', scriptExports: user.scriptExports });
  main.on('message', (message: ToUser) => {
    switch (message.kind) {
      case 'options':
        data.setup.options = message.options;
        return;
      case 'response':
        host.receive(message.id, message.response);
        return;
      case 'interrupt':
        // Reaches a user that awaits; one that blocks sees the signal.
        user.dropTimers();
        host.rejectPending();
        return;
      case 'task':
        void user
          .run(message.task)
          .then((outcome) => post({ kind: 'outcome', outcome, samples: host.takeSamples() }));
    }
  });
}

function createUser(
  setup: UserSetup,
  host: Host,
  post: (message: FromUser) => void,
): VirtualUser | undefined {
  try {
    return createVirtualUser(setup, host);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    post({ kind: 'broken', message, aborted: (error as Error).cause instanceof Abort });
    return undefined;
  }
}

interface WorkerHost extends Host {
  takeSamples(): Sample[];
  /** Resolves an awaited request. */
  receive(id: number, response: ResponseData): void;
  /** Rejects every awaited request with `Interrupted`. */
  rejectPending(): void;
}

function createWorkerHost({ responses, signal }: WorkerData, post: (message: FromUser) => void): WorkerHost {
  const flags = new Int32Array(signal);
  const pending = new Map<number, { resolve(data: ResponseData): void; reject(error: Error): void }>();
  let samples: Sample[] = [];
  let lastId = 0;
  const takeSamples = () => {
    const batch = samples;
    samples = [];
    return batch;
  };
  const throwWhenInterrupted = () => {
    if (Atomics.load(flags, SIGNAL.interrupted) !== 0) throw new Interrupted();
  };
  return {
    emit(sample) {
      samples.push(sample);
      if (samples.length >= SAMPLES_MAX) post({ kind: 'samples', samples: takeSamples() });
    },
    request(spec) {
      throwWhenInterrupted();
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject });
        post({ kind: 'asyncRequest', id, spec });
      });
    },
    requestNow(specs) {
      throwWhenInterrupted();
      if (specs.length === 0) return [];
      let responseCount = Atomics.load(flags, SIGNAL.responses);
      post({ kind: 'requests', specs, samples: takeSamples() });
      for (;;) {
        const received = receiveMessageOnPort(responses);
        if (received) return received.message as ResponseData[];
        throwWhenInterrupted();
        Atomics.wait(flags, SIGNAL.responses, responseCount);
        responseCount = Atomics.load(flags, SIGNAL.responses);
      }
    },
    sleep(ms) {
      throwWhenInterrupted();
      if (samples.length > 0) post({ kind: 'samples', samples: takeSamples() });
      Atomics.wait(flags, SIGNAL.interrupted, 0, ms);
      throwWhenInterrupted();
    },
    log: (level, text) => post({ kind: 'log', level, text }),
    markFailed: (reason) => post({ kind: 'markFailed', reason }),
    takeSamples,
    receive(id, response) {
      pending.get(id)?.resolve(response);
      pending.delete(id);
    },
    rejectPending() {
      for (const { reject } of pending.values()) reject(new Interrupted());
      pending.clear();
    },
  };
}
