import { join } from 'node:path';
import type { Command } from 'commander';
import { handOn } from '../hand-on.ts';

/** Drills need the tests' harness, so they run as a process of their own; this hands the words on. */
const DRILLS = join(import.meta.dir, '..', '..', 'tests', 'drills', 'main.ts');
const FAILURE = 'a drill did not hold';

export function register(program: Command): void {
  const drill = program.command('drill').summary('break a private system on purpose and count what is left');
  drill
    .command('ls')
    .summary('the drills there are')
    .action(() => handOn(DRILLS, ['ls'], FAILURE));
  drill
    .command('run [names...]')
    .summary('run drills, all without a name; exit 1 when a promise was broken')
    .option('--seed <n>', 'the chance of an earlier run')
    .option('--events <n>', 'how many events the load has')
    .option('--minutes <n>', 'send events for so long instead')
    .option('--offers <n>', 'how many offers are accepted')
    .option('--json', 'print the reports as JSON')
    .action((names: string[], { json, ...numbers }: { json?: boolean } & Record<string, string>) =>
      handOn(
        DRILLS,
        [
          'run',
          ...names,
          ...Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, value]),
          ...(json ? ['--json'] : []),
        ],
        FAILURE,
      ),
    );
}
