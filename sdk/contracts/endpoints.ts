import type { Endpoint } from './endpoint.ts';
import { OPERATOR_AUDIT_ENDPOINTS } from './operator-audit.ts';
import { OPERATOR_CREDIT_ENDPOINTS } from './operator-credit.ts';
import { OPERATOR_CUSTOMER_ENDPOINTS } from './operator-customers.ts';
import { OPERATOR_BACKTEST_ENDPOINTS } from './operator-backtests.ts';
import { OPERATOR_DECISION_ENDPOINTS } from './operator-decisions.ts';
import { OPERATOR_WHAT_IF_ENDPOINTS } from './operator-what-if.ts';
import { OPERATOR_DEAD_LETTER_ENDPOINTS } from './operator-dead-letters.ts';
import { OPERATOR_PARTNER_ENDPOINTS } from './operator-partners.ts';
import { OPERATOR_REPORT_ENDPOINTS } from './operator-reports.ts';
import { OPERATOR_FLOW_ENDPOINTS } from './operator-flow.ts';
import { OPERATOR_INSIGHT_ENDPOINTS } from './operator-insights.ts';
import { OPERATOR_POLICY_ENDPOINTS } from './operator-policies.ts';
import { OPERATOR_STATUS_ENDPOINTS } from './operator-status.ts';
import { OPERATOR_REVIEW_ENDPOINTS } from './operator-reviews.ts';
import { OPERATOR_WEBHOOK_ENDPOINTS } from './operator-webhooks.ts';
import { OPERATOR_ENDPOINTS } from './operator.ts';
import { PARTNER_ENDPOINTS } from './partner-endpoints.ts';

/**
 * THE list of the public API: the gateway routes by it, the services check by it, the OpenAPI document and
 * the SDK are made of it. An entry stands beside its schemas.
 */
export const ENDPOINTS = {
  ...PARTNER_ENDPOINTS,
  ...OPERATOR_ENDPOINTS,
  ...OPERATOR_POLICY_ENDPOINTS,
  ...OPERATOR_PARTNER_ENDPOINTS,
  ...OPERATOR_DEAD_LETTER_ENDPOINTS,
  ...OPERATOR_CREDIT_ENDPOINTS,
  ...OPERATOR_CUSTOMER_ENDPOINTS,
  ...OPERATOR_BACKTEST_ENDPOINTS,
  ...OPERATOR_DECISION_ENDPOINTS,
  ...OPERATOR_WHAT_IF_ENDPOINTS,
  ...OPERATOR_STATUS_ENDPOINTS,
  ...OPERATOR_FLOW_ENDPOINTS,
  ...OPERATOR_INSIGHT_ENDPOINTS,
  ...OPERATOR_REPORT_ENDPOINTS,
  ...OPERATOR_REVIEW_ENDPOINTS,
  ...OPERATOR_AUDIT_ENDPOINTS,
  ...OPERATOR_WEBHOOK_ENDPOINTS,
};

export type EndpointName = keyof typeof ENDPOINTS;
export const ENDPOINT_LIST = Object.entries(ENDPOINTS) as [EndpointName, Endpoint][];
