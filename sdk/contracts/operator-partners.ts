import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, Timestamp, Uuid } from './common.ts';
import { OF_BACK_OFFICE, defineEndpoints, json, response, wordOf } from './endpoint.ts';
import { PARTNER_ID } from './partner.ts';
import { PARTNER_SCOPES } from './partner-scopes.ts';
import { LINE } from './text.ts';

export const PartnerScope = Type.Union(PARTNER_SCOPES.map((scope) => Type.Literal(scope)));

const Scopes = Type.Array(PartnerScope, { minItems: 1, maxItems: PARTNER_SCOPES.length, uniqueItems: true });
const EVENTS_PER_SECOND = {
  minimum: 1,
  maximum: 1_000_000,
  description: 'requests and events of the partner a second; twice as many in a burst',
};
const PublicKey = Type.Object(
  {},
  {
    additionalProperties: true,
    description: 'a public key as JWK, for private_key_jwt; else a secret is made',
  },
);
const Actor = Type.String({ description: 'an operator, or a user of the database' });

export const PartnerCredential = Closed({
  credential_id: Uuid,
  kind: Type.Union([Type.Literal('secret'), Type.Literal('public_key')]),
  public_key: Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()]),
  created_at: Timestamp,
  created_by: Actor,
  expires_at: Type.Union([Timestamp, Type.Null()], { description: 'null of the newest' }),
});
export type PartnerCredential = Static<typeof PartnerCredential>;

const row = {
  client_id: Type.String({ pattern: PARTNER_ID }),
  name: Type.String(),
  status: Type.Union([Type.Literal('active'), Type.Literal('disabled'), Type.Literal('removed')]),
  scopes: Type.Array(PartnerScope),
  events_per_second: Type.Integer(),
  created_at: Timestamp,
  created_by: Actor,
  changed_at: Timestamp,
  changed_by: Actor,
};

export const Partner = Closed({ ...row, credentials: Type.Array(PartnerCredential) });
export type Partner = Static<typeof Partner>;

export const PartnerList = Closed({ items: Type.Array(Closed(row)) });
export type PartnerList = Static<typeof PartnerList>;

export const NewPartner = Closed(
  {
    name: Type.String({ minLength: 1, maxLength: 100, pattern: LINE, description: 'its own among partners' }),
    scopes: Scopes,
    events_per_second: Type.Optional(Type.Integer({ ...EVENTS_PER_SECOND, default: 1000 })),
    public_key: Type.Optional(PublicKey),
  },
  { examples: [{ name: 'shop', scopes: ['transactions:write'], events_per_second: 1000 }] },
);
export type NewPartner = Static<typeof NewPartner>;

export const PartnerChange = Closed(
  { scopes: Type.Optional(Scopes), events_per_second: Type.Optional(Type.Integer(EVENTS_PER_SECOND)) },
  { examples: [{ events_per_second: 5000 }], minProperties: 1 },
);
export type PartnerChange = Static<typeof PartnerChange>;

export const PartnerRotation = Closed(
  {
    grace_seconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 30 * 24 * 3600,
        default: 24 * 3600,
        description: 'how long the credential before it stays valid; 0 also voids all tokens',
      }),
    ),
    public_key: Type.Optional(PublicKey),
  },
  { examples: [{ grace_seconds: 86_400 }] },
);
export type PartnerRotation = Static<typeof PartnerRotation>;

export const PartnerSecret = Closed({
  client_id: Type.String(),
  credential_id: Uuid,
  client_secret: Type.Union([Type.String(), Type.Null()], {
    description: 'shown in this response only; null where the partner has a key',
  }),
  former_expires_at: Type.Union([Timestamp, Type.Null()], {
    description: 'when the credential before it ends; null without one',
  }),
});
export type PartnerSecret = Static<typeof PartnerSecret>;

const params = { client_id: wordOf('partner_not_found', PARTNER_ID) };
const LINE_EXAMPLE = {
  client_id: 'ptn_4m2k8v0q6s1t9w3x5y7z',
  name: 'shop',
  status: 'active' as const,
  scopes: ['transactions:write' as const],
  events_per_second: 1000,
  created_at: '2026-11-23T09:29:00.000Z',
  created_by: 'ada',
  changed_at: '2026-11-23T09:29:00.000Z',
  changed_by: 'ada',
};
const CREDENTIAL_EXAMPLE = {
  credential_id: '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a',
  kind: 'secret' as const,
  public_key: null,
  created_at: '2026-11-23T09:29:00.000Z',
  created_by: 'ada',
  expires_at: null,
};
const PARTNER_EXAMPLE = { ...LINE_EXAMPLE, credentials: [CREDENTIAL_EXAMPLE] };
const SECRET_EXAMPLE = {
  client_id: LINE_EXAMPLE.client_id,
  credential_id: CREDENTIAL_EXAMPLE.credential_id,
  client_secret: 'ecs_secret_…',
  former_expires_at: null,
};

export const OPERATOR_PARTNER_ENDPOINTS = defineEndpoints({
  listPartners: {
    ...OF_BACK_OFFICE,
    method: 'GET',
    path: '/v1/operators/partners',
    summary: 'The partners by name, with scopes, limits, and the operator who disabled each',
    roles: ['viewer'],
    response: response(200, PartnerList, 'The partners', { items: [LINE_EXAMPLE] }),
    problems: [],
  },
  addPartner: {
    ...OF_BACK_OFFICE,
    method: 'POST',
    path: '/v1/operators/partners',
    summary: 'Add a partner; its secret is shown in this response only',
    roles: ['operator'],
    body: json(NewPartner),
    response: response(200, PartnerSecret, 'The credentials', SECRET_EXAMPLE),
    problems: ['partner_name_taken'],
  },
  getPartner: {
    ...OF_BACK_OFFICE,
    method: 'GET',
    path: '/v1/operators/partners/{client_id}',
    summary: 'A partner with its valid credentials; secrets are never shown again',
    roles: ['viewer'],
    params,
    response: response(200, Partner, 'The partner', PARTNER_EXAMPLE),
    problems: [],
  },
  changePartner: {
    ...OF_BACK_OFFICE,
    method: 'PUT',
    path: '/v1/operators/partners/{client_id}',
    summary: 'Give a partner other scopes, or another limit',
    roles: ['operator'],
    params,
    body: json(PartnerChange),
    response: response(200, Partner, 'The partner', PARTNER_EXAMPLE),
    problems: ['partner_removed'],
  },
  removePartner: {
    ...OF_BACK_OFFICE,
    method: 'DELETE',
    path: '/v1/operators/partners/{client_id}',
    summary: 'Remove a partner for good: its tokens are void at once, its id is never used again',
    roles: ['operator'],
    params,
    response: response(200, Partner, 'The partner', {
      ...PARTNER_EXAMPLE,
      status: 'removed',
      credentials: [],
    }),
    problems: [],
  },
  rotatePartner: {
    ...OF_BACK_OFFICE,
    method: 'POST',
    path: '/v1/operators/partners/{client_id}/rotate',
    summary: 'Issue a new secret or key for a partner; the previous one stays valid for a while',
    roles: ['operator'],
    params,
    body: json(PartnerRotation, true),
    response: response(200, PartnerSecret, 'The credentials', SECRET_EXAMPLE),
    problems: ['partner_removed'],
  },
  disablePartner: {
    ...OF_BACK_OFFICE,
    method: 'POST',
    path: '/v1/operators/partners/{client_id}/disable',
    summary: 'Disable a partner: its tokens are void at once',
    roles: ['operator'],
    params,
    response: response(200, Partner, 'The partner', { ...PARTNER_EXAMPLE, status: 'disabled' }),
    problems: ['partner_removed'],
  },
  enablePartner: {
    ...OF_BACK_OFFICE,
    method: 'POST',
    path: '/v1/operators/partners/{client_id}/enable',
    summary: 'Enable a partner again; its earlier tokens stay void',
    roles: ['operator'],
    params,
    response: response(200, Partner, 'The partner', PARTNER_EXAMPLE),
    problems: ['partner_removed'],
  },
});
