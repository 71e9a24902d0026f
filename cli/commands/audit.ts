import { type Command, Option } from 'commander';
import { ACT_FILTERS } from '../../sdk/contracts/audit-acts.ts';
import { selectActs } from '../../platform/audit/act-store.ts';
import type { ActRow } from '../../platform/audit/act-hash.ts';
import type { Sql } from '../../platform/data/sql.ts';
import { collectEvidence } from '../../platform/audit/evidence/collect-evidence.ts';
import { writeBundle } from '../audit/write-bundle.ts';
import { type KeptAnchor, readAnchorFile, readStreamAnchors } from '../audit/anchors.ts';
import { recordRestore } from '../audit/record-restore.ts';
import { type AuditReport, type Fault, verifyAudit } from '../audit/verify-audit.ts';
import { withBus } from '../config/broker.ts';
import { resolveDatabase } from '../config/context.ts';
import { withDatabase } from '../config/database.ts';
import { readInteger, type SystemFlags } from '../config/session.ts';
import { readSince } from '../config/since.ts';
import { requirePerson } from '../operators/require-person.ts';
import { lineOfFinding } from '../decisions/line-of-finding.ts';
import { readTypedId } from '../../platform/trace/identity.ts';
import { again } from '../ui/command-line.ts';
import { run } from '../ui/failure.ts';
import { oneOf } from '../ui/option-rules.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, print, printJson, printList, talk } from '../ui/output.ts';

interface ListFlags extends SystemFlags {
  actor?: string;
  act?: string;
  subject?: string;
  since?: string;
  limit: string;
}

type VerifyFlags = SystemFlags & { anchors?: string[] };
type RestoredFlags = VerifyFlags & { by?: string; note?: string };
type EvidenceFlags = VerifyFlags & { out?: string };

/** Faults beyond this number are counted and not shown. */
const FAULTS_SHOWN = 1000;

export function register(program: Command): void {
  const audit = program
    .command('audit')
    .description(
      'The audit log has a row for each act of operators, customers and the system. Its rows, and those of ' +
        'decisions, are chained by hashes; the heads of the chains are kept elsewhere, as anchors. These ' +
        'commands read the database: elsewhere they need DATABASE_URL.',
    );
  withExamples(
    audit,
    ['ecs audit ls --act policy --since 30d'],
    [
      'ecs audit ls --subject 0198f3a3-1eff-7f0a-8b21-90c4d1e2f3a4',
      'what was done about a customer or offer',
    ],
    ['ecs audit verify', 'every row of both chains, and the anchors that the broker keeps'],
    ['ecs audit evidence 0198f3a3-1eff-7f0a-8b21-90c4d1e2f3a4 && node evidence-*/verify.mjs'],
    ['ecs audit restored --by carol --note "dump of 02:00, the disk was lost"', 'once, after a restore'],
    ['ecs audit verify --anchors /mnt/elsewhere/anchors.ndjson', 'and those of AUDIT_ANCHOR_FILE'],
  );
  audit
    .command('ls')
    .summary('list acts, newest first')
    .option('--actor <name>', 'only of this operator, service or user of the database')
    .addOption(
      oneOf(new Option('--act <act>', 'only this act, policy.approve, or all of policy'), ACT_FILTERS),
    )
    .option('--subject <id>', 'only about this offer, analysis, policy, operator or customer')
    .option('--since <time>', 'only from then on: 10m, 2h, 1d, or ISO 8601')
    .option('--limit <n>', 'at most so many', '50')
    .action(run(list));
  audit
    .command('verify')
    .summary('check every act, every decision and both chains; name each row that does not fit')
    .description(
      'Checks the hash of each act, makes each decision again, follows both chains from their start, and ' +
        'compares them with their anchors: of the broker, where NATS_URL is known, and of files. ' +
        'A place that differs is a line with its chain, its position and a JSON pointer, and the exit code ' +
        'is 1. Only anchors notice that the end of a chain was cut off, or that all of it was made anew.',
    )
    .option('--anchors <file...>', 'anchors that AUDIT_ANCHOR_FILE kept, too')
    .action(run(verify));
  audit
    .command('evidence <id>')
    .summary('a folder that proves a decision or an act to anybody, without the system')
    .description(
      'Writes a folder about an analysis, an offer or an act: record, policy, acts, links of the ' +
        'chains up to the next anchor, and verify.mjs, which checks all of it with Node.js alone.',
    )
    .option('--out <folder>', 'a folder that is not there yet (default: evidence-ID)')
    .option('--anchors <file...>', 'anchors that AUDIT_ANCHOR_FILE kept, too')
    .action(run(evidence));
  registerRestored(audit);
}

function registerRestored(audit: Command): void {
  audit
    .command('restored')
    .summary('enter a restore of the database in the audit log, so that its lost anchors are no faults')
    .description(
      'After a restore of the database the chains begin anew where the dump ends, and the anchors between ' +
        'the dump and the loss contradict them. Enters an act with the time of these anchors; audit verify ' +
        'then counts them, and evidence leaves them out. Somebody who cuts a chain may say the same: ' +
        'every verification prints the act.',
    )
    .option('--by <name>', 'who has restored it, for the audit log (or ECS_OPERATOR)')
    .option('--note <text>', 'why (required)')
    .option('--anchors <file...>', 'anchors that AUDIT_ANCHOR_FILE kept, too')
    .action(run(restored));
}

const withSql = <T>(flags: SystemFlags, work: (sql: Sql) => Promise<T>): Promise<T> =>
  withDatabase(resolveDatabase(flags), 'ecs audit', work);

async function list(flags: ListFlags): Promise<void> {
  const limit = readInteger('--limit', flags.limit, { min: 1, max: 10_000 });
  const since = flags.since === undefined ? null : new Date(readSince(flags.since));
  const { actor = null, act = null, subject = null } = flags;
  const acts = await withSql(flags, (sql) => selectActs(sql, { actor, act, subject, since, limit }));
  printList(acts, flags, { none: 'no acts', toLine: lineOfAct });
}

function lineOfAct({ created_at, actor_kind, actor, act, subject_kind, subject_id, ...row }: ActRow) {
  return {
    time: `${created_at.slice(0, 19)}Z`,
    actor: actor_kind === 'operator' ? actor : [actor_kind, actor].filter((word) => word !== null).join(' '),
    act,
    subject: subject_id ?? row.customer_id ?? subject_kind,
    reason: row.reason ?? '',
  };
}

async function evidence(id: string, flags: EvidenceFlags): Promise<void> {
  const { uuid } = readTypedId(id);
  const anchors = (await readAnchors(flags)).map(({ from: _, ...anchor }) => anchor);
  const bundle = uuid
    ? await withSql(flags, (sql) =>
        collectEvidence((statement) => Promise.resolve(statement(sql)), uuid, {
          anchors,
          madeAt: new Date(),
        }),
      )
    : null;
  if (!bundle) throw new CliError(`no decision, offer or act is ${id}`, EXIT.notFound, 'ecs audit ls');
  const { folder, manifestHash } = writeBundle(flags.out ?? `evidence-${uuid}`, bundle);
  if (flags.json) printJson({ folder, files: Object.keys(bundle), manifest_sha256: manifestHash });
  else {
    print(`wrote ${folder}: ${Object.keys(bundle).length} files, manifest ${manifestHash}`);
    talk(`check it anywhere: node ${folder}/verify.mjs`);
  }
}

async function verify(flags: VerifyFlags): Promise<void> {
  const anchors = await readAnchors(flags);
  const places: Fault[] = [];
  const startedMs = performance.now();
  const report = await withSql(flags, (sql) =>
    verifyAudit(sql, anchors, (fault) => {
      if (places.length >= FAULTS_SHOWN) return;
      places.push(fault);
      if (!flags.json) print(lineOfFinding(nameOf(fault), fault));
    }),
  );
  const data = { ...report, places };
  if (!flags.json) show(report, (performance.now() - startedMs) / 1000);
  else if (report.faults === 0) printJson(data);
  if (report.faults === 0) return;
  throw new CliError(
    `${report.faults} places do not fit; first ${report.first.map(nameOf).join(', and ')}`,
    EXIT.failed,
    'docs/failure-modes.md',
    { code: 'audit_differs', data },
  );
}

async function restored(flags: RestoredFlags): Promise<void> {
  const operator = requirePerson(flags.by);
  const { note } = flags;
  if (!note) throw new CliError('--note <text> is missing', EXIT.usage, again({ '--note': 'WHY' }));
  const anchors = await readAnchors(flags);
  const restore = await withSql(flags, (sql) => recordRestore(sql, anchors, { operator, note }));
  if (flags.json) printJson(restore);
  else if (!restore) print('every anchor fits: there is nothing to enter');
  else {
    print(
      `entered: ${restore.lost} links of anchors from ${restore.lostFrom} to ${restore.lostUntil} are lost`,
    );
    if (restore.otherFaults > 0)
      talk(`${restore.otherFaults} other places do not fit\nnext: ecs audit verify`);
  }
}

async function readAnchors(flags: VerifyFlags): Promise<KeptAnchor[]> {
  const fileAnchors = (flags.anchors ?? []).flatMap(readAnchorFile);
  const { natsUrl } = resolveDatabase(flags);
  if (natsUrl) return [...fileAnchors, ...(await withBus(natsUrl, readStreamAnchors))];
  talk('no anchors of the broker: NATS_URL is not known');
  return fileAnchors;
}

function show({ acts, decisions, anchors, lost, restores }: AuditReport, seconds: number): void {
  const { head } = decisions;
  print(
    `acts       ${acts.linked} linked, ${acts.waiting} wait; head ${acts.head.position}, ${acts.head.link}`,
  );
  print(
    `decisions  ${decisions.linked} linked, ${decisions.waiting} wait; head ${head.position}, ${head.link}`,
  );
  for (const { at, operator, note, lostFrom, lostUntil } of restores)
    print(`restored   entered ${at} by ${operator}: ${note ?? ''}; lost is ${lostFrom} to ${lostUntil}`);
  if (lost > 0) print(`lost       ${lost} links of anchors, of these restores`);
  print(`anchors    ${anchors}; all of it in ${seconds.toFixed(1)} s`);
}

function nameOf({ chain, position, id }: Fault): string {
  return [chain, position ?? 'unlinked', id].filter((word) => word !== null).join(' ');
}
