import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { createProgram } from '../../cli/program.ts';

/** Pastes printed commands into a shell in which `ecs` only says how it was called. */

/** The lines of a failure and of a success that are there to be pasted. */
const STEP = /^(?:try| or|next[^:]*|to take one|what was added alone): (.+)$/gm;
const CALL = /(^|[\s/])ecs [a-z-]/;
/** Programs that hints use beside ecs; none of them runs. */
const STUBS = 'gunzip iconv sleep mv rm git df node cat zcat pass sudo timeout source chown'.split(' ');

/** Returns each printed step that a shell, or `ecs`, does not understand, with its reason. */
export async function findMisunderstood(output: string): Promise<string[]> {
  const steps = [...output.matchAll(STEP)].map(([, step = '']) => step);
  return (await faultsOf(steps)).map(([step, fault]) => `${step}: ${fault}`);
}

/** Returns the lines that are wrong, each with its fault; words without a command are not. */
export async function faultsOf(lines: string[]): Promise<[line: string, fault: string][]> {
  const faults: [string, string][] = lines
    .filter((line) => line.startsWith('-'))
    .map((line) => [line, 'a flag without its command']);
  const commands = lines.filter((line) => CALL.test(line) && !line.startsWith('-'));
  const calls = commands.length === 0 ? [] : wordsOf(commands);
  for (const [index, line] of commands.entries()) {
    const ofLine = calls[index] ?? [];
    if (ofLine.length === 0) faults.push([line, 'no shell calls ecs by it']);
    for (const words of ofLine) {
      const complaint = await complaintAbout(words);
      if (complaint !== null) faults.push([line, complaint]);
    }
  }
  return faults;
}

/** Returns the words of each call of `ecs` in each line, as the shell reads them. */
export function wordsOf(lines: string[]): string[][][] {
  const folder = mkdtempSync(join(tmpdir(), 'ecs-paste-'));
  const functions = STUBS.map((name) => `${name}() { :; }`).join('; ');
  const setup = `ecs() { printf '%s\\0' "$@" $'\\n' >> "$CALLS"; }; ${functions}
    jq() { printf x; }; EDITOR=:; HOME=$PWD; mkdir -p .config/fish/completions`;
  const scripts = lines.map((line, index) => {
    const text = line.replaceAll('./ecs ', 'ecs ').replaceAll("'", "'\\''");
    return `(CALLS=${folder}/${index}; eval '${text}' || command rm -f $CALLS) 2>/dev/null`;
  });
  const script = [setup, ...scripts].join('\n');
  Bun.spawnSync(['bash', '-c', script], { cwd: folder, stdin: 'ignore' });
  const calls = lines.map((_, index) => {
    const file = join(folder, String(index));
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const words = text.split('\n\0').slice(0, -1);
    return words.map((call) => call.split('\0').slice(0, -1));
  });
  rmSync(folder, { recursive: true });
  return calls;
}

/** Parses words as the program does; nothing is done. */
async function complaintAbout(words: string[]): Promise<string | null> {
  const program = await createProgram(words, () => {});
  // Otherwise a conflict about the system that is meant would come first.
  Object.assign(program, { _lifeCycleHooks: {} });
  muteActions(program);
  try {
    await program.parseAsync(words, { from: 'user' });
    return null;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return null;
    return error instanceof Error ? error.message : String(error);
  }
}

function muteActions(command: Command): void {
  if (command.commands.length === 0) command.action(() => {});
  command.commands.forEach(muteActions);
}
