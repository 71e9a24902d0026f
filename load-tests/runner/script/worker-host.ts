import type { MessagePort } from 'node:worker_threads';
import { type BlockingClient, createBlockingClient, isDirect } from '../http/blocking/blocking-client.ts';
import { openLibc } from '../http/blocking/libc.ts';
import { samplesOf } from '../http/request-samples.ts';
import type { Host } from '../modules/user-state.ts';
import type {
  Batch,
  BatchResult,
  CompletedOutcome,
  FromUser,
  Outcome,
  UserSetup,
} from '../protocol/messages.ts';
import type { RequestSpec, ResponseData } from '../protocol/requests.ts';
import type { SocketEvent, SocketHandle, SocketSpec } from '../protocol/sockets.ts';
import { createBatcher } from './batcher.ts';
import { createInbox } from './inbox.ts';
import { createLookup } from './lookup.ts';
import { SIGNAL } from './signal.ts';

/**
 * The host of a user that blocks. It sends plain requests by the system's own calls. For all others it posts
 * the request and waits on the signal; the main thread fetches, leaves the response at the port and notifies.
 * Responses to awaited requests come as ordinary messages.
 */
interface WorkerHost extends Host {
  takeBatch(): Batch;
  isStopped(): boolean;
  /** Closes the connections where the options let none outlive an iteration. */
  endRun(): void;
  addOutcome(outcome: CompletedOutcome): void;
  /** Resolves an awaited request. */
  receive(id: number, response: ResponseData): void;
  receiveSocketEvent(id: number, event: SocketEvent): void;
  /** Rejects an awaited request. */
  reject(id: number, error: string): void;
  closeConnections(): void;
}

export interface WorkerData {
  setup: UserSetup;
  responses: MessagePort;
  /** Int32Array by `SIGNAL`: the responses at the port, whether the time is over, and a value that stays. */
  signal: SharedArrayBuffer;
  /** The thread's open connections. */
  descriptors: SharedArrayBuffer;
}

type Post = (message: FromUser) => void;

export function createWorkerHost(data: WorkerData, post: Post): WorkerHost {
  const flags = new Int32Array(data.signal);
  const pending = new Map<number, { resolve(data: ResponseData): void; reject(error: Error): void }>();
  const batcher = createBatcher((batch) => post({ kind: 'samples', ...batch }));
  const { emit, flush } = batcher;
  let lastId = 0;
  /** The thread blocks until the main thread ends it: no catch or finally of the script runs. */
  const leave = (outcome: Outcome): never => {
    client?.close();
    post({ kind: 'outcome', outcome, ...batcher.take() });
    for (;;) Atomics.wait(flags, SIGNAL.never, 0);
  };
  const leaveWhenInterrupted = () => {
    if (Atomics.load(flags, SIGNAL.interrupted) !== 0) leave({ kind: 'interrupted' });
  };
  const inbox = createInbox(data.responses, flags, leaveWhenInterrupted);
  const sendByMainThread = (specs: RequestSpec[]): ResponseData[] => {
    post({ kind: 'requests', specs, ...batcher.take() });
    return responsesOf(inbox.awaitResult());
  };
  const client = openClient(data, {
    emit,
    onWait() {
      leaveWhenInterrupted();
      flush();
    },
    lookUp: createLookup(inbox, post),
    sendByMainThread: (spec) => sendByMainThread([spec])[0]!,
  });
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
    emit,
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
      const [spec] = specs;
      if (!spec) return [];
      if (!client || specs.length > 1) return sendByMainThread(specs);
      batcher.flushWhenDue();
      return [client.send(spec)];
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
    takeBatch: batcher.take,
    isStopped: () => Atomics.load(flags, SIGNAL.stopped) !== 0,
    endRun() {
      if (data.setup.options?.http.noVUConnectionReuse) client?.close();
    },
    addOutcome: batcher.addOutcome,
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
    closeConnections: () => client?.close(),
  };
}

interface ClientServices {
  emit: Host['emit'];
  onWait(): void;
  lookUp(name: string, deadline: number): string[];
  sendByMainThread(spec: RequestSpec): ResponseData;
}

/** Returns undefined when all requests go through the main thread. */
function openClient(
  { setup, descriptors }: WorkerData,
  services: ClientServices,
): BlockingClient | undefined {
  const { libc, options } = setup;
  if (libc === undefined || !options || !isDirect(options.http)) return undefined;
  const { emit } = services;
  return createBlockingClient(options.http, {
    ...services,
    libc: openLibc(libc),
    descriptors,
    report: (spec, response, bodyBytes) => samplesOf(spec, response, bodyBytes, options.http).forEach(emit),
  });
}

function responsesOf(result: BatchResult): ResponseData[] {
  if ('error' in result) throw new Error(result.error);
  return result.responses;
}
