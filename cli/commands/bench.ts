import { join } from 'node:path';
import type { Command } from 'commander';
import { handOn } from '../hand-on.ts';

/** Measuring needs the tests' load generator, so it runs as a process of its own; this hands the words on. */
const BENCH = join(import.meta.dir, '..', '..', 'tests', 'bench', 'main.ts');

export function register(program: Command): void {
  program
    .command('bench')
    .summary('measure a private system beside the limits of this machine')
    .option('--only <names>', 'only these rows, with commas')
    .option('--seconds <n>', 'how long each round loads')
    .option('--rounds <n>', 'how many rounds, of which the median counts')
    .option('--full', 'growth up to 10 million stored events')
    .option('--json', 'print JSON')
    .action((flags: Record<string, string | true>) =>
      handOn(
        BENCH,
        Object.entries(flags).flatMap(([name, value]) =>
          value === true ? [`--${name}`] : [`--${name}`, value],
        ),
        'the benchmark did not run',
      ),
    );
}
