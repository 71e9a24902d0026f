import * as Type from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { DecisionRecord } from './record.ts';
import { divideRecord, privateHashOf } from './record-hash.ts';

/**
 * A record without its customer. Law asks for decisions to be kept (Regulation B: 25 months), and a customer
 * may ask to be forgotten: identity and values of emotions go, with the salt. The hash of a record is taken
 * over the remainder and a salted hash of that part (record-hash.ts), so the remainder has the hash that the
 * chain knows.
 */
const { user_id: _, trace_id: __, salt: ___, ...KEPT } = DecisionRecord.properties;

export const ErasedRecord = Type.Object(
  {
    ...Type.Partial(Type.Object(KEPT)).properties,
    analysis_id: KEPT.analysis_id,
    versions: KEPT.versions,
    approved: KEPT.approved,
    terms: KEPT.terms,
    jurisdiction: KEPT.jurisdiction,
    decided_at: KEPT.decided_at,
    exposure: KEPT.exposure,
    effect: KEPT.effect,
    twin: KEPT.twin,
    /** Without the values, where those tell of emotions. */
    reasons: Type.Array(Type.Object({ code: Type.String() })),
    /** Emotions' part of each is gone. */
    counts: Type.Object({ transactions: KEPT.counts.properties.transactions }),
    outcomes: Type.Object({ twin: KEPT.outcomes.properties.twin }),
    private_hash: Type.String(),
    /** Of a record that was decided before records had a salt: nothing proves the rest of it any more. */
    unproven: Type.Optional(Type.Literal(true)),
  },
  { additionalProperties: false },
);
export type ErasedRecord = Static<typeof ErasedRecord>;

const shape = TypeCompiler.Compile(ErasedRecord);

export function isErasedRecord(value: unknown): value is ErasedRecord {
  return shape.Check(value);
}

/** Whether a record was erased that had no salt: its hash is of what is gone. None of schema 2 is one. */
export function isUnproven(record: unknown): boolean {
  return (
    isErasedRecord(record) && record.unproven === true && record.schema === 1 && record.private_hash === ''
  );
}

/** Returns a record without its customer and without emotions. */
export function eraseRecord(record: DecisionRecord): ErasedRecord {
  const { remainder } = divideRecord(record);
  const privateHash = privateHashOf(record);
  return {
    ...(remainder as Omit<ErasedRecord, 'private_hash'>),
    ...(privateHash === null ? { private_hash: '', unproven: true } : { private_hash: privateHash }),
  };
}

/** Returns the columns that repeat an erased record, by name; those of emotions hold the twin's values. */
export function columnsOfErased(record: ErasedRecord): Record<string, unknown> {
  const { features, prediction } = record.twin;
  return {
    '/id': record.analysis_id,
    '/user_id': null,
    '/trace_id': null,
    '/approved': record.approved,
    '/risk_score': prediction.risk_score,
    '/model_version': prediction.model_version,
    '/contributions': prediction.contributions ?? {},
    '/features': features,
    '/policy_version': record.versions.policy,
    '/policy_hash': record.versions.policy_hash,
    '/jurisdiction': record.jurisdiction,
    '/emotion_effect': record.effect.applied,
    '/exposure_before': record.exposure.before,
    '/reasons': record.reasons,
    '/recourse': record.recourse ?? [],
    '/offer': record.terms,
    '/offer_owner': null,
  };
}
