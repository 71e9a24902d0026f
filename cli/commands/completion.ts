import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { candidatesFor, type Names, SCRIPTS } from '../ui/completion.ts';
import { loadCredentials } from '../config/credentials.ts';
import { configFolder } from '../ui/config-folder.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { print, printJson } from '../ui/output.ts';
import { LOCAL, loadProfiles } from '../config/profiles.ts';
import type { SystemFlags } from '../config/session.ts';
import { DEFAULT_DATA_DIR } from '../config/context.ts';
import { STREAMS } from '../events/tail.ts';
import { withPolicies } from '../policies/operator-flags.ts';
import { selectPolicies } from '../../platform/policies/policy-reads.ts';
import { withDeadline } from '../../platform/kernel/lifecycle.ts';

const SCENARIOS = join(import.meta.dir, '..', '..', 'load-tests', 'scenarios');

export function register(program: Command): void {
  withExamples(
    program
      .command('completion')
      .addArgument(new Argument('<shell>', 'whose').choices(Object.keys(SCRIPTS)))
      .action(
        run(async (shell: string, flags: SystemFlags) => {
          const script = SCRIPTS[shell] ?? '';
          if (flags.json) printJson({ shell, script });
          else process.stdout.write(script);
        }),
      ),
    ['ecs completion bash >> ~/.bashrc'],
    ['ecs completion zsh >> ~/.zshrc'],
    ['ecs completion fish > ~/.config/fish/completions/ecs.fish'],
    ['source <(ecs completion bash)', 'in this shell only'],
  );
}

/** Serves the completion scripts: `ecs __complete WORD...`; its words are not parsed as ours. */
export async function complete(program: Command, words: string[]): Promise<void> {
  for (const { word, meaning } of await candidatesFor(program, words, NAMES)) print(`${word}\t${meaning}`);
}

const profileNames = () => [LOCAL, ...Object.keys(loadProfiles().profiles)];

const VERSIONS_MS = 1000;

/** Policies of the system that the words mean; none while it cannot be asked. */
async function policyVersions(words: string[]): Promise<string[]> {
  const valueOf = (flag: string) => words[words.indexOf(flag) + 1 || words.length];
  const flags = { dataDir: valueOf('--data-dir'), profile: valueOf('--profile'), url: valueOf('--url') };
  try {
    const rows = await withDeadline(withPolicies(flags, selectPolicies), VERSIONS_MS, 'no response');
    return rows.map(({ version }) => version);
  } catch {
    return [];
  }
}

/** By the argument's place, or the flag. */
const NAMES: Names = {
  'profile use name': profileNames,
  'profile rm name': () => profileNames().filter((name) => name !== LOCAL),
  'load run scenario': () =>
    readdirSync(SCENARIOS).flatMap((name) => (name.endsWith('.ts') ? [name.slice(0, -3)] : [])),
  'policy show policy': policyVersions,
  'policy diff before': policyVersions,
  'policy diff after': policyVersions,
  'policy test policy': policyVersions,
  'policy propose policy': policyVersions,
  'policy approve version': policyVersions,
  'policy activate version': policyVersions,
  '--profile': profileNames,
  '--stream': () => STREAMS,
  '--as': () => [
    ...new Set([DEFAULT_DATA_DIR, configFolder()].flatMap(loadCredentials).map(({ email }) => email)),
  ],
};
