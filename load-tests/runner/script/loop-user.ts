import { IterationOver } from '../protocol/endings.ts';
import type { LogLevel, Outcome, Task, UserSetup } from '../protocol/messages.ts';
import type { MetricDeclaration, Sample } from '../protocol/metrics.ts';
import type { HttpClient } from '../http/http-client.ts';
import { never } from '../modules/pending-work.ts';
import type { Host } from '../modules/user-state.ts';
import type { SocketClient } from '../sockets/socket-client.ts';
import { createVirtualUser } from './virtual-user.ts';

/** A user that shares its thread with others: for scripts that never block. */
export interface LoopUser {
  metrics: MetricDeclaration[];
  run(task: Task): Promise<Outcome>;
  interrupt(): void;
  endByUncaught(error: unknown): void;
}

/** The services of the thread to its users. */
export interface LoopServices {
  http: HttpClient;
  sockets: SocketClient;
  emit(sample: Sample): void;
  log(level: LogLevel, text: string): void;
  markFailed(reason: string): void;
}

/** Throws as the script's init code throws; `onEarlyEnd` is called when it aborts the test. */
export async function openLoopUser(
  setup: UserSetup,
  services: LoopServices,
  onEarlyEnd: OnEarlyEnd,
): Promise<LoopUser> {
  const controller = new AbortController();
  const ending = Promise.withResolvers<Outcome>();
  let outcome: Outcome | undefined;
  const end = (early: Outcome) => {
    if (outcome) return;
    outcome = early;
    onEarlyEnd(early);
    ending.resolve(early);
    controller.abort();
  };
  const virtualUser = await createVirtualUser(setup, createLoopHost(services, controller.signal, end));
  return {
    metrics: virtualUser.scriptExports.metrics,
    // An early ending wins over a script that caught it and returned.
    run: (task) => Promise.race([ending.promise, virtualUser.run(task)]),
    interrupt() {
      end({ kind: 'interrupted' });
      virtualUser.dropTimers();
    },
    endByUncaught: virtualUser.endByUncaught,
  };
}

type OnEarlyEnd = (outcome: Outcome) => void;

/** A host that is deaf once the signal is aborted: nothing that the script still does has an effect. */
function createLoopHost(services: LoopServices, signal: AbortSignal, end: (outcome: Outcome) => void): Host {
  return {
    emit(sample) {
      if (!signal.aborted) services.emit(sample);
    },
    async request(spec) {
      if (signal.aborted) return never();
      const response = await services.http.send(spec, signal);
      return signal.aborted ? never() : response;
    },
    openSocket: (spec, onEvent) => services.sockets.open(spec, onEvent, signal),
    openSocketNow: rejectBlockingCall,
    requestNow: rejectBlockingCall,
    sleep: rejectBlockingCall,
    log(level, text) {
      if (!signal.aborted) services.log(level, text);
    },
    markFailed(reason) {
      if (!signal.aborted) services.markFailed(reason);
    },
    leave(outcome) {
      end(outcome);
      throw new IterationOver();
    },
  };
}

function rejectBlockingCall(): never {
  throw new Error('a call that blocks was made by a script that was taken for one without');
}
