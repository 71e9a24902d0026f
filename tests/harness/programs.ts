import { join } from 'node:path';
import { bundleProgram } from '../../deploy/local/stack/bundle-program.ts';
import { bundleServices } from '../../deploy/local/stack/bundle-services.ts';

const TOP = join(import.meta.dir, '..', '..');

/** Names the variable in which a run hands its bundles to its test processes. */
export const BUNDLES = 'ECS_TEST_BUNDLES';

/**
 * The runtime compiles code after four times as many runs as by itself, and optimizes it after ten times as many: most
 * processes live for seconds, and their compilers took a tenth of the processor. Code of a lasting load is optimized.
 */
export const SHORT_LIVED = {
  BUN_JSC_thresholdForJITAfterWarmUp: '2000',
  BUN_JSC_thresholdForJITSoon: '500',
  BUN_JSC_thresholdForOptimizeAfterWarmUp: '10000',
  BUN_JSC_thresholdForOptimizeAfterLongWarmUp: '10000',
  BUN_JSC_thresholdForOptimizeSoon: '10000',
};

/** Started hundreds of times by tests, with the threads of each. */
const PROGRAMS = {
  'cli/main.ts': [],
  'load-tests/runner/main.ts': ['script/worker-thread.ts', 'script/loop-thread.ts'],
};
type Program = keyof typeof PROGRAMS;

/**
 * Bundles the programs, for half the time to start of their sources, and less where they are compiled; returns
 * their files. Systems find the bundle of the services by themselves.
 */
export async function bundlePrograms(isCompiled: boolean): Promise<Record<string, string>> {
  const cache = join(TOP, 'node_modules', '.cache', 'ecs', `tests-${Bun.hash(TOP).toString(36)}`);
  const making = Object.entries(PROGRAMS).map(async ([name, threads]) => {
    const source = join(TOP, name);
    const program = { source, top: TOP, threads: threads.map((thread) => join(source, '..', thread)) };
    return [name, await bundleProgram(program, join(cache, name), isCompiled)] as const;
  });
  const [files] = await Promise.all([Promise.all(making), bundleServices({ isCompiled })]);
  return Object.fromEntries(files);
}

/** Returns the bundle of the run; the source where a test file runs alone. */
export function programOf(program: Program): string {
  const bundles = JSON.parse(process.env[BUNDLES] ?? '{}') as Partial<Record<Program, string>>;
  return bundles[program] ?? join(TOP, program);
}
