import { commandLine } from '../../deploy/local/command-line.ts';
import type { Command } from 'commander';
import { openOperator, type OperatorFlags, operatorOption } from '../config/operator-session.ts';
import type { SystemFlags } from '../config/session.ts';
import { compareDocuments } from '../../underwriting/policy/compare-documents.ts';
import { isFile, loadPolicy, readPolicyFile } from '../policies/load-policy.ts';
import { readPolicies, readPolicy } from '../policies/read-policies.ts';
import { finishRollout, requireAllBack } from '../policies/finish-rollout.ts';
import { type ActFlags, actOptions, requireNote, withPolicies } from '../policies/operator-flags.ts';
import { refuseUnnamedRollback, replacesFlag, requireReplaced } from '../policies/replaced-policies.ts';
import { registerTest } from '../policies/test-policy.ts';
import { HASH_SHOWN, showDifferences, showPolicies, showPolicy } from '../policies/show-policy.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, print, printJson, talk } from '../ui/output.ts';

type PlaceFlags = ActFlags & { jurisdiction?: string };
type ActivationFlags = PlaceFlags & { replaces?: string };

export function register(program: Command): void {
  const policy = program
    .command('policy')
    .description(
      'A policy goes draft -> tested -> proposed -> approved -> active -> retired. Each step is kept with ' +
        'its operator, who is logged in (ecs operators login), and with a note. The approver is another ' +
        'than the proposer. A version never changes. VERSION is a policy of the system; a word with a ' +
        'slash or the end .json is a FILE.',
    );
  withExamples(
    policy,
    ['ecs policy ls', 'versions, states, where each is active'],
    ['ecs policy validate mine.json', 'every fault with its place'],
    ['ecs policy diff v1 mine.json'],
    ['ecs policy add mine.json && ecs policy test mine-1'],
    ['ecs policy propose mine-1 --note "fewer denials of new customers"'],
    ['ecs policy approve mine-1 --operator grace --note "as agreed in the risk committee"'],
    ['ecs policy activate mine-1 --jurisdiction BR,US --replaces v1'],
    ['ecs policy rollback mine-1 --note "too many flips"', 'the one before, at once'],
  );
  registerReads(policy);
  registerTest(policy);
  registerSteps(policy);
  registerActivations(policy);
}

function registerReads(policy: Command): void {
  operatorOption(policy.command('ls').summary('list them, newest first')).action(
    run(async (flags: OperatorFlags) => {
      const rows = await readPolicies(flags);
      if (flags.json) printJson(rows);
      else if (rows.length === 0) talk('no policies yet: the credit service adds those that ship');
      else showPolicies(rows);
    }),
  );
  operatorOption(
    policy.command('show <policy>').summary('show a VERSION or FILE and its story; --json is the document'),
  ).action(
    run(async (word: string, flags: OperatorFlags) => {
      const { policy, row, events } = isFile(word)
        ? { policy: await readPolicyFile(word), row: null, events: [] }
        : await readPolicy(flags, word);
      if (flags.json) printJson(policy.document);
      else showPolicy(policy, row, events);
    }),
  );
  policy
    .command('diff <before> <after>')
    .summary('the places in which two differ; each is a VERSION or FILE')
    .action(
      run(async (before: string, after: string, flags: SystemFlags) => {
        const [from, to] =
          isFile(before) && isFile(after)
            ? [await readPolicyFile(before), await readPolicyFile(after)]
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
        const { version, hash } = await readPolicyFile(file);
        if (flags.json) printJson({ file, version, hash, faults: [] });
        else print(`${file} is valid: policy ${version}, hash ${hash.slice(0, HASH_SHOWN)}`);
      }),
    );
}

function registerSteps(policy: Command): void {
  actOptions(policy.command('add <file>').summary('keep a document as a draft'), null).action(
    run(async (file: string, flags: ActFlags) => {
      const { version, hash, is_new: isNew } = await addFile(file, flags);
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
      const note = requireNote(flags);
      const version = isFile(word) ? (await addFile(word, flags)).version : word;
      const proposed = await openOperator(flags).api.policies.propose(version, note);
      if (flags.json) printJson(proposed);
      else {
        print(`proposed ${version}`);
        talk(`next, by another operator: ${commandLine('policy', 'approve', version, '--note', 'WHY')}`);
      }
    }),
  );
  actOptions(
    policy.command('approve <version>').summary('approve a proposed policy of another operator'),
    'required',
  ).action(
    run(async (version: string, flags: ActFlags) => {
      const { api } = openOperator(flags);
      const approved = await api.policies.approve(version, requireNote(flags));
      if (flags.json) printJson(approved);
      else {
        print(`approved ${version}`);
        // A hint alone: the approval is done, also where these reads fail.
        const flag = await replacesFlag(api, version).catch(() => []);
        talk(`next: ${commandLine('policy', 'activate', version, ...flag)}`);
      }
    }),
  );
}

/** A file is checked here first: its faults are named by their places in it. */
async function addFile(file: string, flags: ActFlags) {
  const { document } = await readPolicyFile(file);
  return openOperator(flags).api.policies.add(document);
}

function registerActivations(policy: Command): void {
  actOptions(
    policy.command('activate <version>').summary('decide by an approved policy, on every replica'),
    'optional',
  )
    .option('--jurisdiction <codes>', 'only for these of its jurisdictions, e.g. BR,US (default: all)')
    .option(
      '--replaces <versions>',
      'the active policies that it replaces; where others are, nothing is done',
    )
    .action(
      run(async (version: string, flags: ActivationFlags) => {
        const session = openOperator(flags);
        const places = jurisdictionsOf(flags);
        const replaces = await requireReplaced(session.api, version, { ...places, replaces: flags.replaces });
        const { changes, jurisdictions } = await session.api.policies.activate(version, {
          ...places,
          replaces,
          ...(flags.note === undefined ? {} : { note: requireNote(flags) }),
        });
        if (changes.length === 0 && !flags.json) talk(`${version} is active there already`);
        // Its replicas are waited for once more: an activation that was interrupted can be repeated.
        const named = jurisdictions.map((jurisdiction) => ({ jurisdiction, version }));
        await finishRollout(session, flags, changes, named);
      }),
    );
  actOptions(
    policy
      .command('rollback [version]')
      .summary('take a policy back: the one before it decides again, on every replica'),
    'required',
  )
    .option('--jurisdiction <codes>', 'of these jurisdictions (default: wherever VERSION is active)')
    .action(
      run(async (version: string | undefined, flags: PlaceFlags) => {
        const note = requireNote(flags);
        const session = openOperator(flags);
        const places = jurisdictionsOf(flags);
        if (version === undefined) return refuseUnnamedRollback(session.api, places);
        const { changes, jurisdictions } = await session.api.policies.rollBack({ version, ...places, note });
        if (changes.length > 0) requireAllBack(changes, jurisdictions);
        else if (!flags.json)
          talk(`${version} is active ${flags.jurisdiction ? 'there no more' : 'nowhere'}`);
        await finishRollout(session, flags, changes, changes);
      }),
    );
}

/** `BR,US` or `*`. Throws a usage error for a word that is no jurisdiction. */
function jurisdictionsOf({ jurisdiction: text }: PlaceFlags): { jurisdictions?: string[] } {
  if (text === undefined) return {};
  const jurisdictions = [...new Set(text.split(',').map((word) => word.trim()))];
  const wrong = jurisdictions.filter((word) => word !== '*' && !/^[A-Z]{2}$/.test(word));
  if (wrong.length === 0) return { jurisdictions };
  throw new CliError(
    `${JSON.stringify(wrong[0])} is no jurisdiction`,
    EXIT.usage,
    "two capital letters (ISO 3166-1), or '*' for every other; with commas between them",
  );
}
