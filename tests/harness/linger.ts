import { eventually } from './engines.ts';
import type { EventRejection } from '../../platform/consuming/event-rejection.ts';
import type { Bus } from '../../platform/messaging/bus.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { consumedBy } from '../../platform/messaging/topology.ts';

const { stream, subject, durable } = consumedBy(TOPICS.emotions, 'emotion-processing');
const ROUNDS = 5;
type Event = { userId: string };
const [BLOCKING, WAITING] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()];

/**
 * Has a worker of emotions fetch messages of so many events each at once, again and again; returns the times
 * from their handling to the request for the next ones.
 */
export async function measureDelays(
  bus: Bus,
  eventsPerMessage: number[],
  startWorker: (handle: (events: Event[]) => Promise<EventRejection[]>) => void,
): Promise<number[]> {
  const delaysMs: number[] = [];
  let handledAtMs = 0;
  bus.client().connection.subscribe(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`, {
    callback() {
      if (handledAtMs > 0) delaysMs.push(performance.now() - handledAtMs);
      handledAtMs = 0;
    },
  });
  const total = eventsPerMessage.reduce((sum, events) => sum + events, 0);
  let isBusy = false;
  let gate = Promise.withResolvers<void>();
  startWorker(async (events) => {
    if (events[0]?.userId === BLOCKING) {
      isBusy = true;
      await gate.promise;
    } else if (events.length === total) {
      // The request that brought these has been seen then.
      await bus.client().connection.flush();
      handledAtMs = performance.now();
    }
    return [];
  });
  const publish = (userIds: string[]) => {
    const lines = userIds.map((userId) => JSON.stringify({ userId }));
    return bus.publish(subject, lines.join('\n'), { id: Bun.randomUUIDv7() });
  };
  for (let round = 1; round <= ROUNDS; round += 1) {
    isBusy = false;
    gate = Promise.withResolvers<void>();
    await publish([BLOCKING]);
    await eventually('the worker is busy', () => isBusy);
    for (const events of eventsPerMessage) await publish(Array.from({ length: events }, () => WAITING));
    gate.resolve();
    await eventually('the next message is asked for', () => delaysMs.length === round);
  }
  return delaysMs;
}
