import type { Bus } from './bus.ts';
import { brokerErrorCode } from './broker-errors.ts';
import type { Message } from './message.ts';
import { CONSUMER_LIMITS } from './topology.ts';

/**
 * The fetches of one loop. Each returns the messages that are there now, at most one batch; when there are
 * none, it waits for the next message. The size of a request follows the size of the last messages, so that
 * their bytes stay bounded.
 */
export function createPull(bus: Bus, stream: string, durable: string): () => Promise<Message[]> {
  let count: number = CONSUMER_LIMITS.messagesPerFetch;
  return async () => {
    const messages = await fetchMessages(bus, { stream, durable, count });
    if (messages.length > 0) count = countFor(messages);
    return messages;
  };
}

function countFor(messages: Message[]): number {
  const bytes = messages.reduce((total, message) => total + message.data.byteLength, 0);
  const fitting = Math.floor(CONSUMER_LIMITS.bytesPerFetch / (bytes / messages.length));
  return Math.max(1, Math.min(fitting, CONSUMER_LIMITS.messagesPerFetch));
}

async function fetchMessages(
  bus: Bus,
  { stream, durable, count }: { stream: string; durable: string; count: number },
): Promise<Message[]> {
  const { js } = bus.client();
  const expires = CONSUMER_LIMITS.fetchExpiresMs;
  const fetched: Message[] = [];
  const batch = js.fetch(stream, durable, { batch: count, no_wait: true, expires });
  try {
    for await (const message of batch) fetched.push(message);
  } catch (error) {
    // Messages fetched before the failure would otherwise be delivered again only after the ack wait.
    if (fetched.length === 0) throw error;
  }
  if (fetched.length > 0) return fetched;
  try {
    return [await js.pull(stream, durable, expires)];
  } catch (error) {
    const code = brokerErrorCode(error);
    if (code === '404' || code === '408' || code === 'TIMEOUT') return [];
    throw error;
  }
}
