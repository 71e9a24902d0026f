import { type Command, CommanderError } from 'commander';
import { beQuiet, CliError, EXIT, printFailure, printJson, talk } from './ui/output.ts';
import { FORMS, rememberCall } from './ui/command-line.ts';
import { toCliError } from './ui/failure.ts';
import { createProgram } from './program.ts';
import { childOf, commandOf, usageError } from './ui/usage-error.ts';

let isReaderGone = false;
let isOutputLost = false;

/** `ecs`: parses, runs, and turns every failure into one line and an exit code. */
async function main(words: string[]): Promise<number> {
  const flags = words.slice(0, words.includes('--') ? words.indexOf('--') : undefined);
  const json = flags.includes('--json');
  if (flags.includes('--quiet') || flags.includes('-q')) beQuiet();
  rememberCall(words);
  if (words[0] === '__complete') {
    const { complete } = await import('./commands/completion.ts');
    await complete(await createProgram('all'), words.slice(1));
    return 0;
  }
  if (words[0] === 'help') return main([...words.slice(1), '--help']);
  // Without a command, only with flags of output.
  if (words.every((word) => FORMS.has(word))) return main([...words, '--help']);
  let printed = '';
  const program = await createProgram(words, json ? (text) => (printed += text) : undefined);
  try {
    await program.parseAsync(withoutVainHelp(program, words), { from: 'user' });
    return 0;
  } catch (failure) {
    // The output has no reader any more: either no failure, or one that was printed.
    if (isReaderGone) return 0;
    const error = await toCliError(failure);
    if (error instanceof CommanderError && error.exitCode === 0) {
      const isVersion = error.code === 'commander.version';
      if (json) printJson(isVersion ? { version: printed.trim() } : { help: printed });
      return 0;
    }
    if (!(error instanceof CommanderError)) {
      printFailure(error, json);
      return error instanceof CliError ? error.exitCode : EXIT.failed;
    }
    // All commands, since any of them may be the one that was meant.
    const whole = await createProgram('all');
    const problem = usageError(whole, words, error);
    const isUnfinished = error.code === 'commander.help';
    if (isUnfinished && !json) talk(commandOf(whole, words).helpInformation());
    printFailure(problem, json);
    return problem.exitCode;
  }
}

/** Drops `--help` behind an unknown command, so that it is reported: `ecs offers lst --help`. */
function withoutVainHelp(program: Command, words: string[]): string[] {
  let command = program;
  for (const word of words) {
    if (word.startsWith('-') || command.commands.length === 0) return words;
    const next = childOf(command, word);
    if (!next) return words.filter((text) => text !== '--help' && text !== '-h');
    command = next;
  }
  return words;
}

/**
 * Ends the command when its output cannot be written: without a failure for a reader that has stopped reading
 * (`| head -1`) or a closed terminal, as a failure for a full disk.
 */
function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (isReaderGone) return;
    isReaderGone = true;
    isOutputLost = error.code !== 'EPIPE' && error.code !== 'EIO';
    if (isOutputLost && stream === process.stdout) printFailure(lossOf(error), false);
    // A command that runs a system would leave its processes behind: it stops them, as at a signal.
    if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
    else process.exit(isOutputLost ? EXIT.failed : 0);
  });
}

const lossOf = ({ code }: NodeJS.ErrnoException) =>
  new CliError(`standard output takes no more${code === 'ENOSPC' ? ': no space is left' : ` (${code})`}`);

/**
 * Resolves when a slow reader has everything, or the last write has failed, which is reported after the end.
 */
const isWritten = (stream: NodeJS.WriteStream) =>
  new Promise<void>((resolve) => stream.end(() => setImmediate(resolve)));

endWithReader(process.stdout);
endWithReader(process.stderr);
// Not awaited: a compiled bundle allows no `await` at its top level.
void main(process.argv.slice(2)).then(async (code) => {
  for (const stream of [process.stdout, process.stderr]) if (!isReaderGone) await isWritten(stream);
  process.exit(isOutputLost ? EXIT.failed : code);
});
