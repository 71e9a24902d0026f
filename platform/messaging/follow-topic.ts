import type { Bus } from './bus.ts';
import { pause } from '../kernel/lifecycle.ts';
import { TOPICS, type TopicName } from './topics.ts';

const RETRY_MS = 100;

/**
 * Calls back on each message of a topic from now on, until the signal aborts. `onStart` is called whenever
 * listening begins anew: messages may have been missed before it.
 */
export async function followTopic(
  bus: Bus,
  topic: TopicName,
  signal: AbortSignal,
  handlers: { onStart: () => void; onMessage: (message: unknown) => void },
): Promise<void> {
  while (!signal.aborted) {
    try {
      const subscription = bus.client().connection.subscribe(TOPICS[topic].subject);
      signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true });
      handlers.onStart();
      for await (const message of subscription) handlers.onMessage(message.json());
    } catch {
      // Not connected yet, or a message that is not JSON.
    }
    await pause(RETRY_MS, signal);
  }
}
