import type { Command } from 'commander';
import { userIdOfToken } from '../../sdk/index.ts';
import { saveCredential } from '../config/credentials.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, print, printJson, talk } from '../ui/output.ts';
import { type PasswordFlags, passwordOptions, readPassword } from '../config/password.ts';
import { openSession, type SystemFlags } from '../config/session.ts';

export function register(program: Command): void {
  const command = program.command('login <email>');
  withExamples(
    command,
    ['ecs login ada@example.com', 'asks for the password'],
    ['ECS_PASSWORD_FILE=secret.txt ecs login ada@example.com'],
    ['ecs analyze --as ada@example.com', 'several may be logged in; the last one is meant'],
  );
  passwordOptions(command).action(
    run(async (email: string, flags: SystemFlags & PasswordFlags) => {
      const { ecs, context, system } = openSession(flags);
      const password = await readPassword(flags, `Password for ${email}`);
      const { access_token: token, expires_in } = await ecs.auth.login({ email, password });
      const userId = userIdOfToken(token);
      if (!userId) throw new CliError(`${context.url} gave a token that names no user`);
      const expiresAt = new Date(Date.now() + expires_in * 1000).toISOString();
      saveCredential(context.home, { system, email, userId, token, expiresAt });
      // The token itself stays in its file: printed text ends up in logs.
      if (flags.json) printJson({ email, userId, expiresAt });
      else {
        print(`logged in as ${email}  ${userId}`);
        talk(`until ${expiresAt}\nnext: ecs analyze`);
      }
    }),
  );
}
