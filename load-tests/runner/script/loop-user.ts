import { Interrupted } from '../protocol/endings.ts';
import type { Outcome, UserSetup } from '../protocol/messages.ts';
import { INTERRUPT_MS, type MainThread, type User } from './user.ts';
import { createVirtualUser } from './virtual-user.ts';

/** Opens a user on this thread's event loop: for scripts that never block. */
export function openLoopUser(setup: UserSetup, main: MainThread): User {
  const controller = new AbortController();
  const virtualUser = createVirtualUser(setup, {
    emit: (sample) => main.emit(sample),
    async request(spec) {
      const { signal } = controller;
      if (signal.aborted) throw new Interrupted();
      const response = await main.http().send(spec, signal);
      if (signal.aborted) throw new Interrupted();
      return response;
    },
    requestNow: rejectBlockingCall,
    sleep: rejectBlockingCall,
    log: main.log,
    markFailed: main.markFailed,
  });
  let running: Promise<Outcome> | undefined;
  let endTask: (() => void) | undefined;
  return {
    id: setup.id,
    scriptExports: virtualUser.scriptExports,
    setOptions: (options) => {
      setup.options = options;
    },
    run(task) {
      const interruption = new Promise<Outcome>((resolve) => {
        endTask = () => resolve({ kind: 'interrupted' });
      });
      running = Promise.race([virtualUser.run(task), interruption]);
      return running;
    },
    async interrupt() {
      controller.abort();
      virtualUser.dropTimers();
      await Promise.race([running, Bun.sleep(INTERRUPT_MS)]);
      endTask?.();
    },
    close: () => controller.abort(),
  };
}

function rejectBlockingCall(): never {
  throw new Error('a call that blocks was made by a script that was taken for one without');
}
