import { dirname, resolve } from 'node:path';
import { commandLine, quote } from '../../deploy/local/command-line.ts';
import { environment } from '../../deploy/local/environment.ts';

/** Makes the commands in a text, such as a hint, those that work when they are pasted. */

/** Commands for one system, or none, with any flags. */
const ALONE = new Set(['profile', 'completion', 'config']);
/** Commands of this machine, which a folder alone chooses. */
const HERE = new Set(['up', 'down']);
/** Flags that choose the system, and go with every command of a hint. */
const CHOICES = new Set(['--data-dir', '--profile', '--url']);
/** Flags that choose who acts. */
const ACTORS = new Set(['--as', '--operator']);

/** The words that this process was called with, and the name. */
interface Call {
  name: string;
  flags: string[];
  words?: string[];
}

let call: Call = { name: 'ecs', flags: [] };

export function rememberCall(words: string[]): void {
  call = { name: calledName(), flags: choicesOf(words), words };
}

/** The words of this call, for a process that works in its place. */
export const wordsOfCall = (): string[] => call.words ?? [];

/** Flags that change how a result is printed: a reader of hints is a person. */
export const FORMS = new Set(['--json', '--quiet', '-q', '--no-color']);

/**
 * The command of this call once more, with other values of some flags: a text, `true` for a flag without a
 * value, null for one that has to go.
 */
export function again(
  changes: Record<string, string | true | null> = {},
  { words = [] }: Call = call,
): string {
  const lasting: string[] = [];
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  for (let at = 0; at < end; at += 1) {
    const word = words[at] ?? '';
    const [flag = ''] = word.split('=', 1);
    const isChanged = word.startsWith('-') && flag in changes;
    if (!isChanged && !FORMS.has(word)) lasting.push(word);
    const hasValue = isChanged && changes[flag] !== true && !word.includes('=');
    if (hasValue && at + 1 < end && !words[at + 1]?.startsWith('--')) at += 1;
  }
  const added = Object.entries(changes).flatMap(([flag, value]) =>
    value === null ? [] : value === true ? [flag] : [flag, value],
  );
  return commandLine(...lasting, ...added, ...words.slice(end));
}

/** The command of this call once more, with another word in the place of one, or of the value of a flag. */
export function againWith(word: string, other: string): string {
  const { words = [] } = call;
  const replaced = words.map((text) => {
    if (text === word) return other;
    if (text.startsWith(`${word}=`)) return `${other}${text.slice(word.length)}`;
    const [flag = '', value] = text.split(/=(.*)/s, 2);
    return flag.startsWith('--') && value === word ? `${flag}=${other}` : text;
  });
  return again({}, { ...call, words: replaced });
}

/** The command of this call once more, with more words: an argument, or one more value of a flag. */
export function againBesides(...added: string[]): string {
  const { words = [] } = call;
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  return again({}, { ...call, words: words.toSpliced(end, 0, ...added) });
}

/** Returns the first flag of this call with a value for which the test holds, and the value. */
export function flagOfValue(holds: (value: string) => boolean): [flag: string, value: string] | null {
  const { words = [] } = call;
  for (const [index, word] of words.entries()) {
    const [flag = '', attached] = word.split(/=(.*)/s, 2);
    const value = attached ?? words[index + 1];
    if (flag.startsWith('-') && value !== undefined && holds(value)) return [flag, value];
  }
  return null;
}

/** Returns the flag of this call that names the customer or operator, for another command of a hint. */
export function actorFlag({ words = [] }: Call = call): string[] {
  for (const [index, word] of words.entries()) {
    const [flag = '', attached] = word.split(/=(.*)/s, 2);
    const value = attached ?? words[index + 1];
    if (ACTORS.has(flag) && value !== undefined) return [flag, value];
  }
  return [];
}

/** Returns the text with `ecs` as it was called, and with the system that the flags of this call chose. */
export function asCalled(text: string, { name, flags }: Call = call): string {
  if (name === 'ecs' && flags.length === 0) return text;
  return text.replace(COMMAND, (_, before: string, command: string, offset: number) => {
    // A command that brings its own choice keeps it; its end is where another begins.
    const rest = COMMAND_REST.exec(text.slice(offset + before.length))?.[0] ?? '';
    const chooses = [...CHOICES].some((flag) => rest.includes(` ${flag}`));
    const fits = (flag: string) => !HERE.has(command) || flag.startsWith('--data-dir');
    const words = chooses || ALONE.has(command) || command.startsWith('-') ? [] : flags.filter(fits);
    return [`${before}${name}`, ...words, command].join(' ');
  });
}

const COMMAND = /(^|[\s(`;|&])ecs (?=[a-z-])([a-z-]+)/g;
/** To the end of a line or of a command; a quoted word may have any character. */
const COMMAND_REST = /^(?:'[^']*'|[^;|&\n'])*?(?=$|[;|&\n]|, or )/;

function choicesOf(words: string[]): string[] {
  const chosen: string[] = [];
  for (const [index, word] of words.entries()) {
    if (word === '--') break;
    const [flag = '', value] = word.split(/=(.*)/s, 2);
    if (!CHOICES.has(flag)) continue;
    const text = value ?? words[index + 1];
    if (text !== undefined) chosen.push(`${flag} ${quote(text)}`);
  }
  return chosen;
}

/** `ecs` where a shell finds it by that name, else the path by which it was called. */
function calledName(): string {
  const { ECS_CALLED_NAME: path, PATH = '' } = environment();
  if (!path) return 'ecs';
  const folder = dirname(resolve(path));
  const isOnPath = path.startsWith('/') && PATH.split(':').some((entry) => resolve(entry) === folder);
  return isOnPath ? 'ecs' : quote(path);
}
