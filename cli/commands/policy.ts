import type { Command } from 'commander';
import type { SystemFlags } from '../config/session.ts';
import { activate, readJurisdictions, rollBack } from '../policies/activate.ts';
import { addDraft, approve, propose, requirePolicy } from '../policies/change-state.ts';
import { compareDocuments } from '../policies/compare-documents.ts';
import { isFile, loadPolicy, loadVersion, readPolicyFile } from '../policies/load-policy.ts';
import { requireNote, requireOperator } from '../policies/operator-name.ts';
import { selectPolicies, selectPolicyEvents } from '../policies/policy-store.ts';
import { finishRollout } from '../policies/finish-rollout.ts';
import { type ActFlags, actOptions, withPolicies } from '../policies/operator-flags.ts';
import { registerTest } from '../policies/test-policy.ts';
import { HASH_SHOWN, showDifferences, showPolicies, showPolicy } from '../policies/show-policy.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { print, printJson, talk } from '../ui/output.ts';

type ActivationFlags = ActFlags & { jurisdiction?: string };

export function register(program: Command): void {
  const policy = program
    .command('policy')
    .summary('the documents that decide: test, propose, approve, activate')
    .description(
      'A policy goes draft -> tested -> proposed -> approved -> active -> retired. Each step is kept with ' +
        'its operator and note; the operator is the name in --by or ECS_OPERATOR, and nothing proves it. ' +
        'The approver is another than the proposer. A version never changes. VERSION is a policy of the ' +
        'database; a word with a slash or the end .json is a FILE.',
    );
  withExamples(
    policy,
    ['ecs policy ls', 'versions, states, where each is active'],
    ['ecs policy validate mine.json', 'every fault with its place'],
    ['ecs policy diff v1 mine.json'],
    ['ecs policy add mine.json --by ada && ecs policy test mine-1 --by ada'],
    ['ecs policy propose mine-1 --by ada --note "fewer denials of new customers"'],
    ['ecs policy approve mine-1 --by grace --note "as agreed in the risk committee"'],
    ['ecs policy activate mine-1 --by grace --jurisdiction BR,US'],
    ['ecs policy rollback --by grace --note "too many flips"', 'the one before, at once'],
  );
  registerReads(policy);
  registerTest(policy);
  registerSteps(policy);
  registerActivations(policy);
}

function registerReads(policy: Command): void {
  policy
    .command('ls')
    .summary('list them, newest first')
    .action(
      run(async (flags: SystemFlags) => {
        const rows = await withPolicies(flags, selectPolicies);
        if (flags.json) printJson(rows);
        else if (rows.length === 0) talk('no policies yet: the credit service adds those that ship');
        else showPolicies(rows);
      }),
    );
  policy
    .command('show <policy>')
    .summary('show a VERSION or FILE and its story; --json is the document')
    .action(
      run(async (word: string, flags: SystemFlags) => {
        if (isFile(word)) {
          const policy = readPolicyFile(word);
          if (flags.json) printJson(policy.document);
          else showPolicy(policy, null, []);
          return;
        }
        await withPolicies(flags, async (sql) => {
          const policy = await loadVersion(sql, word);
          const [rows, events] = await Promise.all([selectPolicies(sql), selectPolicyEvents(sql, word)]);
          if (flags.json) printJson(policy.document);
          else showPolicy(policy, rows.find(({ version }) => version === word) ?? null, events);
        });
      }),
    );
  policy
    .command('diff <before> <after>')
    .summary('the places in which two differ; each is a VERSION or FILE')
    .action(
      run(async (before: string, after: string, flags: SystemFlags) => {
        const [from, to] =
          isFile(before) && isFile(after)
            ? [readPolicyFile(before), readPolicyFile(after)]
            : await withPolicies(flags, async (sql) => [
                await loadPolicy(sql, before),
                await loadPolicy(sql, after),
              ]);
        const differences = compareDocuments(from?.document, to?.document);
        if (flags.json) printJson(differences);
        else if (differences.length === 0) talk('no difference');
        else showDifferences(differences, { before, after });
      }),
    );
  policy
    .command('validate <file>')
    .summary('check a document: every fault at once, each with its place')
    .action(
      run(async (file: string, flags: SystemFlags) => {
        const { version, hash } = readPolicyFile(file);
        if (flags.json) printJson({ file, version, hash, faults: [] });
        else print(`${file} is valid: policy ${version}, hash ${hash.slice(0, HASH_SHOWN)}`);
      }),
    );
}

function registerSteps(policy: Command): void {
  actOptions(policy.command('add <file>').summary('keep a document as a draft'), null).action(
    run(async (file: string, flags: ActFlags) => {
      const by = requireOperator(flags);
      const policy = readPolicyFile(file);
      const { isNew } = await withPolicies(flags, (sql) => addDraft(sql, policy, by));
      const { version, hash } = policy;
      if (flags.json) printJson({ version, hash, isNew });
      else print(`${isNew ? 'added' : 'is there already:'} ${version}, hash ${hash.slice(0, HASH_SHOWN)}`);
    }),
  );
  actOptions(
    policy
      .command('propose <policy>')
      .summary('ask for the approval of a tested VERSION; a FILE is added first'),
    'required',
  ).action(
    run(async (word: string, flags: ActFlags) => {
      const [by, note] = [requireOperator(flags), requireNote(flags)];
      const version = await withPolicies(flags, (sql) => propose(sql, word, by, note));
      if (flags.json) printJson({ version, state: 'proposed', by });
      else print(`proposed ${version}; next: ecs policy approve ${version}, by another operator`);
    }),
  );
  actOptions(
    policy.command('approve <version>').summary('approve a proposed policy of another operator'),
    'required',
  ).action(
    run(async (version: string, flags: ActFlags) => {
      const [by, note] = [requireOperator(flags), requireNote(flags)];
      await withPolicies(flags, (sql) => approve(sql, version, by, note));
      if (flags.json) printJson({ version, state: 'approved', by });
      else print(`approved ${version}; next: ecs policy activate ${version}`);
    }),
  );
}

function registerActivations(policy: Command): void {
  actOptions(
    policy.command('activate <version>').summary('decide by an approved policy, on every replica'),
    'optional',
  )
    .option('--jurisdiction <codes>', 'only for these of its jurisdictions, e.g. BR,US (default: all)')
    .action(
      run(async (version: string, flags: ActivationFlags) => {
        const by = requireOperator(flags);
        const jurisdictions = readJurisdictions(flags.jurisdiction);
        const note = flags.note === undefined ? null : requireNote(flags);
        const { changes, active } = await withPolicies(flags, async (sql) => {
          const changes = await activate(sql, { version, jurisdictions, by, note });
          const { document } = await requirePolicy(sql, version);
          return { changes, active: (document as { jurisdictions: string[] }).jurisdictions };
        });
        if (changes.length === 0 && !flags.json) talk(`${version} is active there already`);
        // Its replicas are waited for once more: an activation that was interrupted can be repeated.
        const named = (jurisdictions ?? active).map((jurisdiction) => ({ jurisdiction, version }));
        await finishRollout(flags, changes, named);
      }),
    );
  actOptions(
    policy.command('rollback').summary('go back to the policy that was active before, on every replica'),
    'required',
  )
    .option('--jurisdiction <codes>', 'of these jurisdictions (default: those of the last activation)')
    .action(
      run(async (flags: ActivationFlags) => {
        const [by, note] = [requireOperator(flags), requireNote(flags)];
        const jurisdictions = readJurisdictions(flags.jurisdiction);
        const changes = await withPolicies(flags, (sql) => rollBack(sql, { jurisdictions, by, note }));
        await finishRollout(flags, changes, changes);
      }),
    );
}
