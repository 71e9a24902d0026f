import type { Command, Option } from 'commander';
import { childOf } from './usage-error.ts';

/** A word that may come next, and its meaning. */
interface Candidate {
  word: string;
  meaning: string;
}

/** Names that only the machine, or the system that the words mean, knows: profiles, scenarios, policies. */
export type Names = Record<string, (words: string[]) => string[] | Promise<string[]>>;

/**
 * Completes the last of the words (`ecs` not among them): a command, a flag, a flag's value, an argument.
 * None means: a file.
 */
export async function candidatesFor(
  program: Command,
  words: string[],
  names: Names = {},
): Promise<Candidate[]> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  const { command, position } = locate(program, before);
  const previous = before.at(-1) ?? '';
  const valued = allOptions(command).find(
    (option) => takesValue(option) && spellings(option).includes(previous),
  );
  const candidates = valued
    ? await choices(valued.argChoices, names[valued.long ?? ''], words)
    : current.startsWith('-')
      ? flagsOf(command, before)
      : await wordsOf(command, { position, names, words });
  return candidates.filter(({ word }) => word.startsWith(current));
}

/** The command that the words name, and how many of its arguments are there. */
function locate(program: Command, words: string[]): { command: Command; position: number } {
  let command = program;
  let position = 0;
  for (const [index, word] of words.entries()) {
    const flag = allOptions(command).find((option) => spellings(option).includes(words[index - 1] ?? ''));
    if (word.startsWith('-') || (flag && takesValue(flag))) continue;
    const child = childOf(command, word);
    if (child) [command, position] = [child, 0];
    else position += 1;
  }
  return { command, position };
}

async function wordsOf(
  command: Command,
  place: { position: number; names: Names; words: string[] },
): Promise<Candidate[]> {
  const { position, names, words } = place;
  if (command.commands.length > 0) {
    return command.commands.map((subcommand) => ({ word: subcommand.name(), meaning: subcommand.summary() }));
  }
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[position] ?? (last?.variadic ? last : undefined);
  if (!argument) return [];
  return choices(argument.argChoices, names[`${pathOf(command)} ${argument.name()}`], words);
}

function flagsOf(command: Command, before: string[]): Candidate[] {
  return allOptions(command)
    .filter((option) => option.variadic || !spellings(option).some((flag) => before.includes(flag)))
    .map((option) => ({ word: option.long ?? option.short ?? '', meaning: option.description }));
}

async function choices(
  fixed: string[] | undefined,
  listNames: Names[string] | undefined,
  words: string[],
): Promise<Candidate[]> {
  const list = fixed ?? (await listNames?.(words)) ?? [];
  return list.map((word) => ({ word, meaning: '' }));
}

function allOptions(command: Command): Option[] {
  const ownOptions = command.createHelp().visibleOptions(command);
  return command.parent ? [...ownOptions, ...command.createHelp().visibleGlobalOptions(command)] : ownOptions;
}

const takesValue = (option: Option) => option.required || option.optional;
const spellings = (option: Option) => [option.long, option.short].filter((flag) => flag !== undefined);

function pathOf(command: Command): string {
  return command.parent?.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/**
 * The scripts only ask `ecs __complete WORD...` and show its output, a tab between word and meaning:
 * completions are known in one place.
 */
export const SCRIPTS: Record<string, string> = {
  bash: `# ecs completion bash >> ~/.bashrc
_ecs_complete() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _ecs_complete ecs ./ecs
`,
  zsh: `#compdef ecs
# ecs completion zsh >> ~/.zshrc
_ecs_complete() {
  local -a found
  local line word meaning
  while IFS= read -r line; do
    word=\${line%%$'\\t'*}
    meaning=\${line#*$'\\t'}
    found+=("\${word//:/\\\\:}:$meaning")
  done < <("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe 'ecs' found; else _files; fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
compdef _ecs_complete ecs ./ecs
`,
  fish: `# ecs completion fish > ~/.config/fish/completions/ecs.fish
function __ecs_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] __complete $words[2..-1] 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c ecs -f -a '(__ecs_complete)'
`,
};
