import { join } from 'node:path';

const LANE = join(import.meta.dir, 'lane.ts');

export interface LaneTask {
  file: string;
  args: string[];
  env: Record<string, string>;
}

export type Ending =
  | { kind: 'ended'; code: number; stdout: string; stderr: string }
  | { kind: 'hung' }
  | { kind: 'crashed'; reason: string };

/** A process that runs scripts one after the other: most of the time of a small script is the start of its process. */
export function startLane() {
  let receive: (ending: Ending) => void = () => {};
  const child = Bun.spawn([process.execPath, LANE], {
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    env: { ...process.env, NO_COLOR: '1' },
    ipc: (ending) => receive(ending as Ending),
  });
  void child.exited.then((code) => receive({ kind: 'crashed', reason: `the process ended with ${code}` }));
  return {
    /** Resolves with `hung` when the script takes longer than the limit. */
    async run(task: LaneTask, variables: Record<string, string>, limitSeconds: number): Promise<Ending> {
      const { promise, resolve } = Promise.withResolvers<Ending>();
      receive = resolve;
      const timer = setTimeout(() => resolve({ kind: 'hung' }), limitSeconds * 1000);
      child.send({ ...task, env: { ...variables, ...task.env } });
      const ending = await promise;
      clearTimeout(timer);
      return ending;
    },
    kill() {
      receive = () => {};
      child.kill('SIGKILL');
    },
  };
}
