import { afterEach, beforeAll, expect, setSystemTime, test } from 'bun:test';
import { createTestRuntime, openTestBus } from '../../tests/harness/runtime.ts';
import type { Bus } from '../messaging/bus.ts';
import { TOPICS } from '../messaging/topics.ts';
import { countDeadLetters, publishDeadLetters } from './dead-letter.ts';

const runtime = createTestRuntime();
const { stream, subject } = TOPICS.emotions;
const HOUR_MS = 3_600_000;
let bus: Bus;
beforeAll(async () => {
  ({ bus } = await openTestBus(runtime));
  const origin = { stream, subject, sequence: 1, deliveries: 1, timestampNanos: 1e18 };
  const rejection = {
    origin,
    line: 1,
    payload: '{}',
    code: 'unknown_user',
    message: 'there is no such user',
  };
  await publishDeadLetters(bus, [rejection]);
});
afterEach(() => void setSystemTime());

test.each([-HOUR_MS, HOUR_MS])(
  'the oldest dead letter has its age by the broker, where the clock of the process is %i ms off',
  async (offMs) => {
    setSystemTime(new Date(Date.now() + offMs));
    const { oldestSeconds } = await countDeadLetters(bus, stream);
    expect(oldestSeconds).toBeGreaterThan(0);
    expect(oldestSeconds).toBeLessThan(HOUR_MS / 2000);
  },
);
