import type { Command } from 'commander';
import { CliError } from '../output.ts';

/** Commands whose place is kept: what they will do is not part of this version. */
export function register(program: Command): void {
  for (const [name, summary] of [
    ['bench', 'measure against the limits of the machine (not part of this version yet)'],
  ] as const) {
    program
      .command(name)
      .summary(summary)
      .allowExcessArguments()
      .allowUnknownOption()
      .action(() => {
        throw new CliError(`ecs ${name} is not part of this version yet`);
      });
  }
}
