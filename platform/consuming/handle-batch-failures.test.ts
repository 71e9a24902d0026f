import { afterEach, describe, expect, spyOn, test } from 'bun:test';
import { lineOf, openBatchWorker, publishMessages } from '../../tests/harness/batch.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { problem } from '../kernel/errors.ts';
import { createLifecycle } from '../kernel/lifecycle.ts';
import { CONSUMER_LIMITS } from '../messaging/topology.ts';
import { setTracer } from '../tracing/tracer.ts';

const runtime = createTestRuntime();
const away = problem('database_unavailable', { cause: null });
const TRACEPARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
afterEach(() => setTracer(null));

/** Notes the spans that end, each with whether it failed. */
function recordSpans() {
  const ended: [name: string, isFailed: boolean | undefined][] = [];
  setTracer({
    start: (name) => ({ traceId: '', spanId: '', end: (end) => void ended.push([name, end?.isFailed]) }),
  });
  return ended;
}

/** A message of a sampled trace on a broker, and a worker. */
async function openTraced() {
  const opened = await openBatchWorker(runtime, []);
  const headers = { traceparent: TRACEPARENT };
  await opened.bus.publish(opened.subject, lineOf('traced'), { id: Bun.randomUUIDv7(), headers });
  return opened;
}

describe('the span of a message', () => {
  test('ends as done, after that of its statement, when its events are stored', async () => {
    const { work, subject } = await openTraced();
    const ended = recordSpans();
    expect(await work({})).toBe(1);
    expect(ended).toEqual([
      ['emotion-processing statement', false],
      [`process ${subject}`, false],
    ]);
  });

  test('ends as failed when they are not', async () => {
    const { work, subject } = await openTraced();
    const ended = recordSpans();
    const lifecycle = createLifecycle(runtime.log);
    const handle = async () => {
      void lifecycle.stop();
      throw away;
    };
    await expect(work({ lifecycle, handle })).rejects.toBe(away);
    expect(ended).toEqual([
      ['emotion-processing statement', true],
      [`process ${subject}`, true],
    ]);
  });
});

describe('a batch', () => {
  test('that waits for the database goes to another worker at once when the process drains', async () => {
    const { pull, work } = await openBatchWorker(runtime, ['first', 'second'].map(lineOf));
    const lifecycle = createLifecycle(runtime.log);
    let attempts = 0;
    const handle = async () => {
      attempts += 1;
      if (attempts === 2) void lifecycle.stop();
      throw away;
    };
    await expect(work({ lifecycle, handle })).rejects.toBe(away);
    expect(attempts).toBe(2);
    // Long before their ack wait is over.
    const again = await pull();
    expect(again.map(({ info }) => [info.streamSequence, info.deliveryCount])).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  test('waits longer for the database after each failure', async () => {
    const { work } = await openBatchWorker(runtime, [lineOf('patient')]);
    const attemptsMs: number[] = [];
    const handle = async () => {
      attemptsMs.push(performance.now());
      if (attemptsMs.length <= 3) throw away;
      return [];
    };
    await work({ handle });
    const pausesMs = attemptsMs.slice(1).map((ms, index) => ms - (attemptsMs[index] ?? 0));
    // 100, 200 and 300 ms, which a busy machine makes longer.
    for (const [index, ms] of pausesMs.entries()) expect(ms).toBeGreaterThan(100 * (index + 1) - 5);
  });

  test.each(['stored', 'fails'])(
    'renews the ack wait of its messages no longer once it %s',
    async (outcome) => {
      const { work } = await openBatchWorker(runtime, [lineOf('one')]);
      const [begin, end] = [spyOn(globalThis, 'setInterval'), spyOn(globalThis, 'clearInterval')];
      try {
        const failing = () => {
          throw new TypeError('a bug');
        };
        await work(outcome === 'fails' ? { decode: failing } : {}).catch(() => {});
        const renewals = begin.mock.results.filter((_, call) => begin.mock.calls[call]?.[1] === 500);
        expect(renewals).toHaveLength(1);
        expect(end.mock.calls.map(([timer]) => timer)).toContain(renewals[0]?.value as NodeJS.Timeout);
      } finally {
        begin.mockRestore();
        end.mockRestore();
      }
    },
  );

  // A fault that lasts for a second would else use up the deliveries that make an event count as deadly.
  test('that meets a bug comes back after its ack wait, not at once', async () => {
    const { pull, work } = await openBatchWorker(runtime, [
      lineOf('x'.repeat(CONSUMER_LIMITS.bytesDecoded)),
      lineOf('waiting'),
    ]);
    const bug = new TypeError('a bug');
    const decode = () => {
      throw bug;
    };
    await expect(work({ decode })).rejects.toBe(bug);
    expect(await pull()).toEqual([]);
  });

  test('whose note of erased customers meets a bug is neither tried again here nor acknowledged', async () => {
    const { work, unacknowledged } = await openBatchWorker(runtime, [lineOf('erased')]);
    const bug = new TypeError('a bug');
    let notes = 0;
    const onErased = async () => {
      notes += 1;
      throw bug;
    };
    const handle = async () => [{ index: 0, code: 'customer_erased', message: 'no', isDropped: true }];
    await expect(work({ handle, onErased })).rejects.toBe(bug);
    expect([notes, await unacknowledged()]).toEqual([1, 1]);
  });

  test('can be broken off as it is fetched, between the commit and the acknowledgement, and after both', async () => {
    const { bus, work, untilUnacknowledged } = await openBatchWorker(runtime, []);
    let stored = 0;
    const handle = async () => {
      stored += 1;
      return [];
    };
    for (const [name, storedThen, remaining] of [
      ['consume.fetched', 0, 1],
      ['consume.handled', 1, 2],
      ['consume.acknowledged', 2, 2],
    ] as const) {
      await publishMessages(bus, [lineOf(name)]);
      const failpoint = (reached: string) => {
        if (reached === name) throw new Error(name);
      };
      await expect(work({ handle, failpoint })).rejects.toThrow(name);
      await untilUnacknowledged(remaining);
      expect(stored).toBe(storedThen);
    }
  });
});
