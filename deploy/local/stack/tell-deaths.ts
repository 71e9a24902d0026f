import type { ChildState } from './state.ts';

/** Returns a listener that says which processes have died, and which run again. */
export function createDeathTeller(say: (line: string) => void): (children: ChildState[]) => void {
  const states = new Map<string, ChildState['state']>();
  return (children) => {
    for (const { name, state, cause = 'ended', pid } of children) {
      const before = states.get(name);
      states.set(name, state);
      if (before === state) continue;
      if (state === 'restarting' && before === 'running') say(`${name} ${cause}: it is started again`);
      if (state === 'running' && before === 'restarting') say(`${name} runs again (pid ${pid})`);
    }
  };
}
