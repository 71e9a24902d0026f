/** A message of a durable consumer, to be acknowledged. */
export interface Message {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: { get(name: string): string } | undefined;
  readonly info: {
    stream: string;
    streamSequence: number;
    deliveryCount: number;
    timestampNanos: number;
  };
  ack(): void;
  /** Gives the message back, to be delivered again after a delay. */
  nak(delayMs?: number): void;
  /** Renews the ack wait. */
  working(): void;
}

/** A message as its stream keeps it. */
export interface KeptMessage {
  sequence: number;
  data: Uint8Array;
  header(name: string): string | undefined;
  /** UTC with microseconds, as rows have it. */
  time: string;
}

/** Of a message that holds a place in a stream for a process, and has no content: see claim.ts. */
export const CLAIM_HEADER = 'Ecs-Claim';
