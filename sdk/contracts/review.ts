import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, Timestamp, Uuid } from './common.ts';
import { defineEndpoints, idOf, json, response } from './endpoint.ts';
import { LINES } from './text.ts';

/** Reviews of denials by a person: LGPD 20, GDPR 22(3), Colorado SB 26-189. */

/** The review of a decision as its customer reads it. */
export const Review = Closed({
  review_id: Uuid,
  state: Type.Union([Type.Literal('requested'), Type.Literal('upheld'), Type.Literal('overridden')]),
  requested_at: Timestamp,
  decided_at: Type.Union([Timestamp, Type.Null()]),
  reason_code: Type.Union([Type.String(), Type.Null()], {
    description: 'of the catalogue of reviews; null until it is decided',
  }),
  analysis_id: Type.Union([Uuid, Type.Null()], {
    description: 'the decision that an override made, with its offer',
  }),
});
export type Review = Static<typeof Review>;

export const ReviewRequest = Closed(
  {
    statement: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2000,
        pattern: LINES,
        description: 'read by the person who decides',
      }),
    ),
  },
  { examples: [{ statement: 'My salary of October came late.' }] },
);
export type ReviewRequest = Static<typeof ReviewRequest>;

export const ReviewReceived = Closed({
  status: Type.Literal('review requested'),
  review_id: Uuid,
  analysis_id: Uuid,
});
export type ReviewReceived = Static<typeof ReviewReceived>;

export const REVIEW_EXAMPLE: Review = {
  review_id: '0198f3a5-2b00-7c3d-8e4f-5a6b7c8d9e0f',
  state: 'requested',
  requested_at: '2026-11-23T10:00:00.000Z',
  decided_at: null,
  reason_code: null,
  analysis_id: null,
};

export const REVIEW_ENDPOINTS = defineEndpoints({
  requestReview: {
    method: 'POST',
    path: '/v1/credit-analyses/{analysis_id}/review',
    summary: 'Request the review of a denial by a person, once per decision',
    tag: 'credit',
    auth: 'bearer',
    service: 'credit',
    priority: 'normal',
    params: { analysis_id: idOf('analysis_not_found') },
    body: json(ReviewRequest, true),
    response: response(202, ReviewReceived, 'Requested; the decision has its state as `review`', {
      status: 'review requested',
      review_id: REVIEW_EXAMPLE.review_id,
      analysis_id: '0198f3a3-1eff-7f0a-8b21-90c4d1e2f3a4',
    }),
    problems: ['not_a_denial', 'review_requested'],
  },
});
