import type { Command, Help, Option } from 'commander';
import { pc } from './colors.ts';

/** Help that begins with examples to copy: then usage, commands by group, flags. */
export type Example = [command: string, meaning?: string];

const EXAMPLES = new WeakMap<Command, Example[]>();
const GAP = '  ';
const WIDTH = 100;

/** Examples of a command, shown before all else. */
export function withExamples(command: Command, ...examples: Example[]): Command {
  EXAMPLES.set(command, examples);
  return command;
}

export function formatHelp(command: Command, helper: Help): string {
  const flags = helper.visibleOptions(command);
  const isRoot = command.parent === null;
  const visible = helper.visibleCommands(command);
  const groups = [...helper.groupItems(visible, visible, (child) => child.helpGroup() || 'Commands')];
  const global = helper.visibleGlobalOptions(command).filter(({ long }) => long !== '--version');
  const sections = [
    helper.boxWrap(command.description() || command.summary(), WIDTH).split('\n'),
    section('Examples', exampleLines(examplesOf(command))),
    section('Usage', [usageOf(command)]),
    section('Arguments', pairs(argumentsOf(command))),
    ...groups.map(([name, commands]) => section(name, pairs(commands.map(commandLine)))),
    section('Flags', pairs(flags.map(flagOf))),
    section('Flags of every command', pairs(global.map(flagOf))),
    isRoot ? section('More', ['ecs COMMAND --help   docs/cli.md']) : [],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** Its own, or those of its group that are about it. */
function examplesOf(command: Command): Example[] {
  const examples = EXAMPLES.get(command);
  if (examples || !command.parent) return examples ?? [];
  const name = nameOf(command);
  return (EXAMPLES.get(command.parent) ?? []).filter(([text]) => `${text} `.includes(`${name} `));
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [pc.bold(title), ...lines.map((line) => `${GAP}${line}`)];
}

function exampleLines(examples: Example[]): string[] {
  const width = Math.max(0, ...examples.map(([text]) => text.length));
  return examples.map(([text, meaning]) =>
    meaning
      ? `${pc.dim('$')} ${text.padEnd(width)}${GAP}${pc.dim(`# ${meaning}`)}`
      : `${pc.dim('$')} ${text}`,
  );
}

/** The whole name of a command: `ecs offers accept`. */
export function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

function usageOf(command: Command): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  const hasCommands = command.commands.length > 0;
  return [nameOf(command), ...(hasCommands ? ['<command>'] : words), '[flags]'].join(' ');
}

function argumentsOf(command: Command): [string, string][] {
  return command.registeredArguments
    .filter(({ description }) => description !== '')
    .map((option) => {
      const choices = option.argChoices ? `: ${option.argChoices.join(', ')}` : '';
      return [option.name(), `${option.description}${choices}`];
    });
}

function commandLine(command: Command): [string, string] {
  return [nameWithWords(command), command.summary()];
}

function nameWithWords(command: Command): string {
  return command.commands.length > 0
    ? `${command.name()} ${command.commands.map((child) => child.name()).join('|')}`
    : [command.name(), ...command.registeredArguments.map((argument) => argument.name().toUpperCase())].join(
        ' ',
      );
}

function flagOf(option: Option): [string, string] {
  const { defaultValue, description } = option;
  const hasDefault = typeof defaultValue === 'string' && defaultValue !== '';
  const suffix = hasDefault ? ` (default: ${defaultValue})` : '';
  return [option.flags, `${description}${suffix}`];
}

/** Wide left columns are given a line of their own, so that the others stay together. */
const LEFT_MAX = 34;

function pairs(rows: [string, string][]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length).filter((length) => length <= LEFT_MAX));
  return rows.flatMap(([left, right]) =>
    left.length > LEFT_MAX
      ? [left, `${' '.repeat(width)}${GAP}${right}`]
      : [`${left.padEnd(width)}${GAP}${right}`.trimEnd()],
  );
}
