import { join } from 'node:path';
import type { Command } from 'commander';
import { PRIVATE } from '../config/acts.ts';
import { run } from '../ui/failure.ts';
import { nameSystem } from '../ui/output.ts';
import { withExamples } from '../ui/help.ts';
import { runAsCommand } from '../ui/run-script.ts';
import { readInteger, type SystemFlags } from '../config/session.ts';

/** Measuring needs the tests' load generator, so it runs in a process of its own. */
const BENCH = join(import.meta.dir, '..', '..', 'tests', 'bench', 'main.ts');

interface Flags extends SystemFlags {
  only?: string;
  seconds?: string;
  rounds?: string;
  connections?: string;
  full?: boolean;
  millions?: string;
  processes?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('bench')
    .option('--only <names>', 'only these rows, with commas')
    .option('--seconds <n>', 'how long each round loads')
    .option('--rounds <n>', 'how many rounds, of which the median counts')
    .option('--connections <n>', 'clients at once, of rows with one event per request')
    .option('--full', 'growth up to 10 million stored events')
    .option('--millions <list>', 'growth at these millions of stored events, as 1,10,100')
    .option('--processes', 'the CPU time of each process as well, for one event or analysis')
    .action(
      run(async ({ only, full, json, millions, processes, ...numbers }: Flags) => {
        const { seconds, rounds, connections } = numbers;
        for (const [name, text] of Object.entries({ seconds, rounds, connections })) {
          if (text !== undefined) readInteger(`--${name}`, text, { min: 1, max: 3600 });
        }
        const options = Object.entries({ only, seconds, rounds, connections, millions });
        const words = options.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
        const switches = Object.entries({ full, processes, json });
        const args = [...words, ...switches.flatMap(([name, isOn]) => (isOn ? [`--${name}`] : []))];
        nameSystem(PRIVATE);
        await runAsCommand(BENCH, args, { failure: 'the benchmark did not run', json: json ?? false });
      }),
    );
  withExamples(command, ['ecs bench --seconds 5 --rounds 3'], ['ecs bench --json > bench.json']);
}
