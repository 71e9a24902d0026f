import type { Command } from 'commander';
import { run } from '../ui/failure.ts';
import { print, printJson } from '../ui/output.ts';
import type { SystemFlags } from '../config/session.ts';
import { stopSystem } from '../../deploy/local/stack/stop-system.ts';
import { dataDirOf } from '../config/context.ts';

export function register(program: Command): void {
  program
    .command('down')
    .description('Drains the services, then stops the engines. Data stays; nothing accepted is lost.')
    .action(
      run(async (flags: SystemFlags) => {
        const stopped = await stopSystem(dataDirOf(flags));
        if (flags.json) printJson({ stopped });
        else print(stopped ? 'stopped' : 'nothing was running');
      }),
    );
}
