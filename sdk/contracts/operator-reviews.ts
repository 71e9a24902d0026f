import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, LIMITS, OrNull, Timestamp, Uuid } from './common.ts';
import { CreditType } from './credit.ts';
import { defineEndpoints, idOf, json, response } from './endpoint.ts';
import { Note } from './note.ts';
import { REVIEW_EXAMPLE } from './review.ts';

const UpholdReason = Type.Union([
  Type.Literal('facts_confirmed'),
  Type.Literal('statement_not_supported'),
  Type.Literal('risk_too_high'),
]);
const OverrideReason = Type.Union([
  Type.Literal('facts_corrected'),
  Type.Literal('income_verified'),
  Type.Literal('model_error'),
  Type.Literal('hardship'),
  Type.Literal('policy_exception'),
]);

/** Why a denial was upheld, or overridden. */
export const UPHOLD_REASONS = UpholdReason.anyOf.map((reason) => reason.const);
export const OVERRIDE_REASONS = OverrideReason.anyOf.map((reason) => reason.const);

export const ReviewTerms = Closed({
  credit_limit: Type.Number({ exclusiveMinimum: 0, maximum: 9_999_999_999.99 }),
  interest_rate: Type.Number({ minimum: 0, maximum: 999.99, description: 'percent a year' }),
  credit_type: CreditType,
});
export type ReviewTerms = Static<typeof ReviewTerms>;

const line = {
  review_id: Uuid,
  analysis_id: Uuid,
  user_id: Uuid,
  state: Type.Union([
    Type.Literal('requested'),
    Type.Literal('proposed'),
    Type.Literal('upheld'),
    Type.Literal('overridden'),
  ]),
  requested_at: Timestamp,
  proposed_by: OrNull(Type.String()),
  decided_by: OrNull(Type.String()),
  decided_at: OrNull(Timestamp),
};

export const ReviewLine = Closed(line);
export type ReviewLine = Static<typeof ReviewLine>;

export const ReviewPage = Closed({
  items: Type.Array(ReviewLine),
  next_cursor: OrNull(Uuid),
});
export type ReviewPage = Static<typeof ReviewPage>;

export const OperatorReview = Closed({
  ...line,
  statement: OrNull(Type.String()),
  reason_code: OrNull(Type.String()),
  note: OrNull(Type.String()),
  terms: OrNull(ReviewTerms),
  override_id: OrNull(Uuid),
  decision: Type.Object(
    {
      created_at: Timestamp,
      jurisdiction: OrNull(Type.String()),
      policy_version: Type.String(),
      risk_score: Type.Number(),
      reasons: Type.Array(Type.Unknown()),
      recourse: Type.Unknown(),
      features: Type.Unknown(),
    },
    { description: 'the denial' },
  ),
  exposure: Type.Number({ description: "the sum of the customer's limits now" }),
});
export type OperatorReview = Static<typeof OperatorReview>;

export const ReviewsQuery = Closed({
  state: Type.Optional(
    Type.Union([Type.Literal('open'), Type.Literal('decided'), Type.Literal('all')], { default: 'open' }),
  ),
  cursor: Type.Optional(Uuid),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.pageSizeMax, default: 20 })),
});
export type ReviewsQuery = Static<typeof ReviewsQuery>;

export const UpholdRequest = Closed(
  {
    reason_code: UpholdReason,
    note: Note,
    state: Type.Optional(
      Type.Union([Type.Literal('requested'), Type.Literal('proposed')], {
        description: 'as it was seen: in another state nothing is done',
      }),
    ),
  },
  { examples: [{ reason_code: 'facts_confirmed', note: 'the bank confirmed the figures' }] },
);
export type UpholdRequest = Static<typeof UpholdRequest>;

const TERMS_EXAMPLE = {
  credit_limit: 2500,
  interest_rate: 14.5,
  credit_type: 'SHORT_TERM_PERSONAL_LOAN' as const,
};

export const OverrideRequest = Closed(
  { reason_code: OverrideReason, note: Note, ...ReviewTerms.properties },
  { examples: [{ reason_code: 'income_verified', note: 'three payslips seen', ...TERMS_EXAMPLE }] },
);
export type OverrideRequest = Static<typeof OverrideRequest>;

export const ReviewNote = Closed({ note: Note }, { examples: [{ note: 'agreed' }] });
export type ReviewNote = Static<typeof ReviewNote>;

const EXAMPLE: OperatorReview = {
  review_id: REVIEW_EXAMPLE.review_id,
  analysis_id: '0198f3a3-1eff-7f0a-8b21-90c4d1e2f3a4',
  user_id: '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a',
  state: 'requested',
  requested_at: REVIEW_EXAMPLE.requested_at,
  proposed_by: null,
  decided_by: null,
  decided_at: null,
  statement: 'My salary of October came late.',
  reason_code: null,
  note: null,
  terms: null,
  override_id: null,
  decision: {
    created_at: '2026-11-23T09:31:00.000Z',
    jurisdiction: 'BR',
    policy_version: 'v1',
    risk_score: 0.74,
    reasons: [],
    recourse: [],
    features: {},
  },
  exposure: 0,
};

const { review_id, analysis_id, user_id, state, requested_at, proposed_by, decided_by, decided_at } = EXAMPLE;
const LINE = { review_id, analysis_id, user_id, state, requested_at, proposed_by, decided_by, decided_at };
/** A customer who does not want offers gets none by an operator either. */
const OFFERS_CONSENT = ['consent_missing', 'consent_withdrawn'] as const;
const params = { review_id: idOf('review_not_found') };
const SERVED = { tag: 'operators', auth: 'operator', service: 'credit', priority: 'normal' } as const;

export const OPERATOR_REVIEW_ENDPOINTS = defineEndpoints({
  listReviews: {
    ...SERVED,
    method: 'GET',
    path: '/v1/operators/reviews',
    summary: 'The queue of reviews, the oldest first',
    roles: ['operator', 'auditor'],
    query: ReviewsQuery,
    response: response(200, ReviewPage, 'One page', { items: [LINE], next_cursor: null }),
    problems: [],
  },
  getReview: {
    ...SERVED,
    method: 'GET',
    path: '/v1/operators/reviews/{review_id}',
    summary: 'A review with its denial',
    roles: ['operator', 'auditor'],
    params,
    response: response(200, OperatorReview, 'The review', EXAMPLE),
    problems: [],
  },
  upholdReview: {
    ...SERVED,
    method: 'POST',
    path: '/v1/operators/reviews/{review_id}/uphold',
    summary: 'Uphold the denial; the customer is notified',
    roles: ['operator'],
    params,
    body: json(UpholdRequest),
    response: response(200, OperatorReview, 'The review', { ...EXAMPLE, state: 'upheld' }),
    problems: ['review_decided', 'review_proposed', 'review_not_proposed'],
  },
  overrideReview: {
    ...SERVED,
    method: 'POST',
    path: '/v1/operators/reviews/{review_id}/override',
    summary: 'Offer credit in place of the denial; above the limit of one operator it is a proposal',
    roles: ['operator'],
    params,
    body: json(OverrideRequest),
    response: response(200, OperatorReview, 'The review: overridden, or proposed', {
      ...EXAMPLE,
      state: 'overridden',
    }),
    problems: [
      'review_decided',
      'review_proposed',
      'exposure_limit_reached',
      'decision_not_recorded',
      ...OFFERS_CONSENT,
    ],
  },
  approveReview: {
    ...SERVED,
    method: 'POST',
    path: '/v1/operators/reviews/{review_id}/approve',
    summary: 'Approve the override that another operator proposed',
    roles: ['operator'],
    params,
    body: json(ReviewNote),
    response: response(200, OperatorReview, 'The review, overridden', { ...EXAMPLE, state: 'overridden' }),
    problems: [
      'review_decided',
      'review_not_proposed',
      'four_eyes',
      'exposure_limit_reached',
      ...OFFERS_CONSENT,
    ],
  },
});
