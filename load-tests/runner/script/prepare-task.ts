import { createJar } from '../http/cookies.ts';
import type { UserState } from '../modules/user-state.ts';
import type { Iteration, Task } from '../protocol/messages.ts';

interface PreparedCall {
  name: string;
  args: unknown[];
}

/** Returns the preparation of a task: it sets the user's state and __ENV, and names the function to call. */
export function createTaskPreparation(
  state: UserState,
  env: Record<string, string>,
  setIteration: (count: number) => void,
): (task: Task) => PreparedCall {
  const { setup } = state;
  const setupData = new Map<string | undefined, unknown>();
  const prepareIteration = (iteration: Iteration): void => {
    const { scenario } = iteration;
    if (state.iteration?.scenario.name !== scenario.name) {
      Object.assign(env, setup.env, scenario.env);
      state.countInScenario = 0;
      state.tags = { ...setup.options?.tags, ...scenario.tags, scenario: scenario.name, group: '' };
    }
    state.tags.group = '';
    state.phase = 'default';
    state.iteration = iteration;
    if (!setup.options?.http.noCookiesReset) state.jar = createJar();
    setIteration(state.count);
  };
  return (task) => {
    if (task.kind === 'call') {
      state.phase = task.name;
      const group = task.name === 'handleSummary' ? '' : `::${task.name}`;
      state.tags = { ...setup.options?.tags, group };
      return { name: task.name, args: task.args.map(parseJson) };
    }
    prepareIteration(task.iteration);
    // Each user has its own copy of the setup's data, and keeps it.
    if (!setupData.has(task.data)) setupData.set(task.data, parseJson(task.data));
    return { name: task.iteration.scenario.exec, args: [setupData.get(task.data)] };
  };
}

const parseJson = (json: string | undefined): unknown => (json === undefined ? undefined : JSON.parse(json));
