import type { Command, Help, Option } from 'commander';
import { pc } from './colors.ts';
import { stepOntoPath } from './on-path.ts';
import { terminalColumns, wrapCommand, wrapText } from './wrap.ts';

/** Help that begins with examples to copy: then usage, commands by group, flags. */
type Example = [command: string, meaning?: string];

const EXAMPLES = new WeakMap<Command, Example[]>();
const GAP = '  ';
/** Of text in a pipe; the lines of a terminal are as long as it is wide. */
const WIDTH = 100;

/** Examples of a command, shown before all else. */
export function withExamples(command: Command, ...examples: Example[]): Command {
  EXAMPLES.set(command, examples);
  return command;
}

export function formatHelp(command: Command, helper: Help, columns = terminalColumns()): string {
  const width = columns - GAP.length;
  const flags = helper.visibleOptions(command);
  const isRoot = command.parent === null;
  const visible = helper.visibleCommands(command);
  const groups = [...helper.groupItems(visible, visible, (child) => child.helpGroup() || 'Commands')];
  const global = helper.visibleGlobalOptions(command).filter(({ long }) => long !== '--version');
  const sections = [
    wrapText(command.description() || command.summary(), Math.min(WIDTH, columns)),
    section('Examples', exampleLines(examplesOf(command), width)),
    section('Usage', wrapText(usageOf(command), width)),
    section('Arguments', pairs(argumentsOf(command), width)),
    ...groups.map(([name, commands]) => section(name, pairs(commands.map(commandLine), width))),
    section('Flags', pairs(flags.map(flagOf), width)),
    section('Flags of every command', pairs(global.map(flagOf), width)),
    isRoot ? section('More', moreLines(width)) : [],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function moreLines(width: number): string[] {
  const step = stepOntoPath();
  const onPath = step === null ? [] : ['', 'As ecs from every folder:', ...wrapCommand(step, width)];
  return ['ecs COMMAND --help   docs/cli.md', ...onPath];
}

/** Its own, or those of its group that are about it. */
function examplesOf(command: Command): Example[] {
  const examples = EXAMPLES.get(command);
  if (examples || !command.parent) return examples ?? [];
  const name = nameOf(command);
  return (EXAMPLES.get(command.parent) ?? []).filter(([text]) => `${text} `.includes(`${name} `));
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [pc.bold(title), ...lines.map((line) => `${GAP}${line}`.trimEnd())];
}

function exampleLines(examples: Example[], width: number): string[] {
  const longest = Math.max(0, ...examples.map(([text]) => text.length));
  const isBeside = (meaning: string) => longest + meaning.length + '$   # '.length <= width;
  if (!examples.every(([, meaning = '']) => isBeside(meaning))) return stacked(examples, width);
  return examples.map(([text, meaning]) =>
    meaning
      ? `${pc.dim('$')} ${text.padEnd(longest)}${GAP}${pc.dim(`# ${meaning}`)}`
      : `${pc.dim('$')} ${text}`,
  );
}

/** In a narrow terminal the meaning of an example stands above it. */
function stacked(examples: Example[], width: number): string[] {
  return examples.flatMap(([text, meaning]) => {
    const [first = '', ...more] = wrapCommand(text, width - '$ '.length);
    const above = meaning ? wrapText(`# ${meaning}`, width).map((line) => pc.dim(line)) : [];
    return [...above, `${pc.dim('$')} ${first}`, ...more.map((line) => `${GAP}${line}`)];
  });
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

/** A right column narrower than this stands below the left one. */
const RIGHT_MIN = 26;

function pairs(rows: [string, string][], columns: number): string[] {
  const widest = Math.max(0, ...rows.map(([left]) => left.length).filter((length) => length <= LEFT_MAX));
  const isBeside = columns - widest - GAP.length >= RIGHT_MIN;
  const indent = isBeside ? ' '.repeat(widest + GAP.length) : GAP.repeat(2);
  return rows.flatMap(([left, right]) => {
    const lines = wrapText(right, columns - indent.length);
    if (!isBeside || left.length > LEFT_MAX) {
      return [...wrapText(left, columns), ...lines.map((line) => `${indent}${line}`)];
    }
    return lines.map((line, index) => `${index === 0 ? left.padEnd(widest) + GAP : indent}${line}`.trimEnd());
  });
}
