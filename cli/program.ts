import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import * as analyze from './commands/analyze.ts';
import * as bench from './commands/bench.ts';
import * as breaker from './commands/breaker.ts';
import * as completion from './commands/completion.ts';
import * as deadLetters from './commands/dead-letters.ts';
import * as demo from './commands/demo.ts';
import * as doctor from './commands/doctor.ts';
import * as down from './commands/down.ts';
import * as drill from './commands/drill.ts';
import * as emotions from './commands/emotions.ts';
import * as events from './commands/events.ts';
import * as load from './commands/load.ts';
import * as login from './commands/login.ts';
import * as migrate from './commands/migrate.ts';
import * as notifications from './commands/notifications.ts';
import * as offers from './commands/offers.ts';
import * as profile from './commands/profile.ts';
import * as registration from './commands/register.ts';
import * as retention from './commands/retention.ts';
import * as status from './commands/status.ts';
import * as trace from './commands/trace.ts';
import * as transactions from './commands/transactions.ts';
import * as trigger from './commands/trigger.ts';
import * as up from './commands/up.ts';
import { formatHelp, withExamples } from './help.ts';

type Registration = { register(program: Command): void };

/** Each command is a file of `commands/` that registers itself with the program. */
const GROUPS: [title: string, commands: Registration[]][] = [
  ['Run a system', [up, down, status, doctor, demo]],
  ['Act as a customer', [registration, login, emotions, transactions, analyze, offers, notifications]],
  ['Look after it', [trace, events, deadLetters, breaker, migrate, retention]],
  ['Put it to the test', [trigger, drill, load, bench]],
  ['This command line', [profile, completion]],
];

export function createProgram(): Command {
  const program = new Command('ecs')
    .description('Runs, drives and looks after the Empathic Credit System.')
    .version(packageJson.version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .option('--json', 'print JSON: one envelope, see docs/cli.md')
    .option('-q, --quiet', 'no talk on stderr but errors')
    .option('--no-color', 'no colours (or NO_COLOR=1)')
    .option('--profile <name>', 'the system of this profile (or ECS_PROFILE)')
    .option('--url <url>', 'the system at this address (or ECS_URL)')
    .option('--data-dir <folder>', 'the local system of this folder (default: .ecs)')
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureHelp({ formatHelp, showGlobalOptions: true })
    // What is wrong with the words is said by main, as every other failure is.
    .configureOutput({ outputError: () => {}, writeErr: () => {} });
  for (const [title, commands] of GROUPS) {
    program.commandsGroup(title);
    for (const command of commands) command.register(program);
  }
  for (const command of program.commands) command.helpCommand(false);
  return withExamples(
    program,
    ['ecs up --detach', 'start everything: engines, parts, supervisor'],
    ['ecs doctor', 'silent when all is well'],
    ['ecs register ada@example.com && ecs login ada@example.com'],
    ['ecs transactions import spending.csv', 'any size, goes on where it stopped'],
    ['ecs analyze && ecs offers list', 'decision, reasons, offer'],
    ['ecs trace 0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a', 'what became of a request, event, offer'],
    ['ecs trigger stressful-week', 'make something happen and see the chain'],
  );
}
