import { isCancel, password as askPassword } from '@clack/prompts';
import type { Command } from 'commander';
import { steps } from '../../deploy/local/command-line.ts';
import { again } from '../ui/command-line.ts';
import { secretOf } from '../../deploy/local/environment.ts';
import { CliError, EXIT, isInteractive } from '../ui/output.ts';
import { excludes } from '../ui/option-rules.ts';
import { readSmall } from '../ui/read-small.ts';

export interface PasswordFlags {
  passwordFile?: string;
  passwordStdin?: boolean;
}

export function passwordOptions(command: Command): Command {
  command
    .option('--password-file <file>', 'read the password from a file')
    .option('--password-stdin', 'read the password from standard input');
  return excludes(command, '--password-file', '--password-stdin');
}

/** Never from a flag, which other users of the machine could read: file, stdin, ECS_PASSWORD, or a prompt. */
export async function readPassword(flags: PasswordFlags, question: string): Promise<string> {
  const password = await findPassword(flags, question);
  if (password !== '') return password;
  throw new CliError('the password is empty', EXIT.usage);
}

async function findPassword(flags: PasswordFlags, question: string): Promise<string> {
  if (flags.passwordFile !== undefined) return firstLine(await readSmall(flags.passwordFile));
  if (flags.passwordStdin) return firstLine(await readSmall('-'));
  const environmentPassword = secretOf('ECS_PASSWORD');
  if (environmentPassword) return environmentPassword;
  if (!isInteractive()) {
    throw new CliError(
      'there is no password, and no terminal to ask on',
      EXIT.usage,
      steps(again({ '--password-file': 'FILE' }), `ECS_PASSWORD_FILE=FILE ${again()}`),
    );
  }
  const password = await askPassword({ message: question });
  if (isCancel(password)) throw new CliError('cancelled', EXIT.interrupted);
  return password;
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? '';
}
