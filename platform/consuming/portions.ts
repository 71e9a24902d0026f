import type { Message } from '../messaging/message.ts';
import { CONSUMER_LIMITS } from '../messaging/topology.ts';

/** The messages of a batch, in portions that are decoded and stored at once. */
export interface Portions {
  /** Of messages that have killed no reader, some 2,000 events each. Ends when the signal does. */
  healthy(): Iterable<Message[]>;
  /** Each message that may have killed its readers, alone. Ends when the signal does. */
  suspect(): Iterable<Message[]>;
  /** Those that are in no portion yet. */
  waiting(): Message[];
}

export function portionsOf(messages: Message[], signal: AbortSignal): Portions {
  let waiting = healthiestFirst(messages);
  function* take(isTaken: (next: Message) => boolean): Generator<Message[]> {
    for (let [next] = waiting; next && isTaken(next) && !signal.aborted; [next] = waiting) {
      const portion = takePortion(waiting);
      waiting = waiting.slice(portion.length);
      yield portion;
    }
  }
  return { healthy: () => take(isHealthy), suspect: () => take(isSuspect), waiting: () => waiting };
}

const isSuspect = ({ info }: Message) => info.deliveryCount >= CONSUMER_LIMITS.deliveriesAlone;
const isHealthy = (message: Message) => !isSuspect(message);

/**
 * Puts suspects, messages that may have killed their readers, last. Every other delivery reverses their
 * order, so that the messages on both sides of a deadly one have their turn before they count as deadly too.
 */
function healthiestFirst(messages: Message[]): Message[] {
  const suspects = messages.filter(isSuspect);
  const turned = suspects.some(({ info }) => info.deliveryCount % 2 === 0) ? suspects.toReversed() : suspects;
  return [...messages.filter(isHealthy), ...turned];
}

/**
 * Bounds the events decoded at once: a whole fetch would be a hundred MB as objects. A suspect is alone.
 */
function takePortion(messages: Message[]): Message[] {
  let bytes = 0;
  const end = messages.findIndex((message) => {
    bytes += message.data.byteLength;
    return bytes > CONSUMER_LIMITS.bytesDecoded || isSuspect(message);
  });
  return end === -1 ? messages : messages.slice(0, Math.max(1, end));
}
