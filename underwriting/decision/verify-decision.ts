import { Value } from '@sinclair/typebox/value';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import type { Policy } from '../policy/build-policy.ts';
import { textsOf } from '../policy/policy-document.ts';
import { columnsOfErased, type ErasedRecord, isErasedRecord, isUnproven } from './erase-record.ts';
import { isOfNewerEdition } from './editions.ts';
import { DecisionRecord, featuresOf, isSameJson } from './record.ts';
import { CHAIN_START, hashOfRecord, linkHash } from './record-hash.ts';
import { replay } from './replay.ts';

/** A decision as it is stored: its row, its record, and its place in the chain. */
export interface StoredDecision {
  analysisId: string;
  /** Null of a decision before records were kept. */
  record: unknown;
  recordHash: string | null;
  /** The columns that repeat the record, by its JSON pointers; money as numbers, no offer as nulls. */
  columns: Record<string, unknown>;
  /** The texts of its reasons, in their order. */
  messages?: unknown[];
  createdAt?: Date;
  /** Null of a decision with its customer. */
  erasedAt?: Date | null;
}

/** A link of a chain of hashes: of decisions, or of acts of the audit log. */
export interface ChainLink {
  position: number;
  /** Of the linked analysis or act. */
  rowId: string;
  recordHash: string;
  /** Hash of columns that no record has; null in a link from before seals. */
  seal: string | null;
  link: string;
}

/** The columns that no record has, as `DECISION_CHAIN` seals them; times in UTC, to the microsecond. */
export interface SealedColumns {
  created_at: string;
  linked_at: string;
  offer_id: string | null;
}

/** A place where a stored decision, or its link, differs from the one that follows from it. */
export interface Finding {
  /** Of the analysis or act; empty for a policy. */
  rowId: string;
  /** `/record/...` of the record, `/columns/...` of its row, `/chain/...` of its link. */
  path: string;
  stored: unknown;
  computed: unknown;
}

/** The record's time may be that of a replica of the database; of an older release, the service's. */
const CLOCKS_APART_MS = 60 * 60 * 1000;

const shape = TypeCompiler.Compile(DecisionRecord);

/**
 * Verifies a stored decision: its record has its hash, gives the same decision again, and its row repeats the
 * record. Returns nothing for a decision that nobody changed. One of a newer edition is not decided again:
 * see isOfNewerEdition.
 */
export function verifyDecision(
  decision: StoredDecision,
  policyOf: (hash: string) => Policy | null,
): Finding[] {
  const { analysisId, recordHash, columns } = decision;
  const findings: Finding[] = [];
  const add = (path: string, stored: unknown, computed: unknown) =>
    findings.push({ rowId: analysisId, path, stored, computed });
  const hash = hashOfRecord(decision.record);
  if (hash !== recordHash && !isUnproven(decision.record)) add('/record_hash', recordHash, hash);
  const isErased = isErasedRecord(decision.record);
  if (decision.erasedAt !== undefined && (decision.erasedAt !== null) !== isErased) {
    add('/columns/erased_at', decision.erasedAt, isErased ? 'the time of its erasure' : null);
  }
  if (isErasedRecord(decision.record)) return findings.concat(verifyErased(decision, decision.record));
  if (!isRecord(decision.record)) {
    const [fault] = Value.Errors(DecisionRecord, decision.record);
    add(`/record${fault?.path ?? ''}`, fault?.value ?? null, fault?.message ?? 'is no record');
    return findings;
  }
  const { record } = decision;
  for (const [path, computed] of Object.entries(columnsOf(record))) {
    const stored = columns[path];
    if (stored !== undefined && !isSameJson(stored, computed)) {
      add(`/columns${path}`, stored, computed);
    }
  }
  const { createdAt, messages = [] } = decision;
  if (createdAt && Math.abs(createdAt.getTime() - Date.parse(record.decided_at)) > CLOCKS_APART_MS) {
    add('/columns/created_at', createdAt, record.decided_at);
  }
  const policy = policyOf(record.versions.policy_hash);
  messages.forEach((message, index) => {
    const texts = policy && textsOf(policy.document, record.reasons[index]?.code ?? '');
    if (texts && !Object.values(texts).includes(message as string)) {
      add(`/columns/reasons/${index}/message`, message, texts);
    }
  });
  if (!policy) add('/record/versions/policy_hash', record.versions.policy_hash, 'no policy has this hash');
  else if (!isOfNewerEdition(record))
    for (const { path, ...values } of differencesOf(record, policy))
      add(`/record${path}`, values.stored, values.computed);
  return findings;
}

/** Makes a decision again; one of numbers that nobody could have decided on differs as a whole. */
function differencesOf(record: DecisionRecord, policy: Policy): ReturnType<typeof replay> {
  try {
    return replay(record, policy);
  } catch (error) {
    return [{ path: '', stored: record.analysis_id, computed: `no decision: ${(error as Error).message}` }];
  }
}

/**
 * Verifies the remainder of an erased decision: its row repeats it. It is not computed again, since emotions
 * may have counted.
 */
function verifyErased({ analysisId, columns }: StoredDecision, record: ErasedRecord): Finding[] {
  return Object.entries(columnsOfErased(record)).flatMap(([path, computed]) => {
    const stored = columns[path];
    if (stored === undefined || isSameJson(stored, computed)) return [];
    return [{ rowId: analysisId, path: `/columns${path}`, stored, computed }];
  });
}

/** Returns whether a stored value is a record of a decision. */
export function isRecord(value: unknown): value is DecisionRecord {
  return shape.Check(value);
}

/** Returns the columns that repeat a record, by name. */
export function columnsOf(record: DecisionRecord): Record<string, unknown> {
  const { prediction } = record[record.basis] ?? record.twin;
  return {
    '/id': record.analysis_id,
    '/user_id': record.user_id,
    '/trace_id': record.trace_id,
    '/approved': record.approved,
    '/risk_score': prediction.risk_score,
    '/model_version': prediction.model_version,
    '/contributions': prediction.contributions ?? {},
    '/features': featuresOf(record),
    '/policy_version': record.versions.policy,
    '/policy_hash': record.versions.policy_hash,
    '/jurisdiction': record.jurisdiction,
    '/emotion_effect': record.effect.applied,
    '/exposure_before': record.exposure.before,
    '/reasons': record.reasons,
    '/recourse': record.recourse,
    '/offer': record.terms,
    '/offer_owner': record.terms && record.user_id,
  };
}

/** Verifies links in their order; `previous` is the link before the first of them. */
export function createChainVerifier(previous: { position: number; link: string } | null) {
  let { position, link } = previous ?? { position: 0, link: CHAIN_START };
  return {
    head: () => ({ position, link }),
    /** `storedHash` and `sealed` are of the analysis's row; undefined when there is none. */
    verify(next: ChainLink, storedHash: string | null | undefined, sealed?: SealedColumns): Finding[] {
      const findings: Finding[] = [];
      const add = (path: string, stored: unknown, computed: unknown) =>
        findings.push({ rowId: next.rowId, path, stored, computed });
      if (next.position !== position + 1) add('/chain/position', next.position, position + 1);
      const computed = linkHash(link, next.recordHash, next.seal);
      if (next.link !== computed) add('/chain/link', next.link, computed);
      if (storedHash === undefined) add('', null, 'the row was deleted: the chain has it');
      else if (storedHash !== next.recordHash) add('/chain/record_hash', next.recordHash, storedHash);
      if (sealed && next.seal !== null && hashOfRecord(sealed) !== next.seal) {
        add('/chain/seal', sealed, 'what its link sealed');
      }
      ({ position, link } = next);
      return findings;
    },
  };
}
