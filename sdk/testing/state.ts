import type { User } from '../contracts/auth.ts';
import type { FactSource } from '../contracts/common.ts';
import type { Consents } from '../contracts/consent.ts';
import type { CreditOffer } from '../contracts/credit.ts';
import type { CreditDecision } from '../contracts/decision.ts';
import type { EmotionEvent } from '../contracts/emotion.ts';
import type { PartnerScope } from '../contracts/partner-scopes.ts';
import type { Notification } from '../contracts/notification.ts';
import type { Transaction } from '../contracts/transaction.ts';
import type { AnalysisRecord } from '../../underwriting/analysis.ts';

export interface FakeUser extends User {
  password: string;
}
export interface FakeOffer extends CreditOffer {
  userId: string;
}
/** An event as it is stored: once, under its id, at its time in milliseconds, with its sender. */
interface Stored {
  eventId: string;
  atMs: number;
  source: FactSource;
}
export type StoredEmotion = EmotionEvent & Stored;
export type StoredTransaction = Transaction & Stored;

/** The whole state of the fake: everything the API keeps in its database. */
export interface FakeState {
  now(): number;
  users: Map<string, FakeUser>;
  /** Ids of customers whose tokens are void. */
  erased: Set<string>;
  /** By customer, those given or withdrawn. */
  consents: Map<string, Consents>;
  tokens: Map<string, { userId: string; expiresAt: number }>;
  /** By client id. */
  partners: Map<string, { clientSecret: string; scopes: readonly PartnerScope[] }>;
  partnerTokens: Map<string, { clientId: string; scopes: readonly PartnerScope[]; expiresAt: number }>;
  emotions: Map<string, StoredEmotion>;
  transactions: Map<string, StoredTransaction>;
  offers: FakeOffer[];
  latestAnalyses: Map<string, AnalysisRecord & { basis: string; atMs: number }>;
  /** Of all customers, the oldest first. */
  decisions: CreditDecision[];
  riskScores: Map<string, number>;
  notifications: Map<string, Notification[]>;
  /** Woken at every notification: the open event streams. */
  streams: Set<{ userId: string; wake(): void; cut(): void }>;
  /** Unused tickets: the owner, the end of the token, and the time until which they open a stream. */
  tickets: Map<string, { userId: string; expiresAt: number; usableUntil: number }>;
  keys: Map<string, { fingerprint: string; response: Promise<Response> }>;
  /** Ids of events that came without one, by the idempotency key they came with. */
  eventIds: Map<string, string>;
  /** The first content sent under an event's id or key. */
  eventKeys: Map<string, { content: string; atMs: number; traceId: string }>;
}

export function createFakeState(now: () => number): FakeState {
  return {
    now,
    users: new Map(),
    erased: new Set(),
    consents: new Map(),
    tokens: new Map(),
    partners: new Map(),
    partnerTokens: new Map(),
    emotions: new Map(),
    transactions: new Map(),
    offers: [],
    latestAnalyses: new Map(),
    decisions: [],
    riskScores: new Map(),
    notifications: new Map(),
    streams: new Set(),
    tickets: new Map(),
    keys: new Map(),
    eventIds: new Map(),
    eventKeys: new Map(),
  };
}

export const isoTime = (ms: number): string => new Date(ms).toISOString();
