import { dirname, resolve } from 'node:path';
import { quote } from '../../deploy/local/command-line.ts';
import { environment } from '../../deploy/local/environment.ts';

/** Makes the commands in a text, such as a hint, those that work when they are pasted. */

/** Commands that mean one system, or none, whatever the flags say. */
const ALONE = new Set(['profile', 'completion', 'config']);
/** Commands of this machine, which a folder alone chooses. */
const HERE = new Set(['up', 'down']);
/** Flags that choose the system, and go with every command of a hint. */
const CHOICES = new Set(['--data-dir', '--profile', '--url']);

/** The words that this process was called with, and the name. */
interface Call {
  name: string;
  flags: string[];
}

let call: Call = { name: 'ecs', flags: [] };

export function rememberCall(words: string[]): void {
  call = { name: calledName(), flags: choicesOf(words) };
}

/** Returns the text with `ecs` as it was called, and with the system that the flags of this call chose. */
export function asCalled(text: string, { name, flags }: Call = call): string {
  if (name === 'ecs' && flags.length === 0) return text;
  return text.replace(COMMAND, (_, before: string, command: string, offset: number) => {
    // A command that brings its own choice keeps it; its end is where another begins.
    const own = /^[^;|&]*?(?=$|[;|&]|, or )/.exec(text.slice(offset + before.length))?.[0] ?? '';
    const chooses = [...CHOICES].some((flag) => own.includes(flag));
    const fits = (flag: string) => !HERE.has(command) || flag.startsWith('--data-dir');
    const words = chooses || ALONE.has(command) ? [] : flags.filter(fits);
    return [`${before}${name}`, ...words, command].join(' ');
  });
}

const COMMAND = /(^|[\s(`;|&])ecs (?=[a-z])([a-z-]+)/g;

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
