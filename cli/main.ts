import { type Command, CommanderError } from 'commander';
import { complete } from './commands/completion.ts';
import { beQuiet, CliError, EXIT, printFailure, talk } from './output.ts';
import { createProgram } from './program.ts';
import { commandOf, usageError } from './usage-error.ts';

/** `ecs`: parses, runs, and turns whatever went wrong into one line and an exit code. */
async function main(words: string[]): Promise<number> {
  const flags = words.slice(0, words.includes('--') ? words.indexOf('--') : undefined);
  const json = flags.includes('--json');
  if (flags.includes('--quiet') || flags.includes('-q')) beQuiet();
  const program = createProgram();
  if (words[0] === '__complete') {
    complete(program, words.slice(1));
    return 0;
  }
  if (words[0] === 'help') return main([...words.slice(1), '--help']);
  if (words.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync(withoutVainHelp(program, words), { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const known = error instanceof CommanderError ? usageError(program, words, error) : error;
    const isUnfinished = error instanceof CommanderError && error.code === 'commander.help';
    if (isUnfinished && !json) talk(commandOf(program, words).helpInformation());
    printFailure(known, json);
    return known instanceof CliError ? known.exitCode : EXIT.failed;
  }
}

/** Help for a word that is no command would hide that it is none: `ecs offers lst --help`. */
function withoutVainHelp(program: Command, words: string[]): string[] {
  let command = program;
  for (const word of words) {
    if (word.startsWith('-') || command.commands.length === 0) return words;
    const next = command.commands.find((one) => one.name() === word);
    if (!next) return words.filter((one) => one !== '--help' && one !== '-h');
    command = next;
  }
  return words;
}

/** A reader that has seen enough (`| head -1`) is no failure. */
function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

endWithReader(process.stdout);
endWithReader(process.stderr);
process.exit(await main(process.argv.slice(2)));
