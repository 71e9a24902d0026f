import { runInThisContext } from 'node:vm';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createJar } from '../http/cookies.ts';
import { Abort, Interrupted } from '../core/interruption.ts';
import { createCryptoModule } from '../modules/crypto.ts';
import { createDataModule } from '../modules/data.ts';
import { createEncodingModule } from '../modules/encoding.ts';
import { createExecutionModule } from '../modules/execution.ts';
import { createHttpModule } from '../modules/http.ts';
import { createK6Module } from '../modules/k6.ts';
import { createMetricsModule } from '../modules/metrics.ts';
import type { ScriptExports, Outcome, Task, UserSetup } from '../protocol/protocol.ts';
import { createStackMapper } from './stack.ts';
import { createConsole, createTimers, seededMath } from './user-globals.ts';
import type { Host, UserState } from '../modules/user-state.ts';

export interface VirtualUser {
  scriptExports: ScriptExports;
  run(task: Task): Promise<Outcome>;
  /** Drops every pending wait of the interrupted iteration. */
  dropTimers(): void;
}

type Exports = Record<string, unknown>;

/** Runs the script's own code once, as every virtual user does. Throws as the script throws. */
export function createVirtualUser(setup: UserSetup, host: Host): VirtualUser {
  const math = seededMath();
  const state: UserState = {
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
    pending: new Set(),
    math,
    now: () => performance.timeOrigin + performance.now(),
  };
  const timers = createTimers(state.pending);
  const stackOf = createStackMapper(setup);
  const env = { ...setup.env };
  const globals = {
    ...timers.globals,
    console: createConsole(host),
    Math: math,
    open: (file: string, mode = '') => {
      if (state.phase !== 'init')
        throw new Error('the "open()" function is only available in the init stage');
      const bytes = readFileSync(resolve(dirname(setup.path), file.replace(/^file:\/\//, '')));
      return mode.includes('b') ? Uint8Array.from(bytes).buffer : bytes.toString('utf8');
    },
    __VU: setup.id,
  };
  const script = guarded(() => evaluate(setup, { require: requireFrom(state), env, globals }), stackOf);
  const { exports } = script;
  const data = new Map<string | undefined, unknown>();

  const prepare = (task: Task): { name: string; args: unknown[] } => {
    if (task.kind === 'call') {
      state.phase = task.name;
      state.tags = { group: task.name === 'handleSummary' ? '' : `::${task.name}` };
      return { name: task.name, args: task.args.map(parse) };
    }
    const { scenario } = task.iteration;
    const isNew = state.iteration?.scenario.name !== scenario.name;
    if (isNew) {
      Object.assign(env, setup.env, scenario.env);
      state.countInScenario = 0;
      state.tags = { ...setup.options?.tags, ...scenario.tags, scenario: scenario.name, group: '' };
    }
    state.tags.group = '';
    state.phase = 'default';
    state.iteration = task.iteration;
    if (!setup.options?.http.noCookiesReset) state.jar = createJar();
    script.setIteration(state.count);
    // Each user has its own copy of the setup's data, and keeps it.
    if (!data.has(task.data)) data.set(task.data, parse(task.data));
    return { name: scenario.exec, args: [data.get(task.data)] };
  };

  return {
    scriptExports: foundIn(state, exports),
    dropTimers: timers.drop,
    async run(task) {
      const { name, args } = prepare(task);
      const startedAt = state.now();
      const intendedAt = task.kind === 'iteration' ? task.iteration.intendedAt : startedAt;
      const outcome = { kind: 'done' as const, delayMs: Math.max(0, startedAt - intendedAt), durationMs: 0 };
      const rest: { result?: string; error?: string } = {};
      try {
        let result = (exports[name] as (...args: unknown[]) => unknown)(...args);
        if (result instanceof Promise) result = await result;
        while (state.pending.size > 0) await Promise.all(state.pending);
        const json = task.kind === 'call' ? JSON.stringify(result) : undefined;
        if (json !== undefined) rest.result = json;
      } catch (error) {
        if (error instanceof Interrupted) return { kind: 'interrupted' };
        if (error instanceof Abort) return { kind: 'aborted', reason: error.message };
        rest.error = stackOf(error);
      }
      outcome.durationMs = state.now() - startedAt;
      if (task.kind === 'iteration') {
        state.count += 1;
        state.countInScenario += 1;
        state.tags.group = '';
        host.emit({ metric: 'iteration_duration', value: outcome.durationMs, tags: { ...state.tags } });
        host.emit({ metric: 'iterations', value: 1, tags: { ...state.tags } });
      }
      return { ...outcome, ...rest };
    },
  };
}

/** Errors of the init code with the script's own lines; an abort stays visible as the cause. */
function guarded<T>(work: () => T, stackOf: (error: unknown) => string): T {
  try {
    return work();
  } catch (error) {
    throw new Error(error instanceof Abort ? error.message : stackOf(error), { cause: error });
  }
}

const parse = (json: string | undefined): unknown => (json === undefined ? undefined : JSON.parse(json));

function requireFrom(state: UserState) {
  const modules: Record<string, object> = {};
  const create: Record<string, (state: UserState) => object> = {
    k6: createK6Module,
    'k6/http': createHttpModule,
    'k6/metrics': createMetricsModule,
    'k6/data': createDataModule,
    'k6/execution': createExecutionModule,
    'k6/crypto': createCryptoModule,
    'k6/encoding': createEncodingModule,
  };
  return (name: string): object => {
    const make = create[name];
    if (!make) throw new Error(`cannot import "${name}"`);
    return (modules[name] ??= make(state));
  };
}

/** The code in a function of its own, so that each user has its own variables, also on a shared thread. */
function evaluate(
  { code, path }: UserSetup,
  given: { require: (name: string) => object; env: Record<string, string>; globals: object },
): { exports: Exports; setIteration(count: number): void } {
  const names = Object.keys(given.globals);
  const scope = runInThisContext(
    `(function (__ENV, ${names.join(', ')}) { let __ITER = 0; return { set(n) { __ITER = n; }, load: (
${code}
) }; })`,
    { filename: `${path}.bundle` },
  ) as (...args: unknown[]) => { set(count: number): void; load: (...args: unknown[]) => void };
  const { set, load } = scope(given.env, ...Object.values(given.globals));
  const module = { exports: {} as Exports };
  load(module.exports, given.require, module, path, dirname(path));
  return { exports: module.exports, setIteration: set };
}

function foundIn(state: UserState, exports: Exports): ScriptExports {
  const functions = Object.entries(exports).flatMap(([name, value]) =>
    typeof value === 'function'
      ? [[name, value.constructor.name === 'AsyncFunction' ? 'async' : 'sync'] as const]
      : [],
  );
  return {
    // As k6 reads them: plain JSON.
    options: JSON.parse(JSON.stringify(exports.options ?? {})) as Record<string, unknown>,
    functions: Object.fromEntries(functions),
    metrics: state.declared,
    shared: state.shared,
  };
}
