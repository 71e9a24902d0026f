import { expect, test } from 'bun:test';
import { createWaker } from './waker.ts';

const LONG_MS = 60_000;
const still = new AbortController();

test('a wait ends at a wake-up, also at one that came between listening and endOfWait', async () => {
  const waker = createWaker(still.signal);
  const waitAfterWork = waker.listen();
  waker.wake();
  await waitAfterWork(LONG_MS);
  const endOfWait = waker.listen()(LONG_MS);
  waker.wake();
  await endOfWait;
});

test('a wake-up from before the listening ends no wait', async () => {
  const waker = createWaker(still.signal);
  waker.listen();
  waker.wake();
  const startedMs = performance.now();
  await waker.listen()(30);
  expect(performance.now() - startedMs).toBeGreaterThan(25);
});

test('a wait ends when the signal aborts', async () => {
  const draining = new AbortController();
  const endOfWait = createWaker(draining.signal).listen()(LONG_MS);
  draining.abort();
  await endOfWait;
});
