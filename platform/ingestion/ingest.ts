import { createHash } from 'node:crypto';
import {
  claimsOf,
  eventIdOf,
  type EventIds,
  idsOfSender,
  KEY_REUSED_DETAIL,
} from '../../sdk/contracts/events/event-id.ts';
import { type EventKind, isFault } from '../../sdk/contracts/events/event-kind.ts';
import type { FactSource } from '../../sdk/contracts/common.ts';
import type { ProblemDetail } from '../../sdk/contracts/problem.ts';
import type { Bus, OutgoingEvent } from '../messaging/bus.ts';
import { type AppError, invalid, problem } from '../kernel/errors.ts';
import type { Failpoint } from '../kernel/failpoint.ts';
import type { KeyMemory } from './key-memory.ts';
import { type Principal, requireOwnBody } from '../http/principal.ts';
import type { HandlerResult, Call } from '../http/call.ts';
import { type EventStamp, readStamp } from '../http/event-stamp.ts';
import type { TopicName } from '../messaging/topics.ts';
import type { Span } from '../tracing/tracer.ts';

/**
 * The entry of a stream: an event is checked and gets its id; the 202 follows only after the broker's
 * PubAck. A kind of event differs by its rules (`event-kind.ts`).
 *
 * An event that names itself, by its `eventId` or the request's `Idempotency-Key`, is remembered:
 *
 *   new --same content--> published again with its first time and trace, the response is the first one
 *   new --other content--> 422 `idempotency_key_reused`, not published
 *
 * It is published each time, since the first attempt may have failed after it was remembered; the database
 * deduplicates. An event without a name costs nothing of this.
 */
export interface Ingestion<
  Event extends { userId: string; eventId?: string },
  Message extends { eventId: string; userId: string },
> extends Pick<EventKind<Event, Message>, 'toMessage' | 'contentOf'> {
  bus: Bus;
  topic: TopicName;
  memory: KeyMemory;
  now: () => number;
  failpoint?: Failpoint;
  /** Returns the problem for a customer without the consent to these events; null for any other. */
  consentProblemOf?: (userId: string) => ConsentProblem | null;
}

/** The problem codes of a missing or withdrawn consent. */
export type ConsentProblem = 'consent_missing' | 'consent_withdrawn';

/** Takes one event; throws AppError 403, 422 or 503. Resolves after the PubAck. */
export async function receiveEvent<
  Event extends { userId: string; eventId?: string },
  Message extends { eventId: string; userId: string },
>(ingestion: Ingestion<Event, Message>, call: Call<Event>): Promise<{ message: Message; isReplay: boolean }> {
  const { body, idempotencyKey } = call;
  requireOwnBody(call.principal, body.userId);
  const consentProblem = ingestion.consentProblemOf?.(body.userId);
  if (consentProblem) throw problem(consentProblem);
  const now = ingestion.now();
  const stamp = readStamp(call.request, now);
  const named = idsOf(call.principal);
  const ids = stamp ? stampedIds(stamp, call.text, named) : named;
  const eventId = eventIdOf(body, idempotencyKey, ids);
  const source = sourceOf(call.principal);
  const origin = { eventId, atMs: stamp?.atMs ?? now, traceId: call.traceId, source };
  let message = requireMessage(ingestion.toMessage(body, origin));
  let isReplay = false;
  if (idempotencyKey !== null || body.eventId !== undefined) {
    const claims = claimsOf(ingestion, message, idempotencyKey, named);
    const earlier = await ingestion.memory.claim(claims, origin);
    if (earlier.some(({ verdict }) => verdict === 'other')) throw keyReused();
    const [first] = earlier;
    if (first?.verdict === 'same') {
      message = requireMessage(ingestion.toMessage(body, { ...first, eventId, source }));
      isReplay = true;
    }
  }
  await ingestion.bus.publishEvent(ingestion.topic, toOutgoing(message, call.span));
  ingestion.failpoint?.('ingest.published');
  return { message, isReplay };
}

/** Returns the reporter of an event, by the principal alone, never by the body. */
export const sourceOf = ({ kind }: Principal): FactSource =>
  kind === 'internal' || kind === 'partner' ? 'platform' : 'customer';

/** Returns the response to a request that named itself, for the first time or again. */
export function responseOf(body: Record<string, unknown>, isReplay: boolean): HandlerResult {
  if (!isReplay) return body;
  const headers = { 'cache-control': 'no-store', 'idempotency-replayed': 'true' };
  return Response.json(body, { status: 202, headers });
}

function requireMessage<Message extends { eventId: string }>(message: Message | ProblemDetail): Message {
  if (isFault(message)) throw invalid([{ ...message, path: `/body${message.path}` }]);
  return message;
}

export function keyReused(): AppError {
  return problem('idempotency_key_reused', { detail: KEY_REUSED_DETAIL });
}

export function toOutgoing(message: { userId: string }, span: Span | null): OutgoingEvent {
  return { userId: message.userId, line: JSON.stringify(message), span };
}

/**
 * Makes the id of a stamped event from stamp and content: the repeated request has the same content, so it
 * gets the same id. Other content under a stamp gets another id, since stamps are not remembered to compare
 * them. The time comes first, as in other new ids, so that ids of one hour are adjacent in an index.
 */
const stampedIds = ({ id, stampedAtMs }: EventStamp, text: string, ids: EventIds): EventIds => ({
  ...ids,
  newId() {
    const bytes = digestOf(`${id}\n${text}`);
    bytes.writeUIntBE(Math.min(stampedAtMs, UUID_MS_MAX), 0, 6);
    return toUuid(bytes, 7);
  },
});

const UUID_MS_MAX = 2 ** 48 - 1;

/** Ids of the API: UUIDv7 for new events, hashes for keys that are not UUIDs. */
export const EVENT_IDS: EventIds = { newId: () => Bun.randomUUIDv7(), idOf: hashToUuid };

/** Ids of the API for the events of a principal. */
export const idsOf = (principal: Principal): EventIds => idsOfSender(EVENT_IDS, senderOf(principal));

/** Scopes keys by their sender: the same key of two partners, or of the platform, is two keys. */
export function senderOf(principal: Principal): string {
  if (principal.kind === 'customer') return principal.userId;
  return principal.kind === 'partner' ? principal.id : principal.kind;
}

/** A UUID (version 8) from a text. */
function hashToUuid(text: string): string {
  return toUuid(digestOf(text), 8);
}

const digestOf = (text: string) => createHash('sha256').update(text).digest().subarray(0, 16);

/** Returns 16 bytes as a UUID of this version. */
function toUuid(bytes: Buffer, version: 7 | 8): string {
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | (version << 4);
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}
