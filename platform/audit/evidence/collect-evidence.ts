import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import canonicalize from 'canonicalize';
import type { Sql } from '../../data/sql.ts';
import { isLost, type Restore, selectRestores } from '../restores.ts';
import type { Anchor } from '../start-anchors.ts';
import { describeEvidence } from './describe-evidence.ts';
import {
  type ChainName,
  type EvidenceAct,
  type EvidenceDecision,
  type EvidenceLink,
  isRequest,
  selectEvidenceActs,
  selectEvidenceDecision,
  selectEvidenceHead,
  selectEvidenceLinks,
} from './evidence-store.ts';

/** A bundle: the texts of its files, by name. */
export type Bundle = Record<string, string>;

/** A part of a chain: links that follow each other, after the link `before`. */
interface Segment {
  before: { position: number; link: string };
  links: EvidenceLink[];
}

type Read = <T>(statement: (sql: Sql) => PromiseLike<T>) => Promise<T>;

/** Where no anchor follows, the links go on to the head of the chain, but no further than this. */
const LINKS_MAX = 20_000;
const START = '0'.repeat(64);

/**
 * Collects the proof of a decision or an act, by the id of an analysis, an offer or an act: record and
 * policy, the denial of an override, the acts on them, the links from each to the next anchor, and a program
 * for its verification without us. Returns null for an id of none of them, also where somebody asked for it
 * before, as an act says.
 */
export async function collectEvidence(
  read: Read,
  id: string,
  options: { anchors: Anchor[]; madeAt: Date },
): Promise<Bundle | null> {
  const { decision, denial, acts: named } = await readSubject(read, id);
  if (decision === null && named.every((act) => isRequest(act) && act.id !== id)) return null;
  const restores = await read(selectRestores);
  const acts = await withActsOf(read, named, restores);
  const anchors = options.anchors.filter((anchor) => !isLost(anchor, restores));
  const decided = [decision, denial].flatMap((subject) => subject?.row.position ?? []);
  const decisionLinks = await readSegments(read, 'decisions', decided, anchors);
  const acted = acts.flatMap((act) => act.position ?? []);
  const actLinks = await readSegments(read, 'acts', acted, anchors);
  const used = anchors.filter(
    (anchor) => has(decisionLinks, anchor.decisions.position) || has(actLinks, anchor.acts.position),
  );
  const files: Bundle = {
    ...(decision
      ? {
          'record.json': pretty(decision.record),
          'row.json': pretty(decision.row),
          'policy.json': pretty(decision.policy),
        }
      : {}),
    ...(denial ? { 'denial-record.json': pretty(denial.record), 'denial-row.json': pretty(denial.row) } : {}),
    'acts.json': pretty(acts),
    'chain-decisions.json': pretty(decisionLinks),
    'chain-acts.json': pretty(actLinks),
    'anchors.json': pretty(used),
    'README.md': describeEvidence({
      id,
      decision,
      denial,
      acts,
      anchors: used,
      restores,
      madeAt: options.madeAt,
    }),
    'verify.mjs': readFileSync(join(import.meta.dir, 'verify-bundle.mjs'), 'utf8'),
  };
  return { ...files, 'manifest.json': manifestOf(id, files, options.madeAt) };
}

interface Subject {
  decision: EvidenceDecision | null;
  /** Of an override alone. */
  denial: EvidenceDecision | null;
  acts: EvidenceAct[];
}

async function readSubject(read: Read, id: string): Promise<Subject> {
  let decision = await read((sql) => selectEvidenceDecision(sql, id));
  const named = decision
    ? []
    : await read((sql) => selectEvidenceActs(sql, { ids: [id], policyVersion: null }));
  const subject = named.find((act) => act.id === id && ['analysis', 'offer'].includes(act.subject_kind));
  if (subject?.subject_id) {
    const { subject_id: subjectId } = subject;
    decision = await read((sql) => selectEvidenceDecision(sql, subjectId));
  }
  if (!decision) return { decision, denial: null, acts: named };
  const { row, policyVersion } = decision;
  const denialId = overriddenBy(decision.record);
  const denial = denialId === null ? null : await read((sql) => selectEvidenceDecision(sql, denialId));
  const ids = [id, row.analysis_id, row.offer_id, denialId].filter((value) => value !== null);
  return { decision, denial, acts: await read((sql) => selectEvidenceActs(sql, { ids, policyVersion })) };
}

/** Adds the acts of restores, by which the program tells anchors of a lost time apart. */
async function withActsOf(read: Read, acts: EvidenceAct[], restores: Restore[]): Promise<EvidenceAct[]> {
  const ids = restores.map(({ id }) => id).filter((id) => acts.every((act) => act.id !== id));
  if (ids.length === 0) return acts;
  return [...acts, ...(await read((sql) => selectEvidenceActs(sql, { ids, policyVersion: null })))];
}

/** The id of the denial in the record of an override. */
function overriddenBy(record: unknown): string | null {
  return (record as { override?: { analysis_id: string } }).override?.analysis_id ?? null;
}

/** Reads the links from each position to the next anchor, where segments that meet are one. */
async function readSegments(
  read: Read,
  chain: ChainName,
  positions: number[],
  anchors: Anchor[],
): Promise<Segment[]> {
  if (positions.length === 0) return [];
  const head = await read((sql) => selectEvidenceHead(sql, chain));
  const anchored = anchors.map((anchor) => anchor[chain].position).toSorted((a, b) => a - b);
  const ranges: { from: number; to: number }[] = [];
  for (const from of positions.toSorted((a, b) => a - b)) {
    const to = anchored.find((position) => position >= from) ?? Math.min(head, from + LINKS_MAX);
    const last = ranges.at(-1);
    if (last && from <= last.to + 1) last.to = Math.max(last.to, to);
    else ranges.push({ from, to });
  }
  return Promise.all(
    ranges.map(async ({ from, to }) => {
      const rows = await read((sql) => selectEvidenceLinks(sql, chain, { from: from - 1, to }));
      const isStart = from === 1;
      const [first] = rows;
      const before = isStart || !first ? { position: 0, link: START } : first;
      return {
        before: { position: before.position, link: before.link },
        links: isStart ? rows : rows.slice(1),
      };
    }),
  );
}

function has(segments: Segment[], position: number): boolean {
  return segments.some(({ links }) => links.some((link) => link.position === position));
}

function manifestOf(id: string, files: Bundle, madeAt: Date): string {
  const hashes = Object.entries(files).map(([name, text]) => [name, sha256(text)]);
  const manifest = { id, made_at: madeAt.toISOString(), files: Object.fromEntries(hashes) };
  return pretty({ ...manifest, digest: sha256(canonicalize(manifest) ?? '') });
}

const pretty = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
