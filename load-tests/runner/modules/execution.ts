import { Abort } from '../protocol/endings.ts';
import { STATS } from '../protocol/messages.ts';
import type { UserState } from './user-state.ts';

/** `k6/execution`: the script's view of the test, its scenario and itself. */
export function createExecutionModule(state: UserState) {
  const { setup, host } = state;
  const stats = new Float64Array(setup.stats);
  const stat = (name: keyof typeof STATS) => stats[STATS[name]] ?? 0;
  const currentIteration = () => {
    if (!state.iteration)
      throw new Error('getting scenario information outside of the VU context is not supported');
    return state.iteration;
  };
  const scenario = {
    get name() {
      return currentIteration().scenario.name;
    },
    get executor() {
      return currentIteration().scenario.executor;
    },
    get startTime() {
      return Math.floor(currentIteration().scenario.startedAt);
    },
    get progress() {
      const { startedAt, durationMs } = currentIteration().scenario;
      return durationMs > 0 ? Math.min(1, (state.now() - startedAt) / durationMs) : 0;
    },
    get iterationInInstance() {
      return currentIteration().inScenario;
    },
    get iterationInTest() {
      return currentIteration().inScenario;
    },
  };
  const instance = {
    get iterationsInterrupted() {
      return stat('interrupted');
    },
    get iterationsCompleted() {
      return stat('completed');
    },
    get vusActive() {
      return stat('active');
    },
    get vusInitialized() {
      return stat('initialized');
    },
    get currentTestRunDuration() {
      return stat('startedAt') === 0 ? 0 : state.now() - stat('startedAt');
    },
  };
  const vu = {
    idInInstance: setup.id,
    idInTest: setup.id,
    get iterationInInstance() {
      return state.count;
    },
    get iterationInScenario() {
      currentIteration();
      return state.countInScenario;
    },
    get tags() {
      return textTags(state);
    },
    get metrics() {
      return { tags: textTags(state), metadata: {} };
    },
  };
  const test = {
    abort: (reason = ''): never => {
      throw new Abort(reason);
    },
    fail: (reason = '') => host.markFailed(reason),
    get options() {
      if (!setup.options) throw new Error('getting test options in the init context is not supported');
      return setup.options.k6Form;
    },
  };
  const module = { scenario, instance, vu, test };
  return { __esModule: true, ...module, default: module };
}

/** Tags as an object that can be written to; values become text. */
function textTags(state: UserState) {
  return new Proxy(state.tags, {
    set: (_, key, value) => {
      if (!['string', 'number', 'boolean'].includes(typeof value)) {
        throw new TypeError('only String, Boolean and Number types are accepted as a tag value');
      }
      state.tags[String(key)] = String(value);
      return true;
    },
  });
}
