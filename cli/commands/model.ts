import type { Command } from 'commander';
import { commandLine } from '../../deploy/local/command-line.ts';
import { type Objective, compareModels } from '../../underwriting/comparison/model-comparison.ts';
import type { SystemFlags } from '../config/session.ts';
import { readInteger } from '../config/session.ts';
import { resolveDatabase } from '../config/context.ts';
import { withDatabase } from '../config/database.ts';
import { pairDecisions } from '../models/pair-decisions.ts';
import { selectModels } from '../../platform/decisions/model-reads.ts';
import { showComparison, showPromotion } from '../models/show-comparison.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, printJson, printList } from '../ui/output.ts';

interface CompareFlags extends SystemFlags {
  challenger?: string;
  last: string;
  objective?: string;
}

const LAST_MAX = 100_000;
const OBJECTIVES: Objective[] = ['approvals', 'risk'];

export function register(program: Command): void {
  const model = program
    .command('model')
    .description(
      'The champion is the model that decides. A challenger (CHALLENGER_MODEL_URL) is asked about the same ' +
        'decisions and decides none. Both are judged by the active policy. Nobody tells ECS which loans ' +
        'default, so better means nearer to an objective that you state: approvals (more customers ' +
        'approved) or risk (fewer).',
    );
  withExamples(
    model,
    ['ecs model ls'],
    ['ecs model compare --objective approvals', 'the newest challenger, over the last 1,000 decisions'],
    ['ecs model compare --challenger scorecard-2 --last 10000 --json'],
    ['ecs model promote scorecard-2 --objective approvals', 'what to change, unless a guardrail is broken'],
  );
  model
    .command('ls')
    .summary('the models that decided, and those that challenged them')
    .action(
      run(async (flags: SystemFlags) => {
        const rows = await withDatabase(resolveDatabase(flags), 'ecs model', selectModels);
        printList(rows, flags, { none: 'no decision has been made yet' });
      }),
    );
  compareOptions(model.command('compare').summary('the newest decisions by champion and challenger'))
    .option('--challenger <version>', 'of the challenger; the one that predicted last unless named')
    .action(run(compare));
  compareOptions(
    model.command('promote <challenger>').summary('what to change so that this version decides'),
  ).action(run((challenger: string, flags: CompareFlags) => promote({ ...flags, challenger })));
}

function compareOptions(command: Command): Command {
  return command
    .option('--last <n>', 'newest decisions that both know', '1000')
    .option('--objective <name>', `the meaning of better: ${OBJECTIVES.join(' or ')}`);
}

async function compare(flags: CompareFlags): Promise<void> {
  const comparison = await readComparison(flags);
  if (flags.json) printJson(comparison);
  else showComparison(comparison);
}

async function promote(flags: CompareFlags): Promise<void> {
  const comparison = await readComparison(flags);
  const { broken_guardrails: broken, verdict, challenger } = comparison;
  const reasons = [
    ...broken.map(({ message }) => message),
    ...(verdict === 'worse' ? [`it is worse: ${comparison.because}`] : []),
  ];
  if (reasons.length > 0) {
    throw new CliError(
      `${challenger} is not promoted: ${reasons.join('; ')}`,
      EXIT.conflict,
      commandLine('model', 'compare', '--challenger', challenger),
      { code: 'guardrail_broken', data: comparison },
    );
  }
  if (flags.json) printJson(comparison);
  else showPromotion(comparison);
}

async function readComparison(flags: CompareFlags) {
  const objective = readObjective(flags.objective);
  const last = readInteger('--last', flags.last, { min: 1, max: LAST_MAX });
  const { challenger = null } = flags;
  const work = (sql: Parameters<typeof pairDecisions>[0]) => pairDecisions(sql, { challenger, last });
  const {
    champion,
    challenger: version,
    pairs,
  } = await withDatabase(resolveDatabase(flags), 'ecs model', work);
  return { champion, challenger: version, objective, ...compareModels(pairs, objective) };
}

function readObjective(text: string | undefined): Objective | null {
  if (text === undefined) return null;
  const objective = OBJECTIVES.find((name) => name === text);
  if (objective) return objective;
  throw new CliError(`--objective must be ${OBJECTIVES.join(' or ')}, not ${text}`, EXIT.usage);
}
