import type { Command } from 'commander';
import { CommanderError } from 'commander';
import { nameOf } from './help.ts';
import { CliError, EXIT } from './output.ts';

/** Commander's complaint, as one line and the word that was most likely meant. */
export function usageError(program: Command, words: string[], error: CommanderError): CliError {
  const command = commandOf(program, words);
  const [first = '', ...rest] = error.message.split('\n');
  const message = first.replace(/^error: /, '').replace(/\.$/, '');
  const meant = /^\(Did you mean (?:one of )?(.+?)\?\)$/.exec(rest.join(' '))?.[1]?.split(', ') ?? [];
  if (error.code === 'commander.help') {
    return new CliError(`${nameOf(command)} needs a command`, EXIT.usage, `${nameOf(command)} --help`);
  }
  if (error.code === 'commander.unknownCommand') {
    const unknown = /'(.+)'/.exec(first)?.[1] ?? '';
    const near = meant.map((name) => `${nameOf(command)} ${name}`);
    const hints = near.length > 0 ? near : elsewhere(program, unknown);
    return new CliError(message, EXIT.usage, hints.join(', or ') || `${nameOf(command)} --help`);
  }
  const choice = readChoice(message);
  if (choice) {
    const { name, given, allowed } = choice;
    return new CliError(`${name} cannot be ${given}: ${allowed}`, EXIT.usage, `${nameOf(command)} --help`);
  }
  const missing = /^(?:required option|missing required argument) '(.+?)'/.exec(message)?.[1];
  if (missing) return new CliError(`${missing} is missing`, EXIT.usage, `${nameOf(command)} --help`);
  const flags = meant.length > 0 ? `${meant.join(' or ')} (see ${nameOf(command)} --help)` : undefined;
  return new CliError(message, EXIT.usage, flags ?? `${nameOf(command)} --help`);
}

const WRONG_ARGUMENT = /^command-argument value '(.*)' is invalid for argument '(.+?)'.* choices are (.+)$/;
const WRONG_OPTION = /^option '(\S+).*' argument '(.*)' is invalid.* choices are (.+)$/;

/** A wrong word, and the words that are right in its place. */
function readChoice(message: string): { name: string; given: string; allowed: string } | null {
  const [, given = '', name = '', allowed = ''] = WRONG_ARGUMENT.exec(message) ?? [];
  if (name) return { name, given, allowed };
  const [, option = '', value = '', words = ''] = WRONG_OPTION.exec(message) ?? [];
  return option ? { name: option, given: value, allowed: words } : null;
}

/** The deepest command that the words name. */
export function commandOf(program: Command, words: string[]): Command {
  let command = program;
  for (const word of words) {
    const next = command.commands.find(
      (subcommand) => subcommand.name() === word || subcommand.aliases().includes(word),
    );
    if (next) command = next;
  }
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
