import type { Command } from 'commander';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { print, printJson, talk } from '../ui/output.ts';
import { type PasswordFlags, passwordOptions, readPassword } from '../config/password.ts';
import { openSession, type SystemFlags } from '../config/session.ts';

export function register(program: Command): void {
  const command = program.command('register <email>').summary('register a customer');
  withExamples(
    command,
    ['ecs register ada@example.com', 'asks for the password'],
    ['ecs register ada@example.com --password-file secret.txt'],
    ['pass ecs/ada | ecs register ada@example.com --password-stdin'],
  );
  passwordOptions(command).action(
    run(async (email: string, flags: SystemFlags & PasswordFlags) => {
      const { ecs } = openSession(flags);
      const password = await readPassword(flags, `Password for ${email} (8 to 128 characters)`);
      const user = await ecs.auth.register({ email, password });
      if (flags.json) printJson(user);
      else {
        print(`registered ${user.email}  ${user.id}`);
        talk(`next: ecs login ${user.email}`);
      }
    }),
  );
}
