import { indexInTest } from '../options/segment.ts';
import { STATS } from '../protocol/messages.ts';
import { readTag } from './text-values.ts';
import type { UserState } from './user-state.ts';

/** `k6/execution`: the script's view of the test, its scenario and itself. */
export function createExecutionModule(state: UserState) {
  const module = {
    scenario: scenarioView(state),
    instance: instanceView(state),
    vu: userView(state),
    test: testView(state),
  };
  return { __esModule: true, ...module, default: module };
}

function scenarioView(state: UserState) {
  const iteration = () => currentIteration(state);
  return {
    get name() {
      return iteration().scenario.name;
    },
    get executor() {
      return iteration().scenario.executor;
    },
    get startTime() {
      return Math.floor(iteration().scenario.startedAt);
    },
    get progress() {
      const { startedAt, durationMs } = iteration().scenario;
      return durationMs > 0 ? Math.min(1, (state.now() - startedAt) / durationMs) : 0;
    },
    get iterationInInstance() {
      return iteration().inScenario;
    },
    get iterationInTest() {
      return indexInTest(iteration().inScenario, state.setup.options?.stripe ?? null);
    },
  };
}

function instanceView(state: UserState) {
  const stats = new Float64Array(state.setup.stats);
  const stat = (name: keyof typeof STATS) => stats[STATS[name]] ?? 0;
  return {
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
}

function userView(state: UserState) {
  const { setup } = state;
  const metadata: Record<string, unknown> = {};
  return {
    idInInstance: setup.id,
    idInTest: setup.id === 0 ? 0 : indexInTest(setup.id - 1, setup.options?.stripe ?? null) + 1,
    get iterationInInstance() {
      return state.count;
    },
    get iterationInScenario() {
      currentIteration(state);
      return state.countInScenario;
    },
    get tags() {
      return textTags(state);
    },
    get metrics() {
      // Frozen: to replace all tags at once is an error, as in k6.
      return Object.freeze({ tags: textTags(state), metadata });
    },
  };
}

function testView({ setup, host }: UserState) {
  return {
    abort: (reason: unknown = ''): never => host.leave({ kind: 'aborted', reason: reasonText(reason) }),
    fail: (reason: unknown = '') => host.markFailed(reasonText(reason)),
    get options() {
      if (!setup.options) throw new Error('getting test options in the init context is not supported');
      return setup.options.k6Form;
    },
  };
}

/** A script may pass any value; one that no thread can take would be an error that it could catch. */
function reasonText(reason: unknown): string {
  return typeof reason === 'string' ? reason : (JSON.stringify(reason) ?? typeof reason);
}

function currentIteration({ iteration }: UserState) {
  if (!iteration) throw new Error('getting scenario information outside of the VU context is not supported');
  return iteration;
}

/** Tags as an object that can be written to; values become text. */
function textTags(state: UserState) {
  return new Proxy(state.tags, {
    set: (_, key, value) => {
      state.tags[String(key)] = readTag(String(key), value);
      return true;
    },
  });
}
