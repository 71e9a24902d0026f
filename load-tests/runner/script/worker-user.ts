import { EXIT, RunError, ScriptError } from '../protocol/endings.ts';
import type {
  Batch,
  CompletedOutcome,
  FromUser,
  Outcome,
  ScriptExports,
  Task,
  UserSetup,
} from '../protocol/messages.ts';
import { createSampleDecoder } from '../protocol/sample-codec.ts';
import { createThreadSockets } from './thread-sockets.ts';
import { lookUpFor, sendAsync, sendNow, startThread } from './user-thread.ts';
import { INTERRUPT_MS, type MainThread, type Repetition, type User } from './user.ts';

/** The time for the last log lines of a user. */
const CLOSE_MS = 500;

/** Opens a user in a worker of its own. Rejects with a RunError when the init code throws or aborts. */
export async function openWorkerUser(setup: UserSetup, main: MainThread): Promise<User> {
  const thread = startThread(setup);
  const opened = Promise.withResolvers<ScriptExports>();
  const closing = Promise.withResolvers<void>();
  const controller = new AbortController();
  const sockets = createThreadSockets(thread, main, controller.signal);
  let running = Promise.withResolvers<Outcome>();
  let onDone: Repetition['onDone'] | undefined;
  let crash: Outcome | undefined;
  const emitBatch = createSampleDecoder(main.emit);
  let isIdle = false;
  const endByCrash = (reason: string) => {
    crash ??= { kind: 'crashed', error: `the thread of the user ended: ${reason}` };
    opened.reject(new ScriptError(reason));
    running.resolve(crash);
    closing.resolve();
  };
  thread.worker.on('error', (error) => endByCrash(String(error)));
  thread.worker.on('exit', (code) => endByCrash(`exit ${code}`));
  thread.worker.on('message', (message: FromUser) => {
    if ('samples' in message) {
      if (message.samples) emitBatch(message.samples);
      for (const outcome of completedOf(message)) onDone?.(outcome);
    }
    switch (message.kind) {
      case 'scriptExports':
        return opened.resolve(message.scriptExports);
      case 'broken':
        return opened.reject(new ScriptError(message.message));
      case 'requests':
        return void sendNow(thread, main, message.specs, controller.signal);
      case 'lookUp':
        return void lookUpFor(thread, message.name);
      case 'asyncRequest':
        return void sendAsync(thread, main, message, controller.signal);
      case 'openSocket':
        return sockets.open(message);
      case 'socketCommand':
        return sockets.command(message);
      case 'log':
        return main.log(message.level, message.text);
      case 'markFailed':
        return main.markFailed(message.reason);
      case 'outcome':
        if (message.outcome.kind === 'aborted') opened.reject(abortError(message.outcome));
        isIdle = message.outcome.kind === 'done';
        return running.resolve(message.outcome);
      case 'closing':
        return closing.resolve();
    }
  });
  const scriptExports = await opened.promise.catch((error: RunError) => {
    thread.close();
    throw error;
  });
  main.declare(scriptExports.metrics);
  isIdle = true;
  const start = (task: Task, repetition?: Repetition): Promise<Outcome> => {
    if (crash) return Promise.resolve(crash);
    isIdle = false;
    running = Promise.withResolvers();
    onDone = repetition?.onDone;
    thread.setStopped(false);
    thread.post({ kind: 'task', task, untilMs: repetition?.untilMs });
    return running.promise;
  };
  return {
    id: setup.id,
    scriptExports,
    run: (task) => start(task),
    repeat: (task, repetition) => start(task, repetition),
    stopRepeating: () => thread.setStopped(true),
    async interrupt() {
      isIdle = false;
      thread.interrupt();
      controller.abort();
      await Promise.race([running.promise, Bun.sleep(INTERRUPT_MS)]);
      running.resolve({ kind: 'interrupted' });
    },
    async close() {
      controller.abort();
      if (isIdle) {
        thread.post({ kind: 'close' });
        await Promise.race([closing.promise, Bun.sleep(CLOSE_MS)]);
      }
      thread.close();
    },
  };
}

function completedOf({ done, outcomes }: Batch): CompletedOutcome[] {
  const plain: CompletedOutcome[] = [];
  for (let at = 0; at < done.length; at += 2) {
    plain.push({ kind: 'done', delayMs: done[at]!, durationMs: done[at + 1]! });
  }
  return [...plain, ...outcomes];
}

const abortError = ({ reason, exitCode = EXIT.aborted }: Extract<Outcome, { kind: 'aborted' }>) =>
  new RunError(`test aborted: ${reason}`, exitCode);
