import { join } from 'node:path';
import type { Command } from 'commander';
import { PRIVATE } from '../config/acts.ts';
import { run } from '../ui/failure.ts';
import { nameSystem } from '../ui/output.ts';
import { runAsCommand } from '../ui/run-script.ts';
import { withExamples } from '../ui/help.ts';
import { reportsFolder } from '../config/reports-folder.ts';
import { readInteger, type SystemFlags } from '../config/session.ts';

/** Drills need the tests' harness, so they run in a process of their own. */
const DRILLS = join(import.meta.dir, '..', '..', 'tests', 'drills', 'main.ts');
const FAILURE = 'a drill did not hold';

interface RunFlags extends SystemFlags {
  seed?: string;
  events?: string;
  minutes?: string;
  rounds?: string;
  seconds?: string;
  offers?: string;
  reports?: string;
}

export function register(program: Command): void {
  const drill = program.command('drill');
  withExamples(
    drill,
    ['ecs drill ls', 'what can be broken'],
    ['ecs drill run kill-storm --seed 7', 'one drill, with the chance of an earlier run'],
    ['ecs drill run', 'all of them, about 15 minutes'],
  );
  drill
    .command('ls')
    .summary('the drills there are')
    .action(
      run((flags: SystemFlags) =>
        runAsCommand(DRILLS, ['ls', ...jsonOf(flags)], { failure: FAILURE, json: flags.json ?? false }),
      ),
    );
  drill
    .command('run [names...]')
    .summary('run drills, all without a name; exit 1 when a promise was broken')
    .option('--seed <n>', 'the chance of an earlier run')
    .option('--events <n>', 'how many events the load has, of a drill with events (ecs drill ls)')
    .option('--minutes <n>', 'send events for so long instead, of the same')
    .option('--rounds <n>', 'how often the fault comes, of a drill that repeats it')
    .option('--seconds <n>', 'how long the fault lasts, of a drill with a length')
    .option('--offers <n>', 'how many offers are accepted')
    .option('--reports <folder>', 'keep a report for the console; .ecs/reports where there is .ecs')
    .action(
      run(async (names: string[], flags: RunFlags) => {
        const { seed, events, minutes, rounds, seconds, offers } = flags;
        const numbers = Object.entries({ seed, events, minutes, rounds, seconds, offers }).flatMap(
          ([name, text]) =>
            text === undefined
              ? []
              : [`--${name}`, String(readInteger(`--${name}`, text, { min: 0, max: 2 ** 31 }))],
        );
        const folder = reportsFolder(flags);
        const reports = folder === undefined ? [] : ['--reports', folder];
        const args = ['run', ...names, ...numbers, ...reports, ...jsonOf(flags)];
        nameSystem(PRIVATE);
        await runAsCommand(DRILLS, args, { failure: FAILURE, json: flags.json ?? false });
      }),
    );
}

const jsonOf = ({ json }: SystemFlags) => (json ? ['--json'] : []);
