import { AUTH_ENDPOINTS } from './auth.ts';
import { CREDIT_ENDPOINTS } from './credit.ts';
import { DECISION_ENDPOINTS } from './decision.ts';
import { CUSTOMER_ENDPOINTS } from './customer.ts';
import { EMOTION_ENDPOINTS } from './emotion.ts';
import type { Endpoint } from './endpoint.ts';
import { NOTIFICATION_ENDPOINTS } from './notification.ts';
import { OPERATOR_ENDPOINTS } from './operator.ts';
import { PRIVACY_ENDPOINTS } from './privacy.ts';
import { TRANSACTION_ENDPOINTS } from './transaction.ts';

/**
 * THE list of the public API: the gateway routes by it, the services check by it, the OpenAPI document and
 * the SDK are made of it. An entry stands beside its schemas.
 */
export const ENDPOINTS = {
  ...AUTH_ENDPOINTS,
  ...CUSTOMER_ENDPOINTS,
  ...PRIVACY_ENDPOINTS,
  ...EMOTION_ENDPOINTS,
  ...TRANSACTION_ENDPOINTS,
  ...CREDIT_ENDPOINTS,
  ...DECISION_ENDPOINTS,
  ...NOTIFICATION_ENDPOINTS,
  ...OPERATOR_ENDPOINTS,
};

export type EndpointName = keyof typeof ENDPOINTS;
export const ENDPOINT_LIST = Object.entries(ENDPOINTS) as [EndpointName, Endpoint][];
