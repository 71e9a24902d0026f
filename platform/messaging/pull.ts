import { untilAborted } from '../kernel/lifecycle.ts';
import type { Bus } from './bus.ts';
import { brokerErrorCode } from './broker-errors.ts';
import type { Message } from './message.ts';
import { CONSUMER_LIMITS } from './topology.ts';

/**
 * The fetches of one loop. Each returns the messages that are there now, at most one batch; when there are
 * none, it waits for the next message, and the next fetch does nothing else. The size of a request follows
 * the size of the last messages, so that their bytes stay bounded. An abort of `stopping` ends the wait.
 */
export function createPull(
  bus: Bus,
  stream: string,
  durable: string,
  stopping?: AbortSignal,
): () => Promise<Message[]> {
  let count: number = CONSUMER_LIMITS.messagesPerFetch;
  let isQuiet = false;
  return async () => {
    let messages = isQuiet ? [] : await fetchMessages(bus, { stream, durable, count });
    if (messages.length === 0) messages = await waitForMessage(bus, { stream, durable, stopping });
    isQuiet = messages.length === 0;
    if (!isQuiet) count = countFor(messages);
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
  return fetched;
}

/** Returns none after a while. Costs half of a fetch: it needs no subscription of its own. */
async function waitForMessage(
  bus: Bus,
  { stream, durable, stopping }: { stream: string; durable: string; stopping: AbortSignal | undefined },
): Promise<Message[]> {
  const next = bus.client().js.pull(stream, durable, 2 * CONSUMER_LIMITS.fetchExpiresMs);
  try {
    return [await (stopping ? untilAborted(next, stopping) : next)];
  } catch (error) {
    if (stopping?.aborted) {
      // The broker may send one until the connection closes: another worker gets it at once.
      next.then((message) => message.nak()).catch(() => {});
      return [];
    }
    const code = brokerErrorCode(error);
    if (code === '404' || code === '408' || code === 'TIMEOUT') return [];
    throw error;
  }
}
