import { type Command, Option } from 'commander';
import type { Locale } from '../../sdk/index.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { print, printJson, talk } from '../ui/output.ts';
import { type PasswordFlags, passwordOptions, readPassword } from '../config/password.ts';
import { openSession, type SystemFlags } from '../config/session.ts';

interface RegisterFlags extends SystemFlags, PasswordFlags {
  jurisdiction?: string;
  locale?: Locale;
}

export function register(program: Command): void {
  const command = program.command('register <email>');
  withExamples(
    command,
    ['ecs register ada@example.com', 'asks for the password'],
    ['ecs register ada@example.com --password-file secret.txt'],
    ['ecs register ada@example.com --jurisdiction BR --locale pt-BR', 'whose law and texts count'],
    ['pass ecs/ada | ecs register ada@example.com --password-stdin'],
  );
  command
    .option('--jurisdiction <country>', 'the country by whose law decisions are made, like BR (ISO 3166-1)')
    .addOption(
      new Option('--locale <locale>', 'the language of texts (default: en)').choices(['en', 'pt-BR']),
    );
  passwordOptions(command).action(
    run(async (email: string, flags: RegisterFlags) => {
      const { ecs } = openSession(flags);
      const password = await readPassword(flags, `Password for ${email} (8 to 128 characters)`);
      const { jurisdiction, locale } = flags;
      const user = await ecs.auth.register({ email, password, jurisdiction, locale });
      if (flags.json) printJson(user);
      else {
        print(`registered ${user.email}  ${user.id}`);
        talk(`next: ecs login ${user.email}`);
      }
    }),
  );
}
