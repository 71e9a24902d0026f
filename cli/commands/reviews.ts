import { type Command, Option } from 'commander';
import { commandLine, steps } from '../../deploy/local/command-line.ts';
import { again } from '../ui/command-line.ts';
import {
  OVERRIDE_REASONS,
  type OperatorReview,
  UPHOLD_REASONS,
} from '../../sdk/contracts/operator-reviews.ts';
import { openOperator, type OperatorFlags, operatorOption } from '../config/operator-session.ts';
import { readInteger } from '../config/session.ts';
import { type ActFlags, actOptions, requireNote } from '../policies/operator-flags.ts';
import { run, toCliError } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, indented, print, printJson, printList, talk } from '../ui/output.ts';

/** Columns of the labels of a review. */
const LABEL = 'statement'.length;

interface ListFlags extends OperatorFlags {
  state: 'open' | 'decided' | 'all';
  limit: string;
}

interface UpholdFlags extends ActFlags {
  reason: (typeof UPHOLD_REASONS)[number];
  state: 'requested' | 'proposed';
}

interface OverrideFlags extends ActFlags {
  reason: (typeof OVERRIDE_REASONS)[number];
  creditLimit: string;
  rate: string;
  type: 'long' | 'short';
}

export function register(program: Command): void {
  const reviews = program
    .command('reviews')
    .description(
      'A denied customer may ask for a review by a person. An operator upholds the denial or overrides it, ' +
        'with a reason of the catalogue and a note; an override offers credit within the policy and the ' +
        'highest sum of limits. Above REVIEW_FOUR_EYES_ABOVE it is a proposal for another operator.',
    );
  withExamples(
    reviews,
    ['ecs reviews ls', 'those that wait, the oldest first'],
    ['ecs reviews uphold ID --reason facts_confirmed --note "the bank confirmed the figures"'],
    ['ecs reviews override ID --reason hardship --credit-limit 2500 --rate 14.5 --note "seen"'],
    ['ecs reviews approve ID --operator grace --note "agreed"', 'by another than the proposer'],
  );
  operatorOption(reviews.command('ls').summary('list reviews, the oldest first'))
    .addOption(new Option('--state <state>', 'which').choices(['open', 'decided', 'all']).default('open'))
    .option('--limit <n>', 'at most so many', '20')
    .action(run(list));
  operatorOption(reviews.command('show <id>').summary('a review with its denial')).action(
    run(async (id: string, flags: OperatorFlags) =>
      show(await openOperator(flags).api.reviews.get(id), flags),
    ),
  );
  actOptions(reviews.command('uphold <id>').summary('let the denial stand'), 'required')
    .addOption(new Option('--reason <code>', 'why').choices(UPHOLD_REASONS).makeOptionMandatory())
    .addOption(
      new Option('--state <state>', 'as it was seen; proposed refuses the proposal too')
        .choices(['requested', 'proposed'])
        .default('requested'),
    )
    .action(run(uphold));
  actOptions(reviews.command('override <id>').summary('offer credit in place of the denial'), 'required')
    .addOption(new Option('--reason <code>', 'why').choices(OVERRIDE_REASONS).makeOptionMandatory())
    .requiredOption('--credit-limit <amount>', 'the limit that is offered')
    .requiredOption('--rate <percent>', 'interest, percent a year')
    .addOption(new Option('--type <type>', 'of the loan').choices(['long', 'short']).default('short'))
    .action(run(override));
  actOptions(
    reviews.command('approve <id>').summary("approve another operator's override"),
    'required',
  ).action(
    run(async (id: string, flags: ActFlags) => {
      const note = requireNote(flags);
      show(await openOperator(flags).api.reviews.approve(id, note), flags);
    }),
  );
}

async function list(flags: ListFlags): Promise<void> {
  const page_size = readInteger('--limit', flags.limit, { min: 1, max: 100 });
  const { items } = await openOperator(flags).api.reviews.list({ state: flags.state, page_size });
  const columns = ['review_id', 'requested_at', 'state', 'analysis_id', 'proposed_by', 'decided_by'];
  printList(items, flags, { none: 'no reviews', columns });
}

async function uphold(id: string, flags: UpholdFlags): Promise<void> {
  const { reason: reason_code, state } = flags;
  const decision = { reason_code, note: requireNote(flags), state };
  try {
    show(await openOperator(flags).api.reviews.uphold(id, decision), flags);
  } catch (error) {
    const failure = await toCliError(error);
    if (!(failure instanceof CliError) || failure.code !== 'review_proposed') throw failure;
    const next = steps(`ecs reviews show ${id}`, again({ '--state': 'proposed' }));
    throw new CliError(failure.message, failure.exitCode, next, { code: failure.code });
  }
}

async function override(id: string, flags: OverrideFlags): Promise<void> {
  const decision = {
    reason_code: flags.reason,
    note: requireNote(flags),
    credit_limit: readAmount('--credit-limit', flags.creditLimit),
    interest_rate: readAmount('--rate', flags.rate),
    credit_type: flags.type === 'long' ? 'LONG_TERM_PERSONAL_LOAN' : 'SHORT_TERM_PERSONAL_LOAN',
  } as const;
  const review = await openOperator(flags).api.reviews.override(id, decision);
  show(review, flags);
  if (review.state === 'proposed')
    talk(`next, by another operator: ${commandLine('reviews', 'approve', id, '--note', 'WHY')}`);
}

function readAmount(flag: string, text: string): number {
  if (/^\d{1,10}(\.\d{1,2})?$/.test(text)) return Number(text);
  throw new CliError(
    `${flag} must be an amount with at most 2 decimals`,
    EXIT.usage,
    again({ [flag]: '2500' }),
  );
}

function show(review: OperatorReview, { json }: OperatorFlags): void {
  if (json) {
    printJson(review);
    return;
  }
  const { decision, terms } = review;
  print(`review     ${review.review_id}: ${review.state}, requested ${review.requested_at}`);
  print(`customer   ${review.user_id}, limits of ${review.exposure} now`);
  print(`statement  ${indented(review.statement ?? 'none', LABEL)}`);
  print(
    `denial     ${review.analysis_id}, ${decision.created_at}: risk score ${decision.risk_score}, ` +
      `policy ${decision.policy_version}`,
  );
  if (review.state === 'requested') talk(`next: ${commandLine('decisions', 'explain', review.analysis_id)}`);
  if (terms) print(`terms      ${terms.credit_limit} at ${terms.interest_rate} %, ${terms.credit_type}`);
  if (review.proposed_by) print(`proposed   by ${review.proposed_by}`);
  if (review.decided_by) print(`decided    by ${review.decided_by}, ${review.decided_at}`);
  if (review.reason_code) print(`because    ${review.reason_code}: ${indented(review.note ?? '', LABEL)}`);
}
