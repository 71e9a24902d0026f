import { type Command, Option } from 'commander';
import { steps } from '../../deploy/local/command-line.ts';
import { again } from './command-line.ts';
import { nameOf } from './help.ts';
import { CliError, EXIT } from './output.ts';

/** How two flags of a command depend on each other; by their long forms. */
interface Rule {
  flag: string;
  kind: 'needs' | 'excludes';
  other: string;
}

const rules = new WeakMap<Command, Rule[]>();
/** The values of each flag as they came, since Commander keeps the last one alone. */
const textsOfOption = new WeakMap<Option, string[]>();

/** A text that is empty means something: no description, a field that has nothing in it. */
const MAY_BE_EMPTY = new Set(['--description', '--null']);

/** A flag that does nothing without another one. */
export function needs(command: Command, flag: string, other: string): Command {
  return addRule(command, { flag, kind: 'needs', other });
}

/** Two flags of which only one could be obeyed. */
export function excludes(command: Command, flag: string, other: string): Command {
  return addRule(command, { flag, kind: 'excludes', other });
}

/** A flag that takes one of these values, or another one that is known; its refusal names all of them. */
export function oneOf(
  option: Option,
  values: readonly string[],
  isKnown = (value: string): boolean => values.includes(value),
): Option {
  option.choices(values);
  const { parseArg } = option;
  return option.argParser((value: string, previous: unknown) =>
    isKnown(value) ? value : parseArg?.(value, previous as never),
  );
}

function addRule(command: Command, rule: Rule): Command {
  rules.set(command, [...(rules.get(command) ?? []), rule]);
  return command;
}

/** Keeps the values of every flag of a program, for `requireOptions`. */
export function watchOptions(command: Command): void {
  for (const option of command.options) {
    command.on(`option:${option.name()}`, (value: unknown) => {
      if (typeof value === 'string') textsOfOption.set(option, [...(textsOfOption.get(option) ?? []), value]);
    });
  }
  for (const child of command.commands) watchOptions(child);
}

/**
 * Throws for a flag that would be taken and ignored: without a text, as of a variable of a script that is not
 * set; with two values, of which the first would be lost; without the flag that it is of; beside another one.
 */
export function requireOptions(command: Command): void {
  for (let level: Command | null = command; level; level = level.parent) {
    for (const option of level.options) requireOneText(option, level, command);
  }
  for (const rule of rules.get(command) ?? []) requireRule(rule, command);
}

function requireRule({ flag, kind, other }: Rule, command: Command): void {
  const isGiven = (name: string) =>
    command.getOptionValueSourceWithGlobals(new Option(name).attributeName()) === 'cli';
  const isNeeded = kind === 'needs';
  if (!isGiven(flag) || isGiven(other) === isNeeded) return;
  const message = isNeeded ? `${flag} needs ${other}` : `${flag} and ${other} exclude each other`;
  const otherValue = isNeeded ? placeholderOf(command, other) : null;
  throw new CliError(message, EXIT.usage, steps(again({ [other]: otherValue }), again({ [flag]: null })));
}

/** The value that a hint shows for a flag: none, or the word of its help in capitals. */
function placeholderOf(command: Command, flag: string): string | true {
  const option = command.options.find(({ long }) => long === flag);
  const word = /<([^>]+)>/.exec(option?.flags ?? '')?.[1];
  return word === undefined ? true : word.toUpperCase();
}

function requireOneText(option: Option, owner: Command, command: Command): void {
  const flag = option.long ?? option.flags;
  const values = textsOfOption.get(option) ?? [];
  if (values.some((text) => text.trim() === '') && !MAY_BE_EMPTY.has(flag))
    throw new CliError(`${flag} is empty`, EXIT.usage, `${nameOf(command)} --help`);
  const different = [...new Set(values)];
  if (Array.isArray(owner.getOptionValue(option.attributeName())) || different.length < 2) return;
  const without = option.short ? { [option.short]: null } : {};
  const next = steps(...different.slice(0, 2).map((value) => again({ ...without, [flag]: value })));
  throw new CliError(`${flag} has ${different.length} values`, EXIT.usage, next);
}
