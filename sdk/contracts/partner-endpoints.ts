import { AUTH_ENDPOINTS } from './auth.ts';
import { CREDIT_ENDPOINTS } from './credit.ts';
import { DECISION_ENDPOINTS } from './decision.ts';
import { CUSTOMER_ENDPOINTS } from './customer.ts';
import { EMOTION_ENDPOINTS } from './emotion.ts';
import { CONSENT_ENDPOINTS } from './consent.ts';
import type { Endpoint } from './endpoint.ts';
import { NOTIFICATION_ENDPOINTS } from './notification.ts';
import { PARTNER_TOKEN_ENDPOINTS } from './partner.ts';
import { PARTNER_WEBHOOK_ENDPOINTS } from './partner-webhooks.ts';
import { PRIVACY_ENDPOINTS } from './privacy.ts';
import { REVIEW_ENDPOINTS } from './review.ts';
import { TRANSACTION_ENDPOINTS } from './transaction.ts';

/** The endpoints of partners' clients, for customers and the platform: the SDK's fake is made of them. */
export const PARTNER_ENDPOINTS = {
  ...AUTH_ENDPOINTS,
  ...PARTNER_TOKEN_ENDPOINTS,
  ...CUSTOMER_ENDPOINTS,
  ...CONSENT_ENDPOINTS,
  ...PRIVACY_ENDPOINTS,
  ...EMOTION_ENDPOINTS,
  ...TRANSACTION_ENDPOINTS,
  ...CREDIT_ENDPOINTS,
  ...DECISION_ENDPOINTS,
  ...REVIEW_ENDPOINTS,
  ...NOTIFICATION_ENDPOINTS,
  ...PARTNER_WEBHOOK_ENDPOINTS,
};

export type PartnerEndpointName = keyof typeof PARTNER_ENDPOINTS;
export const PARTNER_ENDPOINT_LIST = Object.entries(PARTNER_ENDPOINTS) as [PartnerEndpointName, Endpoint][];
