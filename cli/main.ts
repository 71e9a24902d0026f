import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import * as analyze from './commands/analyze.ts';
import * as bench from './commands/bench.ts';
import * as breaker from './commands/breaker.ts';
import * as deadLetters from './commands/dead-letters.ts';
import * as demo from './commands/demo.ts';
import * as down from './commands/down.ts';
import * as doctor from './commands/doctor.ts';
import * as drill from './commands/drill.ts';
import * as emotions from './commands/emotions.ts';
import * as load from './commands/load.ts';
import * as login from './commands/login.ts';
import * as migrate from './commands/migrate.ts';
import * as notifications from './commands/notifications.ts';
import * as offers from './commands/offers.ts';
import * as registration from './commands/register.ts';
import * as retention from './commands/retention.ts';
import * as status from './commands/status.ts';
import * as transactions from './commands/transactions.ts';
import * as up from './commands/up.ts';
import { CliError, EXIT, talk } from './output.ts';

/** `ecs`: each command is a file of `commands/` that registers itself with the program. */
const COMMANDS = [
  [up, down, status, demo, doctor, migrate, retention],
  [registration, login, emotions, transactions, analyze, offers, notifications],
  [deadLetters, breaker, drill, bench, load],
].flat();

export function createProgram(): Command {
  const program = new Command('ecs')
    .description('Runs, drives and looks after the Empathic Credit System')
    .version(packageJson.version)
    .showSuggestionAfterError(true)
    .showHelpAfterError('(ecs --help shows all commands)')
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) });
  for (const command of COMMANDS) command.register(program);
  // Commander copies none of these to the commands that were added before.
  const inherit = (command: Command): void => {
    command.exitOverride().showSuggestionAfterError(true);
    for (const child of command.commands) inherit(child);
  };
  inherit(program);
  return program;
}

async function main(): Promise<number> {
  try {
    await createProgram().parseAsync(process.argv);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
    if (error instanceof CliError) {
      talk(`ecs: ${error.message}`);
      if (error.hint) talk(`try: ${error.hint}`);
      return error.exitCode;
    }
    talk(`ecs: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT.failed;
  }
}

if (import.meta.main) process.exit(await main());
