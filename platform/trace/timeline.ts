import type { DeadLetter } from '../dead-letters/dead-letter-format.ts';
import type { Drop } from '../dead-letters/dead-letter-drops.ts';
import type { Facts } from './facts.ts';
import { dashed, timeOfId } from './identity.ts';
import type { MessageFact, StreamFacts } from './stream-facts.ts';
import type { AnalysisFact, ConsentFact, EventFact, OfferFact, OutboxFact, ReviewFact } from './store.ts';

/** One thing that happened, as somebody stored it. */
export interface Entry {
  /** UTC, microseconds; null for a step that has not happened yet. */
  at: string | null;
  where: 'gateway' | 'stream' | 'consumer' | 'database' | 'outbox' | 'dead-letters' | 'log';
  what: string;
  details: Record<string, unknown>;
}

/** All facts as one story, oldest first. `showPayload`: with personal data. */
export function toTimeline(facts: Facts, streams: StreamFacts, logs: Entry[], showPayload: boolean): Entry[] {
  const entries: Entry[] = [
    ...requestsOf(facts, streams),
    ...facts.users.map(
      ({ id, email, createdAt }): Entry => ({
        at: createdAt,
        where: 'database',
        what: `user registered: ${email}`,
        details: { userId: id },
      }),
    ),
    ...facts.events.map((event) => ofEvent(event, showPayload)),
    ...facts.analyses.map(ofAnalysis),
    ...facts.offers.flatMap(ofOffer),
    ...facts.outbox.flatMap(ofOutbox),
    ...facts.notifications.map(
      ({ id, title, position, offerId, analysisId, createdAt }): Entry => ({
        at: createdAt,
        where: 'database',
        what: `notification ${position} of the user: ${title}`,
        details: { notificationId: id, offerId, analysisId },
      }),
    ),
    ...facts.reviews.flatMap(ofReview),
    ...facts.consents.map(ofConsent),
    ...streams.messages.map(ofMessage),
    ...streams.deadLetters.map(ofDeadLetter),
    ...streams.drops.map(ofDrop),
    ...logs,
  ];
  return entries
    .map((entry) => ({ ...entry, at: inMicroseconds(entry.at) }))
    .toSorted((a, b) => compare(a.at, b.at));
}

/** Dead letters, logs and ids have milliseconds: times with as many digits compare as texts. */
const inMicroseconds = (at: string | null) => at && at.replace(/(\.\d{3})Z$/, '$1000Z');

const compare = (a: string | null, b: string | null) =>
  a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -1 : 1;

/** A request leaves no row of its own, but its id is a time, and its trace is its id. */
function requestsOf(facts: Facts, streams: StreamFacts): Entry[] {
  // A customer's events go on for months: there would be as many requests as events.
  if (facts.kind === 'user') return [];
  const traces = [
    ...facts.events.map(({ traceId }) => traceId),
    ...facts.analyses.map(({ traceId }) => traceId),
    ...facts.outbox.map(({ traceId }) => traceId),
    ...streams.messages.flatMap(({ lines }) => lines.map(({ traceId }) => traceId)),
  ];
  return [...new Set(traces)].flatMap((traceId): Entry[] => {
    const ms = timeOfId(traceId);
    if (traceId === null || ms === null) return [];
    const at = new Date(ms).toISOString();
    const requestId = dashed(traceId);
    return [
      {
        at,
        where: 'gateway',
        what: `request ${requestId}, by the time in its id`,
        details: { requestId, traceId },
      },
    ];
  });
}

function ofEvent(event: EventFact, showPayload: boolean): Entry {
  const { kind, id, userId, traceId, occurredAt, createdAt, payload } = event;
  const words = Object.entries(payload ?? {}).map(([name, value]) => `${name} ${String(value)}`);
  const shown = showPayload ? ` (${words.join(', ')})` : '';
  return {
    at: createdAt,
    where: 'database',
    what: `${kind} ${id} stored${shown}, with its day's sums`,
    details: { kind, eventId: id, userId, traceId, occurredAt, ...(showPayload ? { payload } : {}) },
  };
}

function ofAnalysis(analysis: AnalysisFact): Entry {
  const { id, approved, riskScore, reasons, createdAt, modelVersion, policyVersion } = analysis;
  const codes = reasons.map(({ code }) => code);
  const why = codes.length > 0 ? `: ${codes.join(', ')}` : '';
  return {
    at: createdAt,
    where: 'database',
    what: `analysis ${id}: ${approved ? 'approved' : 'denied'}, risk score ${riskScore}${why}`,
    details: {
      analysisId: id,
      approved,
      riskScore,
      reasons: codes,
      features: analysis.features,
      modelVersion,
      policyVersion,
      offerId: analysis.offerId,
      traceId: analysis.traceId,
    },
  };
}

function ofOffer(offer: OfferFact): Entry[] {
  const { id, status, creditLimit, interestRate, createdAt, acceptedAt, activatedAt, expiresAt } = offer;
  const step = (at: string | null, what: string): Entry[] =>
    at === null ? [] : [{ at, where: 'database', what: `offer ${id} ${what}`, details: { offerId: id } }];
  const expired = expiresAt < offer.updatedAt ? offer.updatedAt : expiresAt;
  return [
    ...step(createdAt, `offered: ${creditLimit.toFixed(2)} at ${interestRate} % a year, until ${expiresAt}`),
    ...step(acceptedAt, 'accepted'),
    ...step(activatedAt, 'active'),
    ...step(offer.closedAt, `closed: ${offer.closedReason}`),
    ...(status === 'expired' ? step(expired, 'expired') : []),
  ];
}

function ofOutbox(row: OutboxFact): Entry[] {
  const { id, topic, createdAt, sentAt, sequence, attempts, traceId } = row;
  const details = { outboxId: id, topic, attempts, sequence, traceId };
  const tries = attempts > 1 ? ` at attempt ${attempts}` : '';
  return [
    { at: createdAt, where: 'outbox', what: `${topic} written with the rows it tells of`, details },
    sentAt === null
      ? { at: null, where: 'outbox', what: `${topic} waits to be relayed (${attempts} attempts)`, details }
      : { at: sentAt, where: 'outbox', what: `${topic} relayed${tries}, PubAck #${sequence}`, details },
  ];
}

function ofReview({ id, analysisId, state, requestedAt, decidedAt }: ReviewFact): Entry[] {
  const details = { reviewId: id, analysisId };
  const request: Entry = {
    at: requestedAt,
    where: 'database',
    what: `review ${id} of analysis ${analysisId} requested`,
    details,
  };
  if (decidedAt === null) return [request];
  return [request, { at: decidedAt, where: 'database', what: `review ${id} decided: ${state}`, details }];
}

function ofConsent({ purpose, granted, textVersion, changedAt }: ConsentFact): Entry {
  return {
    at: changedAt,
    where: 'database',
    what: `consent to ${purpose} ${granted ? 'given' : 'withdrawn'}, text ${textVersion}`,
    details: { purpose, granted, textVersion },
  };
}

function ofMessage(message: MessageFact): Entry {
  const { stream, sequence, at, lines, lineCount, consumed, bytes } = message;
  const share = lineCount > 1 ? `, ${lines.length} of its ${lineCount} events` : '';
  return {
    at,
    where: 'stream',
    what: `${stream} #${sequence}${share}${consumed ? `; ${consumed}` : ''}`,
    details: { stream, sequence, bytes, events: lineCount, consumed, lines },
  };
}

function ofDeadLetter(letter: DeadLetter): Entry {
  const { id, stream, sequence, line, deliveries, code, message, parkedAt } = letter;
  return {
    at: parkedAt,
    where: 'dead-letters',
    what:
      `${stream} #${sequence} line ${line} dead-lettered after ` +
      `${deliveries === 1 ? 'one delivery' : `${deliveries} deliveries`}, ${code}: ${message}`,
    details: { deadLetterId: id, stream, sequence, line, deliveries, code },
  };
}

function ofDrop(drop: Drop): Entry {
  const { id, stream, sequence, line, reason, by, droppedAt } = drop;
  return {
    at: droppedAt,
    where: 'dead-letters',
    what: `${stream} #${sequence} line ${line} dropped by ${by}: ${reason}`,
    details: { deadLetterId: id, stream, sequence, line, reason, by },
  };
}
