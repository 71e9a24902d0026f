import type { Message } from '../messaging/message.ts';
import { CONSUMER_LIMITS } from '../messaging/topology.ts';

/** The messages of a batch, in portions that are decoded and stored at once. */
interface Portions {
  /** Portions of unsuspicious messages, some 2,000 events each. Ends when the signal aborts. */
  healthy(): Iterable<Message[]>;
  /** Each message that may have crashed its workers, alone. Ends when the signal aborts. */
  suspect(): Iterable<Message[]>;
  /** The messages that are in no portion yet. */
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
 * Puts suspects last: messages that may have crashed their workers. Every other delivery reverses their
 * order, so that the neighbors of the message at fault are handled before they are suspected too.
 */
function healthiestFirst(messages: Message[]): Message[] {
  const suspects = messages.filter(isSuspect);
  const turned = suspects.some(({ info }) => info.deliveryCount % 2 === 0) ? suspects.toReversed() : suspects;
  return [...messages.filter(isHealthy), ...turned];
}

/**
 * Takes a portion from the front: bounded, since a whole fetch would be a hundred MB as objects. A suspect is
 * alone.
 */
function takePortion(messages: Message[]): Message[] {
  let bytes = 0;
  const end = messages.findIndex((message) => {
    bytes += message.data.byteLength;
    return bytes > CONSUMER_LIMITS.bytesDecoded || isSuspect(message);
  });
  return end === -1 ? messages : messages.slice(0, Math.max(1, end));
}
