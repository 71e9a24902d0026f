import { EXIT, IterationOver, RunError, ScriptError } from '../protocol/endings.ts';
import type { LogLevel, Outcome, UserSetup } from '../protocol/messages.ts';
import type { Host } from '../modules/user-state.ts';
import { createStackMapper } from './stack.ts';
import type { MainThread, User } from './user.ts';
import { createVirtualUser } from './virtual-user.ts';

/**
 * Opens a user on this thread's event loop: for scripts that never block. Throws a RunError when the script's
 * init code throws.
 */
export function openLoopUser(setup: UserSetup, main: MainThread): User {
  const controller = new AbortController();
  const ending = Promise.withResolvers<Outcome>();
  let outcome: Outcome | undefined;
  const end = (early: Outcome) => {
    outcome ??= early;
    ending.resolve(outcome);
    controller.abort();
  };
  const host = createLoopHost(main, controller.signal, end);
  try {
    const virtualUser = createVirtualUser(setup, host);
    main.declare(virtualUser.scriptExports.metrics);
    return {
      id: setup.id,
      scriptExports: virtualUser.scriptExports,
      // An early ending wins over a script that caught it and returned.
      run: (task) => Promise.race([ending.promise, virtualUser.run(task)]),
      async interrupt() {
        end({ kind: 'interrupted' });
        virtualUser.dropTimers();
      },
      close: async () => controller.abort(),
    };
  } catch (error) {
    if (outcome?.kind === 'aborted') throw new RunError(`test aborted: ${outcome.reason}`, EXIT.aborted);
    throw new ScriptError((error as Error).message);
  }
}

/** Logs rejections that no script on this thread waits for. Returns the end of that. */
export function logRejections(script: Pick<UserSetup, 'path' | 'sourceMap'>, log: LogError): () => void {
  const stackOf = createStackMapper(script);
  const onRejection = (error: unknown) => {
    if (!(error instanceof IterationOver)) log('error', `Uncaught (in promise) ${stackOf(error)}`);
  };
  process.on('unhandledRejection', onRejection);
  return () => void process.off('unhandledRejection', onRejection);
}

type LogError = (level: LogLevel, text: string) => void;

/** A host that is deaf once the signal is aborted: nothing that the script still does has an effect. */
function createLoopHost(main: MainThread, signal: AbortSignal, end: (outcome: Outcome) => void): Host {
  return {
    emit(sample) {
      if (!signal.aborted) main.emit(sample);
    },
    async request(spec) {
      if (signal.aborted) return never();
      const response = await main.http().send(spec, signal);
      return signal.aborted ? never() : response;
    },
    requestNow: rejectBlockingCall,
    sleep: rejectBlockingCall,
    log(level, text) {
      if (!signal.aborted) main.log(level, text);
    },
    markFailed(reason) {
      if (!signal.aborted) main.markFailed(reason);
    },
    leave(outcome) {
      end(outcome);
      throw new IterationOver();
    },
  };
}

const never = () => new Promise<never>(() => {});

function rejectBlockingCall(): never {
  throw new Error('a call that blocks was made by a script that was taken for one without');
}
