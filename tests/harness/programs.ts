import { join } from 'node:path';
import { bundleProgram } from '../../deploy/local/stack/bundle-services.ts';

const TOP = join(import.meta.dir, '..', '..');

/** Names the variable in which a run hands its bundles to its test processes. */
export const BUNDLES = 'ECS_TEST_BUNDLES';

/** Started hundreds of times by tests. */
const PROGRAMS = ['cli/main.ts'] as const;
type Program = (typeof PROGRAMS)[number];

/** Bundles the programs, for half the time to start of their sources; returns their files. */
export async function bundlePrograms(): Promise<Record<string, string>> {
  const cache = join(TOP, 'node_modules', '.cache', 'ecs', `tests-${Bun.hash(TOP).toString(36)}`);
  const files = await Promise.all(
    PROGRAMS.map((program) => bundleProgram(join(TOP, program), join(cache, program))),
  );
  return Object.fromEntries(PROGRAMS.map((program, index) => [program, files[index] ?? '']));
}

/** Returns the bundle of the run; the source where a test file runs alone. */
export function programOf(program: Program): string {
  const bundles = JSON.parse(process.env[BUNDLES] ?? '{}') as Partial<Record<Program, string>>;
  return bundles[program] ?? join(TOP, program);
}
