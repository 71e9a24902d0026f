import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, LIMITS, Timestamp, Uuid } from './common.ts';
import { defineEndpoints, idOf, json, OWNER, response } from './endpoint.ts';
import { EXAMPLE } from './examples.ts';

export const CreditType = Type.Union([
  Type.Literal('SHORT_TERM_PERSONAL_LOAN'),
  Type.Literal('LONG_TERM_PERSONAL_LOAN'),
]);
export type CreditType = Static<typeof CreditType>;

/** offered -> accepted -> active -> closed; offered -> expired. */
export const OfferStatus = Type.Union([
  Type.Literal('offered'),
  Type.Literal('accepted'),
  Type.Literal('active'),
  Type.Literal('expired'),
  Type.Literal('closed'),
]);
export type OfferStatus = Static<typeof OfferStatus>;

const terms = {
  offer_id: Uuid,
  credit_limit: Type.Number(),
  interest_rate: Type.Number({ description: 'percent a year' }),
  credit_type: CreditType,
  expires_at: Timestamp,
};

export const AnalysisOffer = Closed(terms);
export type AnalysisOffer = Static<typeof AnalysisOffer>;

export const Reason = Closed({ code: Type.String(), message: Type.String() });
export type Reason = Static<typeof Reason>;

export const CreditAnalysis = Closed({
  user_id: Uuid,
  approved: Type.Boolean(),
  ml_risk_score: Type.Number({ description: '0 low .. 1 high' }),
  offer: Type.Union([AnalysisOffer, Type.Null()], { description: 'null when it is denied' }),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'the first of the reasons' }),
  reasons: Type.Array(Reason, { maxItems: 4 }),
  analysis_id: Uuid,
  model_version: Type.String(),
  policy_version: Type.String(),
  replayed: Type.Boolean({
    description: 'true for an earlier analysis of the same facts, at most 300 s old',
  }),
});
export type CreditAnalysis = Static<typeof CreditAnalysis>;

export const CreditOffer = Closed({
  ...terms,
  status: OfferStatus,
  created_at: Timestamp,
  activated_at: Type.Union([Timestamp, Type.Null()]),
});
export type CreditOffer = Static<typeof CreditOffer>;

export const OffersQuery = Closed({
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.pageSizeMax, default: 10 })),
});
export type OffersQuery = Static<typeof OffersQuery>;

export const OfferPage = Closed({
  total: Type.Integer(),
  page: Type.Integer(),
  page_size: Type.Integer(),
  items: Type.Array(CreditOffer),
});
export type OfferPage = Static<typeof OfferPage>;

export const AcceptRequest = Closed({ userId: Type.Optional(Uuid) }, { examples: [{}] });
export type AcceptRequest = Static<typeof AcceptRequest>;

/** `withdrawn` within the days of withdrawal after the activation, 14 unless the policy says otherwise. */
export const ClosingReason = Type.Union([Type.Literal('withdrawn'), Type.Literal('closed_by_customer')]);
export type ClosingReason = Static<typeof ClosingReason>;

export const CloseRequest = Closed(
  { reason: Type.Optional(ClosingReason) },
  { examples: [{ reason: 'withdrawn' }] },
);
export type CloseRequest = Static<typeof CloseRequest>;

export const AcceptReceived = Closed({
  status: Type.Literal('offer acceptance is being processed'),
  offer_id: Uuid,
});
export type AcceptReceived = Static<typeof AcceptReceived>;

const TERMS_EXAMPLE: AnalysisOffer = {
  offer_id: EXAMPLE.offerId,
  credit_limit: 8200,
  interest_rate: 7.7,
  credit_type: 'LONG_TERM_PERSONAL_LOAN',
  expires_at: '2026-11-30T09:31:00.000Z',
};

export const CREDIT_EXAMPLE: CreditAnalysis = {
  user_id: EXAMPLE.userId,
  approved: true,
  ml_risk_score: 0.18,
  offer: TERMS_EXAMPLE,
  reason: null,
  reasons: [],
  analysis_id: '0198f3a3-1eff-7f0a-8b21-90c4d1e2f3a4',
  model_version: 'scorecard-1',
  policy_version: 'v1',
  replayed: false,
};

export const CREDIT_ENDPOINTS = defineEndpoints({
  analyzeCredit: {
    method: 'POST',
    path: '/v1/users/{user_id}/credit-analysis',
    summary: 'Analyze the customer and, when approved, make an offer',
    tag: 'credit',
    auth: 'bearer',
    service: 'credit',
    priority: 'normal',
    params: { user_id: OWNER },
    response: response(200, CreditAnalysis, 'Approved with an offer, or denied with reasons', CREDIT_EXAMPLE),
    problems: [
      'consent_missing',
      'consent_withdrawn',
      'model_unavailable',
      'model_busy',
      'policy_unavailable',
      'analysis_superseded',
    ],
  },
  listOffers: {
    method: 'GET',
    path: '/v1/users/{user_id}/offers',
    summary: "The customer's offers, newest first",
    tag: 'credit',
    auth: 'bearer',
    service: 'credit',
    priority: 'normal',
    params: { user_id: OWNER },
    query: OffersQuery,
    response: response(200, OfferPage, 'One page', {
      total: 1,
      page: 1,
      page_size: 10,
      items: [
        { ...TERMS_EXAMPLE, status: 'offered', created_at: '2026-11-23T09:31:00.000Z', activated_at: null },
      ],
    }),
    problems: [],
  },
  getOffer: {
    method: 'GET',
    path: '/v1/credit-offers/{offer_id}',
    summary: 'One offer',
    tag: 'credit',
    auth: 'bearer',
    service: 'credit',
    priority: 'high',
    params: { offer_id: idOf('offer_not_found') },
    response: response(200, CreditOffer, 'The offer', {
      ...TERMS_EXAMPLE,
      status: 'active',
      created_at: '2026-11-23T09:31:00.000Z',
      activated_at: '2026-11-23T09:32:10.000Z',
    }),
    problems: [],
  },
  acceptOffer: {
    method: 'POST',
    path: '/v1/credit-offers/{offer_id}/accept',
    summary: 'Accept an offer; it becomes an active limit in the background',
    tag: 'credit',
    auth: 'bearer',
    service: 'credit',
    priority: 'high',
    params: { offer_id: idOf('offer_not_found') },
    body: json(AcceptRequest, true),
    response: {
      ...response(202, AcceptReceived, 'Accepted; `Location` names the offer to watch', {
        status: 'offer acceptance is being processed',
        offer_id: EXAMPLE.offerId,
      }),
      headers: ['Location'],
    },
    problems: ['not_your_user', 'offer_expired', 'exposure_limit_reached'],
  },
  closeOffer: {
    method: 'POST',
    path: '/v1/credit-offers/{offer_id}/close',
    summary: 'Close an active limit, or withdraw from it; it no longer counts in the sum of limits',
    tag: 'credit',
    auth: 'bearer',
    service: 'credit',
    priority: 'high',
    params: { offer_id: idOf('offer_not_found') },
    body: json(CloseRequest, true),
    response: response(200, CreditOffer, 'The offer, closed', {
      ...TERMS_EXAMPLE,
      status: 'closed',
      created_at: '2026-11-23T09:31:00.000Z',
      activated_at: '2026-11-23T09:32:10.000Z',
    }),
    problems: ['offer_not_open', 'withdrawal_period_over'],
  },
});
