import { parse as parseCsv } from 'csv-parse/sync';
import { createJar } from '../http/cookies.ts';
import { createPendingWork } from '../modules/pending-work.ts';
import type { Host, UserState } from '../modules/user-state.ts';
import { IterationOver } from '../protocol/endings.ts';
import { keptTags } from '../protocol/tag-sets.ts';
import type { CompletedOutcome, Outcome, ScriptExports, Task, UserSetup } from '../protocol/messages.ts';
import { constantOf } from './constants.ts';
import { evaluate, type Exports } from './evaluate.ts';
import { createTaskPreparation } from './prepare-task.ts';
import { createScriptGlobals } from './script-globals.ts';
import { createStackMapper } from './stack.ts';
import { createConsole } from './console.ts';
import { encodeSummaryFiles } from './summary-files.ts';
import { createCrypto, createTimers, seededMath } from './user-globals.ts';
import { createUserModules } from './user-modules.ts';

export interface VirtualUser {
  scriptExports: ScriptExports;
  /** Returns a promise only where something has to be awaited: it would cost each iteration a turn. */
  run(task: Task): Outcome | Promise<Outcome>;
  /** Drops every pending wait of the interrupted iteration. */
  dropTimers(): void;
  /** Ends the iteration with an error that no code of the script handles; logs it when none runs. */
  endByUncaught(error: unknown): void;
}

/** Runs the script's own code once, as every virtual user does. Throws as the script throws. */
export async function createVirtualUser(setup: UserSetup, host: Host): Promise<VirtualUser> {
  const state = createState(setup, host);
  const timers = createTimers(state.pending);
  const stackOf = createStackMapper(setup);
  const env = { ...setup.env };
  const { require, files } = createUserModules(state, timers.globals);
  const globals = createScriptGlobals({
    ...timers.globals,
    __ENV: env,
    console: createConsole(host),
    crypto: createCrypto(state.pending),
    Math: state.math,
    TextDecoder,
    TextEncoder,
    open: files.open,
    __VU: setup.id,
    __ecs_constant: constantOf,
    __ecs_meta: files.importMeta,
    $ecsEngine: ENGINE_OF_STAND_INS,
  });
  const script = await withScriptStack(stackOf, () =>
    evaluate(setup, { require, globals, pending: state.pending }),
  );
  const { exports } = script;
  const prepare = createTaskPreparation(state, env, script.setIteration);
  const countIteration = (durationMs: number): void => {
    state.count += 1;
    state.countInScenario += 1;
    state.tags.group = '';
    const tags = keptTags(state.tags);
    host.emit({ metric: 'iteration_duration', value: durationMs, tags });
    host.emit({ metric: 'iterations', value: 1, tags });
  };
  /** As in k6, the duration of `setup` and `teardown` is in the metric of iterations, by their groups. */
  const measureCall = (name: string, durationMs: number): void => {
    if (name === 'handleSummary') return;
    state.tags.group = `::${name}`;
    host.emit({ metric: 'iteration_duration', value: durationMs, tags: keptTags(state.tags) });
  };

  const end = (task: Task, startedAt: number, { value, endedAt, error }: Ending): Outcome => {
    state.pending.stop();
    const durationMs = endedAt - startedAt;
    // First, since a result that cannot be encoded ends the call by an error.
    const result = task.kind === 'call' && error === undefined ? encodeResult(task.name, value) : undefined;
    if (task.kind === 'iteration') countIteration(durationMs);
    else measureCall(task.name, durationMs);
    const intendedAt = task.kind === 'iteration' ? task.iteration.intendedAt : startedAt;
    const outcome: CompletedOutcome = {
      kind: 'done',
      delayMs: Math.max(0, startedAt - intendedAt),
      durationMs,
    };
    if (error !== undefined) outcome.error = error;
    if (result !== undefined) outcome.result = result;
    return outcome;
  };
  const endByError = (task: Task, startedAt: number, error: unknown): Outcome => {
    if (error instanceof IterationOver) {
      state.pending.stop();
      return { kind: 'interrupted' };
    }
    const text = error instanceof Uncaught ? error.message : stackOf(error);
    timers.drop();
    return end(task, startedAt, { endedAt: state.now(), error: text });
  };
  const settle = async (task: Task, startedAt: number, result: unknown): Promise<Outcome> => {
    try {
      return end(task, startedAt, await state.pending.settle(result, state.now));
    } catch (error) {
      return endByError(task, startedAt, error);
    }
  };
  return {
    scriptExports: scriptExportsOf(state, exports),
    dropTimers: timers.drop,
    endByUncaught(error) {
      if (error instanceof IterationOver) return;
      const text = `Uncaught (in promise) ${stackOf(error)}`;
      if (!state.pending.fail(new Uncaught(text))) host.log('error', text);
    },
    run(task) {
      const { name, args } = prepare(task);
      const startedAt = state.now();
      state.pending.start();
      try {
        const result = (exports[name] as (...args: unknown[]) => unknown)(...args);
        if (!state.pending.isOver(result)) return settle(task, startedAt, result);
        return end(task, startedAt, { value: result, endedAt: state.now() });
      } catch (error) {
        return endByError(task, startedAt, error);
      }
    },
  };
}

/** Returns what a function of the script returned as JSON; undefined for nothing. */
const encodeResult = (name: string, value: unknown): string | undefined =>
  name === 'handleSummary' ? encodeSummaryFiles(value) : JSON.stringify(value);

/** How a call of the script has ended. */
interface Ending {
  value?: unknown;
  endedAt: number;
  error?: string;
}

/** The parts of the engine that our own stand-ins for libraries are made of. */
const ENGINE_OF_STAND_INS = { Buffer, Event, EventTarget, URL, URLSearchParams, parseCsv };

/** An error that no code of the script handled, as text. */
class Uncaught extends Error {}

function createState(setup: UserSetup, host: Host): UserState {
  return {
    setup,
    host,
    phase: 'init',
    tags: { group: '' },
    jar: createJar(),
    iteration: undefined,
    count: 0,
    countInScenario: 0,
    declared: [],
    shared: setup.shared ?? {},
    pending: createPendingWork(),
    math: seededMath(),
    now: () => performance.timeOrigin + performance.now(),
  };
}

/** Throws errors of the init code with the script's own lines. */
async function withScriptStack<T>(stackOf: (error: unknown) => string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof IterationOver ? error : new Error(stackOf(error), { cause: error });
  }
}

/** Throws for a `setup` or `teardown` that cannot be called: the test would go without it. */
function scriptExportsOf(state: UserState, exports: Exports): ScriptExports {
  for (const name of ['setup', 'teardown']) {
    if (name in exports && typeof exports[name] !== 'function')
      throw new Error(`exported '${name}' must be a function`);
  }
  const functions = Object.entries(exports).flatMap(([name, value]) =>
    typeof value === 'function'
      ? [[name, value.constructor.name === 'AsyncFunction' ? 'async' : 'sync'] as const]
      : [],
  );
  return {
    // As k6 reads them: plain JSON.
    options: plainOptions(exports.options ?? {}),
    functions: Object.fromEntries(functions),
    metrics: state.declared,
    shared: state.shared,
  };
}

/** Throws for a function or a symbol, which are no JSON; the rest is checked where all options are. */
function plainOptions(options: unknown): Record<string, unknown> {
  const json = JSON.stringify(options) as string | undefined;
  if (json === undefined) throw new Error(`exported 'options' must be an object, not a ${typeof options}`);
  return JSON.parse(json) as Record<string, unknown>;
}
