import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { ActFilter } from './audit-acts.ts';
import { Closed, LIMITS, Timestamp, Uuid } from './common.ts';
import { defineEndpoints, idOf, response, wordOf } from './endpoint.ts';
import { LINE } from './text.ts';

const TextOrNull = Type.Union([Type.String(), Type.Null()]);

export const AuditAct = Closed({
  id: Uuid,
  created_at: Type.String({ description: 'UTC, to the microsecond' }),
  actor_kind: Type.Union([
    Type.Literal('operator'),
    Type.Literal('customer'),
    Type.Literal('system'),
    Type.Literal('database'),
  ]),
  actor: Type.Union([Type.String(), Type.Null()], { description: 'null of a customer' }),
  act: Type.String(),
  subject_kind: Type.String(),
  subject_id: TextOrNull,
  customer_id: Type.Union([Uuid, Type.Null()], { description: 'null where none, or erased' }),
  reason: TextOrNull,
  details: Type.Unknown(),
  salt: Type.Union([Uuid, Type.Null()]),
  private_hash: Type.String({ description: 'of customer and reason, with the salt' }),
  record_hash: Type.String(),
  erased_by: Type.Union([Uuid, Type.Null()]),
  written_by: TextOrNull,
});
export type AuditAct = Static<typeof AuditAct>;

export const AuditPage = Closed({
  items: Type.Array(AuditAct),
  next_cursor: Type.Union([Uuid, Type.Null()], { description: 'null after the oldest' }),
});
export type AuditPage = Static<typeof AuditPage>;

const Filter = Type.Optional(Type.String({ minLength: 1, maxLength: 200, pattern: LINE }));

export const AuditQuery = Closed({
  actor: Filter,
  act: Type.Optional(ActFilter),
  /** Id of an offer, analysis, policy, operator or customer. */
  subject: Filter,
  since: Type.Optional(Timestamp),
  cursor: Type.Optional(Uuid),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.pageSizeMax, default: 20 })),
});
export type AuditQuery = Static<typeof AuditQuery>;

export const EvidenceBundle = Closed({
  files: Type.Record(Type.String(), Type.String(), {
    description: 'the texts of the files, by name; `node verify.mjs` beside the others checks them',
  }),
});
export type EvidenceBundle = Static<typeof EvidenceBundle>;

export const ChainQuery = Closed({
  after: Type.Optional(
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0, description: 'a position' }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 200, description: 'of links' })),
});
export type ChainQuery = Static<typeof ChainQuery>;

export const ChainFault = Closed({
  id: Uuid,
  position: Type.Integer({ description: 'of the link' }),
  path: Type.String({ description: 'JSON pointer to the place; empty where the row was deleted' }),
});
export type ChainFault = Static<typeof ChainFault>;

export const ChainVerification = Closed({
  chain: Type.Union([Type.Literal('acts'), Type.Literal('decisions')]),
  checked: Type.Integer({ description: 'links, each with its row' }),
  /** Of the last link that was checked, or of `after`. */
  position: Type.Integer(),
  link: Type.Union([Type.String(), Type.Null()], { description: 'the hash there; null before the first' }),
  head: Type.Integer({ description: 'position of the last link of the chain' }),
  faults: Type.Array(ChainFault, { description: 'places that differ from what the chain proves' }),
  next_after: Type.Union([Type.Integer(), Type.Null()], { description: 'null at the end of the chain' }),
});
export type ChainVerification = Static<typeof ChainVerification>;

/** How far a chain is verified in the background. */
export const ChainWatch = Closed({
  chain: ChainVerification.properties.chain,
  fault_position: Type.Union([Type.Integer(), Type.Null()], {
    description:
      'of the first link with a fault, in this pass or the one before; null where the chain is whole',
  }),
  position: Type.Integer({ description: 'of the last link that the pass under way has verified' }),
  head: Type.Integer({ description: 'position of the last link that was seen' }),
  stepped_at: Type.String({ description: 'UTC' }),
  completed_at: Type.Union([Type.String(), Type.Null()], {
    description: 'the last end of a pass; null before the first',
  }),
});
export type ChainWatch = Static<typeof ChainWatch>;

export const ChainWatches = Closed({ items: Type.Array(ChainWatch) });
export type ChainWatches = Static<typeof ChainWatches>;

const EXAMPLE: AuditAct = {
  id: '0198f3a5-3c00-4d55-9c3e-7a1b2c3d4e5f',
  created_at: '2026-11-23T09:31:00.123456Z',
  actor_kind: 'operator',
  actor: 'grace',
  act: 'policy.approve',
  subject_kind: 'policy',
  subject_id: 'mine-1',
  customer_id: null,
  reason: 'as agreed in the risk committee',
  details: {},
  salt: '0198f3a5-3c00-4d55-9c3e-7a1b2c3d4e60',
  private_hash: '0'.repeat(64),
  record_hash: 'f'.repeat(64),
  erased_by: null,
  written_by: 'ecs_back_office back-office',
};

const SERVED = {
  tag: 'operators',
  auth: 'operator',
  roles: ['auditor'],
  service: 'back-office',
  priority: 'normal',
} as const;

export const OPERATOR_AUDIT_ENDPOINTS = defineEndpoints({
  listActs: {
    ...SERVED,
    method: 'GET',
    path: '/v1/operators/audit-log',
    summary: 'Acts on record, newest first',
    query: AuditQuery,
    response: response(200, AuditPage, 'One page', { items: [EXAMPLE], next_cursor: null }),
    problems: [],
  },
  getAct: {
    ...SERVED,
    method: 'GET',
    path: '/v1/operators/audit-log/{act_id}',
    summary: 'An act with its hashes',
    params: { act_id: idOf('act_not_found') },
    response: response(200, AuditAct, 'The act', EXAMPLE),
    problems: [],
  },
  getEvidence: {
    ...SERVED,
    method: 'GET',
    path: '/v1/operators/evidence/{evidence_id}',
    summary: 'The proof of an analysis, an offer or an act, as files with a program that verifies them',
    params: { evidence_id: idOf('evidence_not_found') },
    response: response(200, EvidenceBundle, 'The files, without anchors: those are kept by the broker', {
      files: { 'README.md': '# Evidence of …', 'verify.mjs': '// Verifies …' },
    }),
    problems: [],
  },
  listChains: {
    ...SERVED,
    method: 'GET',
    path: '/v1/operators/chains',
    summary: 'How far each chain is verified in the background, and whether it is broken',
    response: response(200, ChainWatches, 'Both chains', {
      items: [
        {
          chain: 'acts',
          fault_position: null,
          position: 1200,
          head: 4210,
          stepped_at: '2026-11-23T09:31:00.123Z',
          completed_at: '2026-11-23T09:27:40.456Z',
        },
      ],
    }),
    problems: [],
  },
  verifyChain: {
    ...SERVED,
    method: 'GET',
    path: '/v1/operators/chains/{chain}/verification',
    summary: 'Verify links of a chain and their rows, replaying each decision; anchors are not checked',
    params: { chain: wordOf('not_found', '^(acts|decisions)$') },
    query: ChainQuery,
    response: response(200, ChainVerification, 'The links after a position', {
      chain: 'acts',
      checked: 200,
      position: 200,
      link: '0'.repeat(64),
      head: 4210,
      faults: [],
      next_after: 200,
    }),
    problems: [],
  },
});
