export { type Auth, EcsClient, userIdOfToken } from './client.ts';
export type * from './contracts/auth.ts';
export type { BatchReceived, RejectedLine } from './contracts/common.ts';
export type { Jurisdiction, Locale } from './contracts/jurisdiction.ts';
export { LIMITS } from './contracts/limits.ts';
export type * from './contracts/credit.ts';
export type * from './contracts/decision.ts';
export type { Consent, ConsentChange, ConsentPurpose } from './contracts/consent.ts';
export type * from './contracts/customer.ts';
export type * from './contracts/emotion.ts';
export type { CustomerErasure, CustomerExport, ErasureRequest } from './contracts/privacy.ts';
export type * from './contracts/notification.ts';
export type { Problem, ProblemDetail } from './contracts/problem.ts';
export type * from './contracts/review.ts';
export type * from './contracts/transaction.ts';
export { type ApiCall, type ApiResponse, requestIdOf } from './core/api-call.ts';
export {
  AuthenticationError,
  BadRequestError,
  ConflictError,
  ContentTooLargeError,
  EcsArgumentError,
  EcsConnectionError,
  EcsError,
  type EcsErrorFields,
  type EcsErrorKind,
  EcsResponseError,
  type EcsTimeout,
  EcsTimeoutError,
  GoneError,
  MethodNotAllowedError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  UnavailableError,
  UnsupportedMediaTypeError,
  ValidationError,
} from './core/errors.ts';
export type * from './contracts/webhook-events.ts';
export {
  verifyWebhook,
  type VerifyWebhookOptions,
  type WebhookHeaders,
  WebhookVerificationError,
} from './webhooks/verify-webhook.ts';
export type { EventOutcome } from './writer/event-outcome.ts';
export type { EventTotals, EventWriter, EventWriterOptions } from './writer/event-writer.ts';
export type { Consents } from './resources/consents.ts';
export type { Customers } from './resources/customers.ts';
export type {
  BatchResult,
  EmotionInput,
  Emotions,
  EmotionSummaryOptions,
  TransactionInput,
  Transactions,
} from './resources/events.ts';
export type * from './contracts/webhook.ts';
export type { Webhooks } from './resources/webhooks.ts';
export type { Listing } from './resources/listing.ts';
export type { NotificationListOptions, Notifications, SubscribeOptions } from './resources/notifications.ts';
export type { Analyses, AnalysisListOptions } from './resources/analyses.ts';
export type { Reviews } from './resources/reviews.ts';
export type { Acceptance, CloseOptions, OfferListOptions, Offers, WaitOptions } from './resources/offers.ts';
export type { Method, Query } from './core/call.ts';
export type { ExtraHeaders } from './core/headers.ts';
export type { RawRequestOptions } from './core/raw-request.ts';
export type {
  CallOptions,
  ClientOverrides,
  EcsClientOptions,
  EcsLogger,
  LogLevel,
  RequestEvent,
  ResponseEvent,
  RetryEvent,
  TokenContext,
  WriteOptions,
} from './core/options.ts';
export type { PrivateKey } from './core/sign-assertion.ts';
export { uuidv7 } from './core/uuid.ts';
