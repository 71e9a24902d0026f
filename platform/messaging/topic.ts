import type { TSchema } from '@sinclair/typebox';

/**
 * Terms: a *topic* is our name for one subject with its stream; a *stream* keeps a subject's messages on
 * disk; a *durable consumer* remembers the acknowledged messages; a *dead letter* is a message stored with
 * its cause.
 */
export interface Topic {
  stream: string;
  subject: string;
  message: TopicMessage;
  publishers: readonly MessagingService[];
  /** The services that work the stream off, each with a durable consumer of its name and at its own pace. */
  durables: readonly MessagingService[];
  /** Services that listen to new messages, without a consumer. */
  listeners: readonly MessagingService[];
  /** Services that read a keyed topic from its beginning, and follow it. */
  followers?: readonly MessagingService[];
  /** Durable consumers that hold no room: messages go when all the others have acknowledged them. */
  bystanders?: readonly MessagingService[];
  /**
   * Bytes kept before publishing is rejected (`discard: new`), so that a full disk never eats accepted
   * events. Where the streams share a total, this is the share.
   */
  bytesMax: number;
  /**
   * The member of a message by which the topic keeps the newest message of each customer, or of each partner,
   * and no other; the subject ends with it. Without it, messages are kept by age. A customer is named by the
   * keyed hash of the id, since a replaced message stays in the broker's files for a while, where no erasure
   * reaches it.
   */
  keyedBy?: 'customerHash' | 'partnerId';
  /** How long messages are kept; 7 days by default. */
  ageMaxDays?: number;
  /** Whether nobody may delete or purge a message; when it is full, the oldest makes room. */
  isSealed?: boolean;
  /** Whether it may be spread over several streams: its messages come as fast as customers act. */
  isPartitioned: boolean;
}

/** A service that publishes to a topic or consumes one, with its own user at the broker. */
export type MessagingService =
  | 'emotion-ingestion'
  | 'transaction-ingestion'
  | 'emotion-processing'
  | 'transaction-processing'
  | 'credit'
  | 'credit-application'
  | 'challenger'
  | 'webhooks'
  | 'privacy';

interface TopicMessage {
  /** Its name in the documents. */
  name: string;
  title: string;
  schema: TSchema;
  /** NDJSON has one event per line. */
  contentType: 'application/json' | 'application/x-ndjson';
}

/** A mebibyte, in bytes. */
export const MIB = 1024 * 1024;
