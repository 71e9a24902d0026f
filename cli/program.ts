import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { COMMANDS, nameOf } from './commands.ts';
import { formatHelp, withExamples } from './ui/help.ts';
import { requireOptions, watchOptions } from './ui/option-rules.ts';
import { requireArguments } from './ui/usage-error.ts';

/**
 * The program with the commands that the words name, since most need not be loaded; with the outlines of all
 * when the words name none, which is enough for help and suggestions; or with `all`.
 */
export async function createProgram(
  words: string[] | 'all',
  writeOut = (text: string): unknown => process.stdout.write(text),
): Promise<Command> {
  // There -v is --verbose, as to k6.
  const isOfLoad = words !== 'all' && words.includes('load');
  const program = new Command('ecs')
    .description('Runs, drives and operates the Empathic Credit System.')
    .version(packageJson.version, isOfLoad ? '--version' : '-v, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .option('--json', 'print JSON: one envelope, see docs/cli.md')
    .option('-q, --quiet', 'no talk on stderr but errors')
    .option('--no-color', 'no colors (or NO_COLOR=1)')
    .option('--profile <name>', 'the system of this profile (or ECS_PROFILE)')
    .option('--url <url>', 'the system at this address (or ECS_URL)')
    .option('--data-dir <folder>', 'the local system of this folder (default: .ecs)')
    .exitOverride()
    .hook('preAction', async (_, command) => {
      requireArguments(command);
      requireOptions(command);
      // Not for help, which is to be there at once.
      const { announceAct } = await import('./config/acts.ts');
      announceAct(command, command.optsWithGlobals());
    })
    .showSuggestionAfterError(true)
    .configureHelp({ formatHelp, showGlobalOptions: true })
    // Usage errors are printed by main, as every other failure is.
    .configureOutput({ outputError: () => {}, writeErr: () => {}, writeOut });
  const isNeeded = (name: string) => words === 'all' || words.includes(name);
  const isOutline = !COMMANDS.some(([, commands]) => commands.some(([text]) => isNeeded(nameOf(text))));
  for (const [group, commands] of COMMANDS) {
    program.commandsGroup(group);
    for (const [words, summary, load] of commands) {
      if (isNeeded(nameOf(words))) (await load()).register(program);
      else if (isOutline) outline(program, words);
      else continue;
      program.commands.at(-1)?.summary(summary);
    }
  }
  for (const command of program.commands) command.helpCommand(false);
  acceptList(program);
  watchOptions(program);
  return withExamples(
    program,
    ['ecs up --detach', 'start everything: engines, services, supervisor'],
    ['ecs doctor', 'silent when all is well'],
    ['ecs register ada@example.com && ecs login ada@example.com'],
    ['ecs transactions import spending.csv', 'any size, goes on where it stopped'],
    ['ecs analyze && ecs offers ls', 'decision, reasons, offer'],
    ['ecs trace 0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a', 'what became of a request, event, offer'],
    ['ecs trigger stressful-week', 'make something happen and see the chain'],
  );
}

/** Lists are called `ls`; the word that people try first does the same. */
function acceptList(program: Command): void {
  for (const { commands } of program.commands)
    for (const command of commands) if (command.name() === 'ls') command.alias('list');
}

/** Adds a command without its flags and its file: `offers ls|show`, `login EMAIL`. */
function outline(program: Command, words: string): void {
  const [name = '', rest] = words.split(' ');
  const command = program.command(name);
  if (!rest) return;
  if (rest === rest.toUpperCase()) command.argument(`[${rest.toLowerCase()}]`);
  else for (const child of rest.split('|')) command.command(child);
}
