import { endMarked, RUN_MARK } from './end-marked.ts';

interface TestRun {
  root: string;
  env: NodeJS.ProcessEnv;
  /** Options of `bun test`. */
  options: string[];
  tests: string[];
  /** After so long the run is killed: no timeout of a test interrupts a loop without an end. */
  limitMs?: number;
}

const running = new Set<string>();

/** Ends all that runs at this moment. */
export function endRuns(): void {
  for (const mark of running) endMarked(mark);
}

/** Runs test files in a process of their own, and ends whatever it leaves behind. */
export async function runTests({ root, env, options, tests, limitMs }: TestRun) {
  const mark = crypto.randomUUID();
  running.add(mark);
  const child = Bun.spawn([process.execPath, 'test', ...options, ...tests.map((test) => `./${test}`)], {
    cwd: root,
    env: { ...env, NODE_ENV: 'test', [RUN_MARK]: mark },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  });
  let isLate = false;
  const kill = () => {
    isLate = true;
    child.kill('SIGKILL');
  };
  const timer = limitMs === undefined ? undefined : setTimeout(kill, limitMs);
  const reading = new Response(child.stderr).text();
  const hasPassed = (await child.exited) === 0;
  clearTimeout(timer);
  // Engines that it started hold its output open. One that has begun just now shows no mark for a moment.
  const looks = setInterval(() => endMarked(mark), 100);
  endMarked(mark);
  const report = await reading;
  clearInterval(looks);
  running.delete(mark);
  return { hasPassed, isLate, report };
}
