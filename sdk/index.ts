export { type Auth, createEcsClient, EcsClient, userIdOfToken } from './client.ts';
export type {
  AccessToken,
  Credentials,
  LoginRequest,
  User,
} from './contracts/auth.ts';
export { type BatchReceived, LIMITS, type RejectedLine } from './contracts/common.ts';
export type {
  AcceptReceived,
  AnalysisOffer,
  CreditAnalysis,
  CreditOffer,
  CreditType,
  OfferPage,
  OfferStatus,
  Reason,
} from './contracts/credit.ts';
export type { DailySummary, EmotionEvent, EmotionMetrics, EmotionSummary } from './contracts/emotion.ts';
export type { Notification, NotificationPage } from './contracts/notification.ts';
export type { Problem, ProblemDetail } from './contracts/problem.ts';
export type { Transaction } from './contracts/transaction.ts';
export * from './errors.ts';
export type { BatchResult, EmotionInput, Emotions, TransactionInput, Transactions } from './events.ts';
export type { Notifications, SubscribeOptions } from './notifications.ts';
export type { Acceptance, Analyses, Offers, WaitOptions } from './offers.ts';
export type {
  CallOptions,
  EcsClientOptions,
  RequestEvent,
  ResponseEvent,
  RetryEvent,
  WriteOptions,
} from './options.ts';
export { uuidv7 } from './uuid.ts';
