import type { JsMsg } from 'nats';
import type { Bus } from './bus.ts';
import { CONSUMER_LIMITS } from './topology.ts';

/** What is there now, at most one batch; when nothing is, waits for the next message. */
export async function fetchMessages(bus: Bus, stream: string, durable: string): Promise<JsMsg[]> {
  const { js } = bus.client();
  const expires = CONSUMER_LIMITS.fetchExpiresMs;
  const fetched: JsMsg[] = [];
  const batch = js.fetch(stream, durable, {
    batch: CONSUMER_LIMITS.messagesPerFetch,
    no_wait: true,
    expires,
  });
  try {
    for await (const message of batch) fetched.push(message);
  } catch (error) {
    // What it has brought before it failed would otherwise come again after the ack wait only.
    if (fetched.length === 0) throw error;
  }
  if (fetched.length > 0) return fetched;
  try {
    return [await js.pull(stream, durable, expires)];
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === '404' || code === '408' || code === 'TIMEOUT') return [];
    throw error;
  }
}
