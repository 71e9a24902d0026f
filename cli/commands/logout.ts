import type { Command } from 'commander';
import { forgetCredentials } from '../config/credentials.ts';
import { resolveHome } from '../config/session.ts';
import { customerOptions, type CustomerFlags } from '../config/session.ts';
import { run } from '../ui/failure.ts';
import { print, printJson, talk } from '../ui/output.ts';

export function register(program: Command): void {
  customerOptions(program.command('logout'))
    .description('Forgets the login of --as, or all logins of customers. A token goes on until it expires.')
    .action(
      run(async (flags: CustomerFlags) => {
        const { home, system } = resolveHome(flags);
        const emails = forgetCredentials(home, { system, email: flags.as });
        if (flags.json) printJson({ loggedOut: emails });
        else if (emails.length === 0) talk('nobody was logged in');
        else for (const email of emails) print(`logged out ${email}`);
      }),
    );
}
