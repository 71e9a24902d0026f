import { expect, test } from 'bun:test';
import { followEvents } from './follow-events.ts';

const since = '2026-12-01T00:00:00.000Z';

/** Counts the events of a follower that is interrupted as it asks, or as it waits for the next time. */
async function interrupt(events: (signal: AbortSignal) => Promise<{ items: never[] }>): Promise<number> {
  const interruption = new AbortController();
  const asked = Promise.withResolvers<void>();
  const webhooks = {
    events(_: unknown, { signal }: { signal: AbortSignal }) {
      asked.resolve();
      return events(signal);
    },
  };
  const follower = followEvents({ webhooks } as never, { since, signal: interruption.signal });
  const counting = Array.fromAsync(follower.each());
  await asked.promise;
  setImmediate(() => interruption.abort());
  return (await counting).length;
}

test('an interruption ends the following of events without a failure', async () => {
  expect(await interrupt(() => Promise.resolve({ items: [] }))).toBe(0);
  const untilAborted = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  expect(await interrupt(untilAborted)).toBe(0);
});
