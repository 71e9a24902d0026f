import { createEventDecoder } from '../../../platform/consuming/event-decoder.ts';
import { MESSAGES } from '../../../platform/consuming/store-events.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { DeadLetter } from '../../../platform/dead-letters/dead-letter-format.ts';
import { maskPayload } from '../../../platform/dead-letters/mask-payload.ts';
import { type ConsentMode, isAllowed } from '../../../platform/kernel/consent-mode.ts';
import { EmotionMessage, TransactionMessage } from '../../../platform/messaging/event-topics.ts';
import { TOPICS } from '../../../platform/messaging/topics.ts';
import type { DeadLetterPreview } from '../../../sdk/contracts/operator-dead-letters.ts';
import { type EventFacts, selectEventFacts } from './preview-store.ts';

type Outcome = Pick<DeadLetterPreview, 'outcome' | 'reason'>;

export type PreviewReplay = (letters: DeadLetter[]) => Promise<DeadLetterPreview[]>;

/**
 * Predicts the outcome of dead letters that are sent again, by their worker's own decoder and the rows of
 * this moment. Writes nothing. An erased customer is an unknown one here: the ledger's key is not.
 */
export function createReplayPreview(deps: { database: Database; consentMode: ConsentMode }): PreviewReplay {
  const { database, consentMode } = deps;
  const outcomesOf = async (kind: EventTopic, letters: DeadLetter[]): Promise<Outcome[]> => {
    const events = letters.map(({ payload }) => kind.decode(payload));
    const valid = events.flatMap((event) => (event.ok ? [event.value] : []));
    const facts = valid.length === 0 ? [] : await selectEventFacts(database, kind.table, valid);
    let next = 0;
    return events.map((event) => {
      if (event.ok) return outcomeOf(facts[next++], kind, consentMode);
      const reason = event.errors.map(({ path, message }) => `${path} ${message}`).join('; ');
      return { outcome: 'rejected', reason: `invalid: ${reason}` };
    });
  };

  return async (letters) => {
    const outcomes = new Map<DeadLetter, Outcome>();
    for (const [kind, ofKind] of Map.groupBy(letters, kindOf)) {
      const outcomesOfKind = kind ? await outcomesOf(kind, ofKind) : ofKind.map(() => SENT);
      ofKind.forEach((letter, index) => outcomes.set(letter, outcomesOfKind[index] ?? SENT));
    }
    return letters.map((letter) => ({
      id: String(letter.id),
      stream: letter.stream,
      code: letter.code,
      ...(outcomes.get(letter) ?? SENT),
      masked: maskPayload(letter.payload),
    }));
  };
}

interface EventTopic {
  stream: string;
  table: 'emotional_events' | 'transactions';
  needsConsent: boolean;
  decode(
    line: string,
  ): ReturnType<ReturnType<typeof createEventDecoder<typeof EmotionMessage>>> | DecodedTransaction;
}
type DecodedTransaction = ReturnType<ReturnType<typeof createEventDecoder<typeof TransactionMessage>>>;

const EVENT_TOPICS: EventTopic[] = [
  {
    stream: TOPICS.emotions.stream,
    table: 'emotional_events',
    needsConsent: true,
    decode: createEventDecoder(EmotionMessage, 'timestamp'),
  },
  {
    stream: TOPICS.transactions.stream,
    table: 'transactions',
    needsConsent: false,
    decode: createEventDecoder(TransactionMessage, 'occurredAt'),
  },
];

/** A message that is read by its worker alone. */
const SENT: Outcome = { outcome: 'sent', reason: 'its worker decides' };

/** A partition's name begins with its topic's. */
function kindOf({ stream, line }: DeadLetter): EventTopic | undefined {
  // A whole message holds many lines, or bytes that are not UTF-8.
  if (line === 0) return undefined;
  return EVENT_TOPICS.find((topic) => stream === topic.stream || stream.startsWith(`${topic.stream}-`));
}

function outcomeOf(facts: EventFacts | undefined, kind: EventTopic, mode: ConsentMode): Outcome {
  if (!facts?.hasCustomer) return { outcome: 'rejected', reason: `unknown_user: ${MESSAGES.unknown_user}` };
  if (kind.needsConsent && !isAllowed(mode, facts.captureGranted ?? undefined)) {
    const code = facts.captureGranted === null ? 'consent_missing' : 'consent_withdrawn';
    return { outcome: 'dropped', reason: `${code}: ${MESSAGES[code]}` };
  }
  if (facts.isIdStored) {
    return {
      outcome: 'id_stored',
      reason: 'its id is stored: the same content changes nothing, other content is rejected again',
    };
  }
  return { outcome: 'stored', reason: null };
}
