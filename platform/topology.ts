/**
 * Streams, subjects, durable consumers and their limits: the only file with subject names.
 *
 * Terms: a *topic* is our name for one subject with its stream; a *stream* keeps a subject's messages on
 * disk; a *durable consumer* remembers what was acknowledged; a *dead letter* is a message parked with its
 * cause.
 */
export interface Topic {
  stream: string;
  subject: string;
  /** The durable consumer that works the stream off; null when there is none. */
  durable: string | null;
  /**
   * Bytes kept before publishing is refused (`discard: new`), so that a full disk never eats what was
   * accepted.
   */
  bytesMax: number;
}

const MIB = 1024 * 1024;

export const TOPICS = {
  emotions: {
    stream: 'emotions',
    subject: 'user.emotions.topic',
    durable: 'emotion-processing',
    bytesMax: 1024 * MIB,
  },
  transactions: {
    stream: 'transactions',
    subject: 'transactions.topic',
    durable: 'transaction-processing',
    bytesMax: 1024 * MIB,
  },
  creditOffersApproved: {
    stream: 'credits',
    subject: 'credit.offers.approved',
    durable: 'credit-application',
    bytesMax: 256 * MIB,
  },
  userNotifications: {
    stream: 'notifications',
    subject: 'user.notifications',
    durable: null,
    bytesMax: 256 * MIB,
  },
} as const satisfies Record<string, Topic>;

export type TopicName = keyof typeof TOPICS;

const DEAD_LETTER_PREFIX = 'dead-letters';

export const DEAD_LETTERS = {
  stream: 'dead-letters',
  subjects: `${DEAD_LETTER_PREFIX}.*`,
  bytesMax: 512 * MIB,
} as const;

/** Which dead letters were given up, by whom and why; made with the first one. */
export const DEAD_LETTER_DROPS = {
  stream: 'dead-letter-drops',
  subject: 'dead-letter-drops',
  bytesMax: 64 * MIB,
  ageMaxDays: 365,
} as const;

/** `dead-letters.<stream>` */
export function deadLetterSubject(stream: string): string {
  return `${DEAD_LETTER_PREFIX}.${stream}`;
}

export const STREAM_LIMITS = {
  ageMaxDays: 7,
  duplicateWindowMinutes: 10,
  /** One message, with its NDJSON lines; below the broker's default max payload of 1 MiB. */
  messageBytesMax: 1000 * 1000,
} as const;

export const CONSUMER_LIMITS = {
  /**
   * Bounds memory as well: messages have up to 1 MB. A pull bounded by bytes is no way to do that: nats-
   * server 2.9 counts the message that did not fit as delivered, and brings it after the ack wait.
   */
  messagesPerFetch: 64,
  eventsPerStatement: 2000,
  /**
   * A pull ends by itself after this long: it bounds how long draining, and noticing a broker that came back,
   * take.
   */
  fetchExpiresMs: 1000,
  gatherMs: 20,
  ackWaitMs: 10_000,
  ackPendingMax: 4096,
  nakDelayMs: 10_000,
  /**
   * A message delivered more often than this is parked before it is parsed: it may be what kills its readers.
   */
  deliveriesMax: 10,
} as const;

/** The stream that keeps a subject's messages; empty for a subject that is not ours. */
export function streamOf(subject: string): string {
  return Object.values(TOPICS).find((topic) => topic.subject === subject)?.stream ?? '';
}
