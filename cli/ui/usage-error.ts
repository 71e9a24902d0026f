import { type Command, CommanderError, type Option } from 'commander';
import { steps } from '../../deploy/local/command-line.ts';
import { againWith } from './command-line.ts';
import { nameOf } from './help.ts';
import { CliError, EXIT } from './output.ts';

/** Commander's complaint, as one line and the word that was most likely meant. */
export function usageError(program: Command, words: string[], error: CommanderError): CliError {
  const command = nameOf(commandOf(program, words));
  const [first = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n');
  const message = first.replace(/\.$/, '');
  const subject = /'(.+?)'/.exec(first)?.[1] ?? '';
  const suggestions = /^\(Did you mean (?:one of )?(.+?)\?\)$/.exec(suggestion)?.[1]?.split(', ') ?? [];
  const problem = (text: string, hint = '') =>
    new CliError(text, EXIT.usage, hint === '' ? `${command} --help` : hint);

  switch (error.code) {
    case 'commander.help':
      return problem(`${command} needs a command`);
    case 'commander.unknownCommand': {
      // Of a command and its alias the command alone: both do the same.
      const parent = commandOf(program, words);
      const names = new Set(suggestions.map((name) => childOf(parent, name)?.name() ?? name));
      const similar = [...names].map((name) => againWith(subject, name));
      return problem(message, steps(...(similar.length > 0 ? similar : elsewhere(program, subject))));
    }
    case 'commander.unknownOption':
      return problem(
        message,
        suggestions.length > 0
          ? steps(...suggestions.map((name) => againWith(subject, name)), `${command} --help`)
          : '',
      );
    // Commander looks for missing options first, but a wrong name is often why one is missing.
    case 'commander.missingMandatoryOptionValue': {
      const unknown = unknownOption(program, words);
      return unknown === null ? problem(`${subject} is missing`) : usageError(program, words, unknown);
    }
    case 'commander.missingArgument':
      return problem(`${subject} is missing`);
    case 'commander.invalidArgument':
      return problem(choiceText(message) ?? message);
    default:
      return problem(message);
  }
}

/** Throws for an argument without a text: of a script, a variable that is not set. */
export function requireArguments(command: Command): void {
  const index = command.args.findIndex((text) => text.trim() === '');
  if (index === -1) return;
  const { registeredArguments: known } = command;
  const name = (known[index] ?? known.at(-1))?.name() ?? 'the argument';
  throw new CliError(`${name} is empty`, EXIT.usage, `${nameOf(command)} --help`);
}

/** Returns Commander's own complaint of an option that the command does not have, with what is similar. */
function unknownOption(program: Command, words: string[]): CommanderError | null {
  const command = commandOf(program, words);
  const flag = unknownFlag(command, words);
  if (flag === null) return null;
  try {
    (command as Command & { unknownOption(flag: string): void }).unknownOption(flag);
  } catch (error) {
    if (error instanceof CommanderError) return error;
    throw error;
  }
  return null;
}

function unknownFlag(command: Command, words: string[]): string | null {
  const options: Option[] = [];
  for (let level: Command | null = command; level; level = level.parent) options.push(...level.options);
  const find = (word: string) => options.find(({ long, short }) => word === long || word === short);
  for (const [index, word] of words.entries()) {
    if (word === '--') return null;
    const previous = find(words[index - 1] ?? '');
    const [flag = ''] = word.split('=');
    const isKnown = find(flag) !== undefined || flag === '--help' || previous?.required || previous?.optional;
    if (flag.startsWith('--') && !isKnown) return flag;
  }
  return null;
}

const WRONG_ARGUMENT = /^command-argument value '(.*)' is invalid for argument '(.+?)'.* choices are (.+)$/;
const WRONG_OPTION = /^option '(\S+).*' argument '(.*)' is invalid.* choices are (.+)$/;

/** A wrong word, and the words that are right in its place; null for another complaint. */
function choiceText(message: string): string | null {
  const [, value, argument, words] = WRONG_ARGUMENT.exec(message) ?? [];
  if (argument) return `${argument} cannot be ${value}: ${words}`;
  const [, option, optionValue, optionWords] = WRONG_OPTION.exec(message) ?? [];
  return option ? `${option} cannot be ${optionValue}: ${optionWords}` : null;
}

/** The command below another that a word names, by its name or its alias. */
export function childOf(command: Command, word: string): Command | undefined {
  return command.commands.find((child) => child.name() === word || child.aliases().includes(word));
}

/** The deepest command that the words name. */
export function commandOf(program: Command, words: string[]): Command {
  let command = program;
  for (const word of words) command = childOf(command, word) ?? command;
  return command;
}

/** `ecs watch` -> `ecs notifications watch`: commands of that name in other places. */
function elsewhere(program: Command, name: string): string[] {
  const namesakes = (command: Command): string[] =>
    command.commands.flatMap((subcommand) => [
      ...(subcommand.name() === name ? [nameOf(subcommand)] : []),
      ...namesakes(subcommand),
    ]);
  return name === '' ? [] : namesakes(program).slice(0, 4);
}
