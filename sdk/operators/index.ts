export {
  EcsOperatorClient,
  type OperatorAuth,
  type OperatorClientOptions,
  type SystemView,
} from './client.ts';
export type { AccessToken } from '../contracts/auth.ts';
export type * from '../contracts/operator.ts';
export type * from '../contracts/operator-policies.ts';
export type * from '../contracts/dead-letter-groups.ts';
export type * from '../contracts/operator-dead-letters.ts';
export type { DeadLetters } from './dead-letters.ts';
export type * from '../contracts/operator-credit.ts';
export type { Limits } from './limits.ts';
export type * from '../contracts/operator-customers.ts';
export type { Customers } from './customers.ts';
export type * from '../contracts/operator-status.ts';
export type * from '../contracts/operator-flow.ts';
export type * from '../contracts/operator-reports.ts';
export type { FlowView } from './flow.ts';
export type * from '../contracts/operator-insights.ts';
export type { Insights } from './insights.ts';
export type * from '../contracts/operator-backtests.ts';
export type * from '../contracts/operator-decisions.ts';
export type * from '../contracts/operator-what-if.ts';
export type { Decisions } from './decisions.ts';
export type * from '../contracts/operator-reviews.ts';
export type { Policies } from './policies.ts';
export type * from '../contracts/operator-audit.ts';
export type { Audit } from './audit.ts';
export type { OperatorReviews } from './reviews.ts';
export type * from '../contracts/webhook.ts';
export type { OperatorWebhooks } from './webhooks.ts';
export type * from '../contracts/operator-partners.ts';
export type { Partners } from './partners.ts';
export { OPERATOR_ROLES } from '../contracts/operator-roles.ts';
export { type ApiCall, type ApiResponse, requestIdOf } from '../core/api-call.ts';
export {
  EcsArgumentError,
  EcsConnectionError,
  EcsError,
  EcsResponseError,
  EcsTimeoutError,
} from '../core/errors.ts';
export type { RawRequestOptions } from '../core/raw-request.ts';
export type { ClientOverrides } from '../core/options.ts';
