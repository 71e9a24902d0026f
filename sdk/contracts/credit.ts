import { type Static, Type } from '@sinclair/typebox';
import { Closed, LIMITS, Timestamp, Uuid } from './common.ts';

export const CreditType = Type.Union([
  Type.Literal('SHORT_TERM_PERSONAL_LOAN'),
  Type.Literal('LONG_TERM_PERSONAL_LOAN'),
]);
export type CreditType = Static<typeof CreditType>;

/** offered -> accepted -> active; offered -> expired. */
export const OfferStatus = Type.Union([
  Type.Literal('offered'),
  Type.Literal('accepted'),
  Type.Literal('active'),
  Type.Literal('expired'),
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
  replayed: Type.Boolean({ description: 'true when it was given before: the same facts within 300 s' }),
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

export const AcceptReceived = Closed({
  status: Type.Literal('offer acceptance is being processed'),
  offer_id: Uuid,
});
export type AcceptReceived = Static<typeof AcceptReceived>;
