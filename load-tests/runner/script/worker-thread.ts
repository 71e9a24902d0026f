import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Abort, Interrupted } from '../core/interruption.ts';
import type { FromUser, ResponseData, Sample, ToUser, UserSetup } from '../protocol/protocol.ts';
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
  /** Int32Array: how many responses were left, and whether the iteration's time is over. */
  signal: SharedArrayBuffer;
}

export const SIGNAL = { responses: 0, interrupted: 1 } as const;

/** Samples go along with other messages; when there are so many, by themselves. */
const SAMPLES_MAX = 500;

if (parentPort) startServing(parentPort, workerData as WorkerData);

function startServing(main: MessagePort, { setup, responses, signal }: WorkerData): void {
  const flags = new Int32Array(signal);
  const awaited = new Map<number, { resolve(data: ResponseData): void; reject(error: Error): void }>();
  let samples: Sample[] = [];
  let lastId = 0;
  const say = (message: FromUser) => main.postMessage(message, []);
  const takeSamples = () => {
    const taken = samples;
    samples = [];
    return taken;
  };
  const throwWhenInterrupted = () => {
    if (Atomics.load(flags, SIGNAL.interrupted) !== 0) throw new Interrupted();
  };
  const host: Host = {
    emit(sample) {
      samples.push(sample);
      if (samples.length >= SAMPLES_MAX) say({ kind: 'samples', samples: takeSamples() });
    },
    request(spec) {
      throwWhenInterrupted();
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        awaited.set(id, { resolve, reject });
        say({ kind: 'asyncRequest', id, spec });
      });
    },
    requestNow(specs) {
      throwWhenInterrupted();
      if (specs.length === 0) return [];
      let lastSeen = Atomics.load(flags, SIGNAL.responses);
      say({ kind: 'requests', specs, samples: takeSamples() });
      for (;;) {
        const received = receiveMessageOnPort(responses);
        if (received) return received.message as ResponseData[];
        throwWhenInterrupted();
        Atomics.wait(flags, SIGNAL.responses, lastSeen);
        lastSeen = Atomics.load(flags, SIGNAL.responses);
      }
    },
    sleep(ms) {
      throwWhenInterrupted();
      if (samples.length > 0) say({ kind: 'samples', samples: takeSamples() });
      Atomics.wait(flags, SIGNAL.interrupted, 0, ms);
      throwWhenInterrupted();
    },
    log: (level, text) => say({ kind: 'log', level, text }),
    markFailed: (reason) => say({ kind: 'markFailed', reason }),
  };
  const user = create(setup, host, say);
  if (!user) return;
  say({ kind: 'scriptExports', scriptExports: user.scriptExports });
  main.on('message', (message: ToUser) => {
    switch (message.kind) {
      case 'options':
        setup.options = message.options;
        return;
      case 'response':
        awaited.get(message.id)?.resolve(message.response);
        awaited.delete(message.id);
        return;
      case 'interrupt':
        // Reaches a user that awaits; one that blocks sees the signal.
        user.dropTimers();
        for (const { reject } of awaited.values()) reject(new Interrupted());
        awaited.clear();
        return;
      case 'task':
        void user
          .run(message.task)
          .then((outcome) => say({ kind: 'outcome', outcome, samples: takeSamples() }));
    }
  });
}

function create(setup: UserSetup, host: Host, say: (message: FromUser) => void): VirtualUser | undefined {
  try {
    return createVirtualUser(setup, host);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    say({ kind: 'broken', message, aborted: (error as Error).cause instanceof Abort });
    return undefined;
  }
}
