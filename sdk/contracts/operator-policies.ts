import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, Timestamp } from './common.ts';
import { OF_BACK_OFFICE, defineEndpoints, json, response, wordOf } from './endpoint.ts';
import { Note } from './note.ts';

export const POLICY_VERSION = '^[a-z0-9][a-z0-9._-]{0,62}$';

export const PolicyState = Type.Union([
  Type.Literal('draft'),
  Type.Literal('tested'),
  Type.Literal('proposed'),
  Type.Literal('approved'),
  Type.Literal('active'),
  Type.Literal('retired'),
]);
export type PolicyState = Static<typeof PolicyState>;

const JURISDICTION = '^(\\*|[A-Z]{2})$';

const ActingJurisdictions = Type.Array(Type.String({ pattern: JURISDICTION }), {
  minItems: 1,
  maxItems: 300,
  uniqueItems: true,
});

const row = {
  version: Type.String(),
  title: Type.String(),
  state: PolicyState,
  active: Type.Array(Type.String(), { description: 'jurisdictions for which it is active' }),
  since: Timestamp,
  by: Type.String({ description: 'the author of the last change' }),
  hash: Type.String(),
};

export const PolicyLine = Closed(row);
export type PolicyLine = Static<typeof PolicyLine>;

export const PolicyList = Closed({ items: Type.Array(PolicyLine) });
export type PolicyList = Static<typeof PolicyList>;

export const PolicyStep = Closed({
  at: Timestamp,
  act: Type.String(),
  actor: Type.String(),
  jurisdiction: Type.Union([Type.String(), Type.Null()]),
  note: Type.Union([Type.String(), Type.Null()]),
  details: Type.Unknown({ description: 'the figures of a test' }),
});
export type PolicyStep = Static<typeof PolicyStep>;

export const PolicyDetails = Closed({
  ...row,
  document: Type.Unknown({ description: 'the document that decides' }),
  steps: Type.Array(PolicyStep),
});
export type PolicyDetails = Static<typeof PolicyDetails>;

export const NewPolicy = Closed(
  { document: Type.Unknown({ description: 'the document; its version never changes' }) },
  { examples: [{ document: { version: 'mine-1', title: 'Mine' } }] },
);
export type NewPolicy = Static<typeof NewPolicy>;

export const PolicyAdded = Closed({ version: Type.String(), hash: Type.String(), is_new: Type.Boolean() });
export type PolicyAdded = Static<typeof PolicyAdded>;

export const PolicyTest = Closed(
  {
    hash: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'of the document that was tested' }),
    note: Note,
    figures: Type.Object({}, { additionalProperties: true }),
  },
  { examples: [{ hash: '0'.repeat(64), note: '3 of 1,000 flip', figures: { decided: 1000, flips: 3 } }] },
);
export type PolicyTest = Static<typeof PolicyTest>;

export const PolicyNote = Closed({ note: Note }, { examples: [{ note: 'as agreed in the risk committee' }] });
export type PolicyNote = Static<typeof PolicyNote>;

export const PolicyChange = Closed({
  jurisdiction: Type.String({ pattern: JURISDICTION }),
  version: Type.Union([Type.String({ pattern: POLICY_VERSION }), Type.Null()], {
    description: 'null: the policy of `*` decides',
  }),
});
export type PolicyChange = Static<typeof PolicyChange>;

export const PolicyActivation = Closed(
  {
    jurisdictions: Type.Optional(ActingJurisdictions),
    note: Type.Optional(Note),
    replaces: Type.Optional(
      Type.Array(PolicyChange, { maxItems: 300, description: 'where another is active, nothing is done' }),
    ),
  },
  { examples: [{ jurisdictions: ['BR', 'US'] }] },
);
export type PolicyActivation = Static<typeof PolicyActivation>;

export const PolicyRollback = Closed(
  {
    version: Type.Optional(
      Type.String({ pattern: POLICY_VERSION, description: 'as it was seen; without it any active one' }),
    ),
    jurisdictions: Type.Optional(ActingJurisdictions),
    note: Note,
  },
  { examples: [{ version: 'mine-1', note: 'too many flips' }] },
);
export type PolicyRollback = Static<typeof PolicyRollback>;

export const PolicyStateNow = Closed({ version: Type.String(), state: PolicyState, by: Type.String() });
export type PolicyStateNow = Static<typeof PolicyStateNow>;

export const PolicyChanges = Closed({
  changes: Type.Array(PolicyChange, { description: 'none where it was active already' }),
  jurisdictions: Type.Array(Type.String(), { description: 'those that were meant' }),
});
export type PolicyChanges = Static<typeof PolicyChanges>;

const params = { version: wordOf('policy_not_found', POLICY_VERSION) };
const EXAMPLE = {
  version: 'mine-1',
  title: 'Mine',
  state: 'approved' as const,
  active: [],
  since: '2026-11-23T09:29:00.000Z',
  by: 'grace',
  hash: '0'.repeat(64),
};
export const OPERATOR_POLICY_ENDPOINTS = defineEndpoints({
  listPolicies: {
    ...OF_BACK_OFFICE,
    method: 'GET',
    path: '/v1/operators/policies',
    summary: 'The policies, newest first: versions, states, where each is active',
    roles: ['viewer'],
    response: response(200, PolicyList, 'The policies', { items: [EXAMPLE] }),
    problems: [],
  },
  getPolicy: {
    ...OF_BACK_OFFICE,
    method: 'GET',
    path: '/v1/operators/policies/{version}',
    summary: 'A policy with its document and its history',
    roles: ['viewer'],
    params,
    response: response(200, PolicyDetails, 'The policy', {
      ...EXAMPLE,
      document: { version: 'mine-1', title: 'Mine' },
      steps: [
        {
          at: '2026-11-23T09:29:00.000Z',
          act: 'approve',
          actor: 'grace',
          jurisdiction: null,
          note: 'as agreed',
          details: null,
        },
      ],
    }),
    problems: [],
  },
  addPolicy: {
    ...OF_BACK_OFFICE,
    method: 'POST',
    path: '/v1/operators/policy-drafts',
    summary: 'Add a policy as a draft',
    roles: ['risk'],
    body: json(NewPolicy),
    response: response(200, PolicyAdded, 'The draft', {
      version: 'mine-1',
      hash: EXAMPLE.hash,
      is_new: true,
    }),
    problems: ['policy_changed'],
  },
  recordPolicyTest: {
    ...OF_BACK_OFFICE,
    method: 'POST',
    path: '/v1/operators/policies/{version}/test',
    summary: 'Record the result of a backtest; a draft becomes tested',
    roles: ['risk'],
    params,
    body: json(PolicyTest),
    response: response(200, PolicyStateNow, 'The policy', { version: 'mine-1', state: 'tested', by: 'ada' }),
    problems: ['policy_changed'],
  },
  proposePolicy: {
    ...OF_BACK_OFFICE,
    method: 'POST',
    path: '/v1/operators/policies/{version}/propose',
    summary: 'Propose a tested policy for approval',
    roles: ['risk'],
    params,
    body: json(PolicyNote),
    response: response(200, PolicyStateNow, 'The policy', {
      version: 'mine-1',
      state: 'proposed',
      by: 'ada',
    }),
    problems: ['wrong_policy_state'],
  },
  approvePolicy: {
    ...OF_BACK_OFFICE,
    method: 'POST',
    path: '/v1/operators/policies/{version}/approve',
    summary: 'Approve the proposed policy of another operator',
    roles: ['approver'],
    params,
    body: json(PolicyNote),
    response: response(200, PolicyStateNow, 'The policy', {
      version: 'mine-1',
      state: 'approved',
      by: 'grace',
    }),
    problems: ['wrong_policy_state', 'four_eyes'],
  },
  activatePolicy: {
    ...OF_BACK_OFFICE,
    method: 'POST',
    path: '/v1/operators/policies/{version}/activate',
    summary: 'Activate an approved policy, for all or some of its jurisdictions',
    roles: ['approver'],
    params,
    body: json(PolicyActivation, true),
    response: response(200, PolicyChanges, 'The changes', {
      changes: [{ jurisdiction: '*', version: 'mine-1' }],
      jurisdictions: ['*'],
    }),
    problems: ['wrong_policy_state'],
  },
  rollBackPolicies: {
    ...OF_BACK_OFFICE,
    method: 'POST',
    path: '/v1/operators/policy-rollbacks',
    summary: 'Go back to the policies that were active before the last activation',
    roles: ['approver'],
    body: json(PolicyRollback),
    response: response(200, PolicyChanges, 'The changes', {
      changes: [{ jurisdiction: '*', version: 'v1' }],
      jurisdictions: ['*'],
    }),
    problems: ['policy_not_found', 'no_policy_before', 'wrong_policy_state'],
  },
});
