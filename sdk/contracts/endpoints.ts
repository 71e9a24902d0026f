import type { TSchema } from '@sinclair/typebox';
import { AccessToken, Credentials, LoginRequest, User } from './auth.ts';
import { BatchReceived } from './common.ts';
import {
  AcceptReceived,
  AcceptRequest,
  CreditAnalysis,
  CreditOffer,
  OfferPage,
  OffersQuery,
} from './credit.ts';
import { EmotionEvent, EmotionReceived, EmotionSummary, SummaryQuery } from './emotion.ts';
import { LIMITS } from './limits.ts';
import { NotificationPage, NotificationsQuery, NotificationTicket } from './notification.ts';
import { PATHS } from './paths.ts';
import type { ProblemCode } from './problems.ts';
import { Transaction, TransactionReceived } from './transaction.ts';

/**
 * The credentials an endpoint accepts: `bearer` is a customer's token for the customer's own data;
 * `internal-or-bearer` also takes the platform's key (`X-Internal-Key`), which may write for every user;
 * `bearer-or-ticket` also takes a ticket of the customer in the query.
 */
export type EndpointAuth = 'none' | 'bearer' | 'bearer-or-ticket' | 'internal-or-bearer';

export interface Endpoint {
  method: 'GET' | 'POST';
  /** With `{name}` for a parameter, as in OpenAPI. */
  path: string;
  summary: string;
  auth: EndpointAuth;
  body?: { schema: TSchema; contentType: string; optional?: boolean; bytesMax: number };
  query?: TSchema;
  answer: { status: number; schema: TSchema; description: string };
  /** Problem codes beyond those of every endpoint. */
  problems: readonly ProblemCode[];
}

const json = <Schema extends TSchema>(schema: Schema, optional = false) => ({
  schema,
  contentType: 'application/json',
  optional,
  bytesMax: LIMITS.bodyBytesMax,
});
const ndjson = <Schema extends TSchema>(schema: Schema) => ({
  schema,
  contentType: 'application/x-ndjson',
  bytesMax: LIMITS.batchBytesMax,
});
const answer = <Schema extends TSchema>(status: number, schema: Schema, description: string) => ({
  status,
  schema,
  description,
});

/** THE list of the public API: the gateway routes by it, the OpenAPI document and the SDK are made of it. */
export const ENDPOINTS = {
  register: {
    method: 'POST',
    path: PATHS.register,
    summary: 'Register a customer',
    auth: 'none',
    body: json(Credentials),
    answer: answer(200, User, 'The new user'),
    problems: ['email_taken', 'too_many_attempts'],
  },
  login: {
    method: 'POST',
    path: PATHS.login,
    summary: 'Exchange e-mail and password for an access token',
    auth: 'none',
    body: json(LoginRequest),
    answer: answer(200, AccessToken, 'A bearer token'),
    problems: ['invalid_credentials', 'too_many_attempts'],
  },
  sendEmotion: {
    method: 'POST',
    path: PATHS.sendEmotion,
    summary: 'Send one emotion event',
    auth: 'internal-or-bearer',
    body: json(EmotionEvent),
    answer: answer(202, EmotionReceived, 'The event is in the stream and will be stored exactly once'),
    problems: ['not_your_user'],
  },
  sendEmotionBatch: {
    method: 'POST',
    path: PATHS.sendEmotionBatch,
    summary: 'Send up to 1,000 emotion events, one JSON object a line',
    auth: 'internal-or-bearer',
    body: ndjson(EmotionEvent),
    answer: answer(202, BatchReceived, 'The good lines are in the stream; the others are listed'),
    problems: ['not_your_user'],
  },
  sendTransaction: {
    method: 'POST',
    path: PATHS.sendTransaction,
    summary: 'Send one transaction',
    auth: 'bearer',
    body: json(Transaction),
    answer: answer(
      202,
      TransactionReceived,
      'The transaction is in the stream and will be stored exactly once',
    ),
    problems: ['not_your_user'],
  },
  sendTransactionBatch: {
    method: 'POST',
    path: PATHS.sendTransactionBatch,
    summary: 'Send up to 1,000 transactions, one JSON object a line',
    auth: 'bearer',
    body: ndjson(Transaction),
    answer: answer(202, BatchReceived, 'The good lines are in the stream; the others are listed'),
    problems: ['not_your_user'],
  },
  analyzeCredit: {
    method: 'POST',
    path: PATHS.analyzeCredit,
    summary: 'Analyse the customer and, when approved, make an offer',
    auth: 'bearer',
    answer: answer(200, CreditAnalysis, 'Approved with an offer, or denied with reasons'),
    problems: ['user_not_found', 'model_unavailable', 'model_busy', 'analysis_superseded'],
  },
  listOffers: {
    method: 'GET',
    path: PATHS.listOffers,
    summary: "The customer's offers, newest first",
    auth: 'bearer',
    query: OffersQuery,
    answer: answer(200, OfferPage, 'One page'),
    problems: ['user_not_found'],
  },
  getOffer: {
    method: 'GET',
    path: PATHS.getOffer,
    summary: 'One offer',
    auth: 'bearer',
    answer: answer(200, CreditOffer, 'The offer'),
    problems: ['offer_not_found'],
  },
  acceptOffer: {
    method: 'POST',
    path: PATHS.acceptOffer,
    summary: 'Accept an offer; it becomes an active limit in the background',
    auth: 'bearer',
    body: json(AcceptRequest, true),
    answer: answer(202, AcceptReceived, 'Accepted; `Location` names the offer to watch'),
    problems: ['not_your_user', 'offer_not_found', 'offer_expired'],
  },
  listNotifications: {
    method: 'GET',
    path: PATHS.listNotifications,
    summary: "The customer's notifications: cursor pages, or live with Accept: text/event-stream",
    auth: 'bearer-or-ticket',
    query: NotificationsQuery,
    answer: answer(200, NotificationPage, 'One page, oldest first, or a stream of server-sent events'),
    problems: ['user_not_found', 'not_acceptable', 'too_many_streams'],
  },
  createTicket: {
    method: 'POST',
    path: PATHS.createTicket,
    summary: 'A ticket for one event stream, for a client that can send no header, such as EventSource',
    auth: 'bearer',
    answer: answer(200, NotificationTicket, 'The ticket, to be used once'),
    problems: ['user_not_found'],
  },
  emotionSummary: {
    method: 'GET',
    path: PATHS.emotionSummary,
    summary: "The customer's emotions by day, newest first",
    auth: 'bearer',
    query: SummaryQuery,
    answer: answer(200, EmotionSummary, 'Daily summaries'),
    problems: ['user_not_found'],
  },
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof ENDPOINTS;
export const ENDPOINT_LIST: [EndpointName, Endpoint][] = Object.entries(ENDPOINTS) as [
  EndpointName,
  Endpoint,
][];
