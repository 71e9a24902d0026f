import type { Command } from 'commander';
import { steps } from '../../deploy/local/command-line.ts';
import type { Sql } from '../../platform/data/sql.ts';
import { selectLink, selectStored } from '../../platform/decisions/decision-reads.ts';
import type { DecisionRecord } from '../../underwriting/decision/record.ts';
import { isErasedRecord } from '../../underwriting/decision/erase-record.ts';
import { isOfNewerEdition } from '../../underwriting/decision/editions.ts';
import { type Finding, isRecord, verifyDecision } from '../../underwriting/decision/verify-decision.ts';
import { resolveDatabase } from '../config/context.ts';
import { withDatabase } from '../config/database.ts';
import { readInteger, type SystemFlags } from '../config/session.ts';
import { readSince } from '../config/since.ts';
import { requireCustomer } from '../customers/require-customer.ts';
import { selectLines } from '../decisions/decision-store.ts';
import { lineOfFinding } from '../decisions/line-of-finding.ts';
import { describeDecision } from '../../underwriting/decision/describe-decision.ts';
import { replayDecisions } from '../decisions/replay-decisions.ts';
import { loadVersion } from '../policies/load-policy.ts';
import { readPolicies } from '../decisions/stored-policies.ts';
import { readTypedId } from '../../platform/trace/identity.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { excludes } from '../ui/option-rules.ts';
import { CliError, EXIT, print, printJson, printList, talk } from '../ui/output.ts';

interface ListFlags extends SystemFlags {
  user?: string;
  denied?: boolean;
  since?: string;
  policy?: string;
  limit: string;
}

interface ReplayFlags extends SystemFlags {
  since?: string;
  last?: string;
  all?: boolean;
  expectHead?: string;
}

const LIST_COLUMNS = [
  'analysis_id',
  'created_at',
  'approved',
  'risk_score',
  'credit_limit',
  'policy',
  'jurisdiction',
  'reasons',
];

/** Findings beyond this number are counted and not shown. */
const FINDINGS_SHOWN = 1000;

export function register(program: Command): void {
  const decisions = program.command('decisions');
  withExamples(
    decisions,
    ['ecs decisions ls --denied --since 7d'],
    ['ecs decisions explain 0198f3a3-1eff-7f0a-8b21-90c4d1e2f3a4', 'a page of prose'],
    ['ecs decisions replay', 'every stored decision made again, and the chain checked'],
    [
      'ecs decisions replay --expect-head 1000:9f86d081…',
      'and that nothing up to an earlier head was cut off',
    ],
  );
  decisions
    .command('ls')
    .summary('list decisions, newest first')
    .option('--user <id>', 'only of this customer: id or e-mail')
    .option('--denied', 'only denials')
    .option('--since <time>', 'only from then on: 10m, 2h, 1d, or ISO 8601')
    .option('--policy <version>', 'only of this version of a policy')
    .option('--limit <n>', 'at most so many', '50')
    .action(run(list));
  decisions
    .command('show <id>')
    .summary('the record of a decision, its hash, and its place in the chain')
    .action(run(show));
  decisions
    .command('explain <id>')
    .summary('what counted, what it said, why, and what would flip it')
    .action(run(explain));
  const replaying = decisions
    .command('replay')
    .summary('make stored decisions again; name every place that differs')
    .description(
      'Makes decisions again from their records, compares hash and row, and checks the chain and the ' +
        'stored policies. A place that differs is a line with the id of the analysis and a JSON pointer, ' +
        'and the exit code is 1. The last line has the head of the chain: kept elsewhere, it shows a later ' +
        'replay that the end of the chain was not cut off. --since and --last leave older decisions alone.',
    )
    .option('--since <time>', 'only those decided from then on: 10m, 2h, 1d, or ISO 8601')
    .option('--last <n>', 'only the last so many of the chain')
    .option('--expect-head <position:link>', 'the head that an earlier replay printed')
    .option('--all', 'all that are stored, as without a flag')
    .action(run(replay));
  excludes(replaying, '--since', '--last');
  excludes(replaying, '--since', '--all');
  excludes(replaying, '--last', '--all');
}

const withSql = <T>(flags: SystemFlags, work: (sql: Sql) => Promise<T>): Promise<T> =>
  withDatabase(resolveDatabase(flags), 'ecs decisions', work);

async function list(flags: ListFlags): Promise<void> {
  const limit = readInteger('--limit', flags.limit, { min: 1, max: 10_000 });
  const since = flags.since === undefined ? undefined : new Date(readSince(flags.since));
  const lines = await withSql(flags, async (sql) => {
    const userId = flags.user === undefined ? undefined : (await requireCustomer(sql, flags.user)).id;
    const { denied, policy } = flags;
    const lines = await selectLines(sql, { userId, denied, since, policy, limit });
    // A policy that is not there decided nothing: its name has a typing error.
    if (policy !== undefined && lines.length === 0) await loadVersion(sql, policy);
    return lines;
  });
  const toLine = (line: (typeof lines)[number]) => ({ ...line, reasons: line.reasons.join(', ') });
  printList(lines, flags, { none: 'no decisions', toLine, columns: LIST_COLUMNS });
}

async function show(id: string, flags: SystemFlags): Promise<void> {
  const shown = await withSql(flags, async (sql) => {
    const decision = await requireRecorded(sql, id);
    const link = await selectLink(sql, { analysisId: decision.analysisId });
    const findings = verifyDecision(decision, await readPolicies(sql));
    const { record, recordHash: record_hash } = decision;
    const chain = link && { position: link.position, link: link.link };
    return { record_hash, chain, differences: findings, record };
  });
  if (flags.json) return printJson({ ...shown, differences: shown.differences.map(toJsonPlace) });
  print(`hash       ${shown.record_hash}`);
  print(
    `chain      ${shown.chain ? `position ${shown.chain.position}, ${shown.chain.link}` : 'not linked yet'}`,
  );
  print(`replay     ${verdictOf(shown)}`);
  for (const finding of shown.differences) print(lineOfFinding(finding.rowId, finding));
  print(JSON.stringify(shown.record, null, 2));
}

function verdictOf({ differences, record }: { differences: Finding[]; record: unknown }): string {
  if (differences.length > 0) return 'DIFFERS: see below';
  if (isRecord(record) && isOfNewerEdition(record)) return 'not made again: a newer release decided it';
  return 'the same decision';
}

/** Returns a finding under the names of `--json`. */
const toJsonPlace = ({ rowId, ...place }: Finding) => ({ analysisId: rowId, ...place });

async function explain(id: string, flags: SystemFlags): Promise<void> {
  const { record, policy } = await withSql(flags, async (sql) => {
    const decision = await requireRecorded(sql, id);
    const policyOf = await readPolicies(sql);
    if (isErasedRecord(decision.record)) {
      throw new CliError(`${id} is kept without its customer`, EXIT.notFound, `ecs decisions show ${id}`);
    }
    const record = decision.record as DecisionRecord;
    return { record, policy: policyOf(record.versions.policy_hash) };
  });
  const lines = describeDecision(record, policy);
  if (flags.json) printJson({ analysis_id: record.analysis_id, text: lines.join('\n') });
  else lines.forEach(print);
}

async function requireRecorded(sql: Sql, id: string) {
  const { uuid } = readTypedId(id);
  const decision = uuid ? await selectStored(sql, uuid) : null;
  if (!decision) throw new CliError(`no decision is ${id}`, EXIT.notFound, 'ecs decisions ls');
  if (decision.record !== null) return decision;
  throw new CliError(`${id} was decided before records were kept`, EXIT.notFound, `ecs trace ${id}`);
}

async function replay(flags: ReplayFlags): Promise<void> {
  const since = flags.since === undefined ? {} : { since: new Date(readSince(flags.since)) };
  const counts = { min: 1, max: Number.MAX_SAFE_INTEGER };
  const last = flags.last === undefined ? {} : { last: readInteger('--last', flags.last, counts) };
  const head = flags.expectHead === undefined ? {} : { expectedHead: readHead(flags.expectHead) };
  const differences: Finding[] = [];
  const startedMs = performance.now();
  const report = await withSql(flags, (sql) =>
    replayDecisions(sql, { ...since, ...last, ...head }, (finding) => {
      if (differences.length < FINDINGS_SHOWN) differences.push(finding);
      else return;
      if (!flags.json) print(lineOfFinding(finding.rowId, finding));
    }),
  );
  const { findings, ...figures } = report;
  const data = { ...figures, differences: findings, places: differences.map(toJsonPlace) };
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  if (!flags.json) {
    print(
      `${report.replayed} decisions replayed in ${seconds} s, ${findings} differences; ` +
        `head ${report.head.position}:${report.head.link}`,
    );
    if (report.newer > 0)
      talk(`${report.newer} were decided by a newer release, which alone can make them again`);
    if (report.erased > 0) talk(`${report.erased} are kept without their customer and are not made again`);
    if (report.unproven > 0)
      talk(`${report.unproven} of those had no salt: nothing proves what is left of them`);
    if (report.unrecorded > 0) talk(`${report.unrecorded} were decided before records were kept`);
  } else if (findings === 0) printJson(data);
  if (findings === 0) return;
  throw new CliError(
    `${findings} places are not what they must be`,
    EXIT.failed,
    'see docs/failure-modes.md',
    {
      code: 'decisions_differ',
      data,
    },
  );
}

/** Throws a usage error for a text that is no head. */
function readHead(text: string): { position: number; link: string } {
  const [, position, link] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (position !== undefined && link !== undefined) return { position: Number(position), link };
  throw new CliError(
    `${JSON.stringify(text)} is no head`,
    EXIT.usage,
    steps('POSITION:LINK, as in the last line of', 'ecs decisions replay'),
  );
}
