import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, OrNull, Timestamp } from './common.ts';
import { defineEndpoints, json, OWNER, response, wordOf } from './endpoint.ts';

/**
 * `emotion_capture`: emotion events are stored; `emotion_scoring`: they may count in credit decisions;
 * `offers`: the customer is analyzed, and made offers.
 */
export const CONSENT_PURPOSES = ['emotion_capture', 'emotion_scoring', 'offers'] as const;

export const ConsentPurpose = Type.Union([
  Type.Literal('emotion_capture'),
  Type.Literal('emotion_scoring'),
  Type.Literal('offers'),
]);
export type ConsentPurpose = Static<typeof ConsentPurpose>;

const TextVersion = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[!-~]+$',
  description: 'names the text that the customer was shown',
});

export const Consent = Closed({
  purpose: ConsentPurpose,
  granted: OrNull(Type.Boolean(), 'null where the customer has not said'),
  text_version: OrNull(TextVersion, 'of the last change'),
  given_at: OrNull(Timestamp, 'when it was last given'),
  withdrawn_at: OrNull(Timestamp, 'when it was withdrawn; null while it is given'),
});
export type Consent = Static<typeof Consent>;

/** By purpose; those that the customer has given or withdrawn. */
export const Consents = Closed(
  {
    emotion_capture: Type.Optional(Consent),
    emotion_scoring: Type.Optional(Consent),
    offers: Type.Optional(Consent),
  },
  { description: 'by purpose; those that the customer has given or withdrawn' },
);
export type Consents = Static<typeof Consents>;

export const ConsentChange = Closed(
  { granted: Type.Boolean(), text_version: TextVersion },
  { examples: [{ granted: true, text_version: '2026-11' }] },
);
export type ConsentChange = Static<typeof ConsentChange>;

/** Returns the consent of a purpose that the customer has said nothing of. */
export function unsaidConsent(purpose: ConsentPurpose): Consent {
  return { purpose, granted: null, text_version: null, given_at: null, withdrawn_at: null };
}

const PARAMS = {
  user_id: OWNER,
  purpose: wordOf('purpose_not_found', `^(${CONSENT_PURPOSES.join('|')})$`),
};

export const CONSENT_ENDPOINTS = defineEndpoints({
  getConsent: {
    method: 'GET',
    path: '/v1/users/{user_id}/consents/{purpose}',
    summary: 'The consent of the customer to a purpose',
    tag: 'customers',
    auth: 'bearer',
    service: 'credit',
    priority: 'normal',
    params: PARAMS,
    response: response(200, Consent, 'The consent', {
      purpose: 'emotion_capture',
      granted: true,
      text_version: '2026-11',
      given_at: '2026-11-23T09:29:00.000Z',
      withdrawn_at: null,
    }),
    problems: ['user_not_found'],
  },
  putConsent: {
    method: 'PUT',
    path: '/v1/users/{user_id}/consents/{purpose}',
    summary: 'Give or withdraw the consent to a purpose; it takes effect within a second',
    tag: 'customers',
    auth: 'bearer',
    service: 'credit',
    priority: 'high',
    params: PARAMS,
    body: json(ConsentChange),
    response: response(200, Consent, 'The consent, as it is in force now', {
      purpose: 'emotion_capture',
      granted: false,
      text_version: '2026-11',
      given_at: '2026-11-23T09:29:00.000Z',
      withdrawn_at: '2026-11-24T11:00:00.000Z',
    }),
    problems: ['user_not_found'],
  },
});
