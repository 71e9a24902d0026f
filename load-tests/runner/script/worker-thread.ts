import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { FromUser, ToUser, UserSetup } from '../protocol/messages.ts';
import type { Host } from '../modules/user-state.ts';
import { runTask } from './task-loop.ts';
import { createVirtualUser, type VirtualUser } from './virtual-user.ts';
import { createWorkerHost, type WorkerData } from './worker-host.ts';

/** A virtual user in a thread of its own, which really blocks. */
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
      post({ kind: 'outcome', outcome: { kind: 'crashed', error: String(error) }, ...host.takeBatch() });
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
        host.closeConnections();
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
