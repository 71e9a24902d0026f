import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { LIMITS } from '../contracts/limits.ts';
import type { EcsError } from '../core/errors.ts';
import type { EventOutcome } from './event-outcome.ts';
import {
  failureOf,
  listenersOf,
  problem,
  type ReceivedRequest,
  startTestServer,
  USER,
} from '../core/test-server.ts';
import type { TransactionInput } from '../resources/events.ts';

const eventOf = (amount: number): TransactionInput => ({ userId: USER, amount });
const linesOf = ({ body }: ReceivedRequest): { amount: number; eventId: string }[] =>
  body.split('\n').map((line) => JSON.parse(line));
const acceptAll = (request: ReceivedRequest) =>
  Response.json({ accepted: linesOf(request).length, rejected: [], traceId: 't' }, { status: 202 });

/** Outcomes as they come, and the server that responds. */
function record() {
  const outcomes: EventOutcome<TransactionInput>[] = [];
  return {
    outcomes,
    onOutcome: (outcome: EventOutcome<TransactionInput>) => void outcomes.push(outcome),
    amounts: (status: string) =>
      outcomes.filter((outcome) => outcome.status === status).map(({ event }) => event.amount),
  };
}

describe('a writer', () => {
  test('sends every event once, in the order of writing, with any batches and responses', async () => {
    const shape = fc.record({
      count: fc.integer({ min: 1, max: 60 }),
      batchEventsMax: fc.integer({ min: 1, max: 25 }),
      bufferEventsMax: fc.integer({ min: 1, max: 40 }),
      /** The fate of the nth request: accepted, rejected for now, or accepted with the response lost. */
      responses: fc.array(fc.constantFrom('ok', 'busy', 'lost'), { maxLength: 10 }),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ count, responses, ...limits }) => {
        const stored: { amount: number; eventId: string }[] = [];
        await using server = startTestServer((request, index) => {
          if (responses[index] === 'busy') return problem(503, 'overloaded');
          for (const line of linesOf(request)) {
            if (!stored.some(({ eventId }) => eventId === line.eventId)) stored.push(line);
          }
          return responses[index] === 'lost' ? problem(502, 'bad_gateway') : acceptAll(request);
        });
        const { outcomes, onOutcome } = record();
        const writer = server.client().transactions.stream({ ...limits, batchDelayMs: 1, onOutcome });
        const written = Array.from({ length: count }, (_, index) => index + 1);
        const ids = await Promise.all(written.map((amount) => writer.write(eventOf(amount))));
        expect(await writer.close()).toEqual({ accepted: count, rejected: 0, failed: 0 });
        expect(stored.map(({ amount }) => amount)).toEqual(written);
        expect(outcomes.map(({ eventId }) => eventId)).toEqual(ids);
        for (const request of server.requests) {
          expect(linesOf(request).length).toBeLessThanOrEqual(limits.batchEventsMax);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('gathers what comes within its delay, and sends a full batch at once', async () => {
    await using server = startTestServer(acceptAll);
    const writer = server.client().transactions.stream({ batchEventsMax: 10, batchDelayMs: 60_000 });
    for (let amount = 1; amount <= 25; amount += 1) await writer.write(eventOf(amount));
    while (writer.pending > 5) await Bun.sleep(1);
    expect(server.requests.map((request) => linesOf(request).length)).toEqual([10, 10]);
    await writer.flush();
    expect(server.requests.map((request) => linesOf(request).length)).toEqual([10, 10, 5]);
  });

  test('sends a single event when its delay is over', async () => {
    await using server = startTestServer(acceptAll);
    const writer = server.client().transactions.stream({ batchDelayMs: 30 });
    await writer.write(eventOf(1));
    expect(server.requests).toHaveLength(0);
    while (writer.pending > 0) await Bun.sleep(1);
    expect(server.requests).toHaveLength(1);
  });

  test('cuts batches by bytes, and rejects an event that none can hold', async () => {
    await using server = startTestServer(acceptAll);
    const writer = server.client().transactions.stream({ batchBytesMax: 1_000 });
    for (let amount = 1; amount <= 40; amount += 1) await writer.write(eventOf(amount));
    await writer.flush();
    expect(server.requests.length).toBeGreaterThan(3);
    for (const { body } of server.requests) expect(body.length).toBeLessThanOrEqual(1_000);
    const huge = { ...eventOf(1), note: 'x'.repeat(LIMITS.batchBytesMax) };
    expect(await failureOf(writer.write(huge))).toMatchObject({ code: 'event_too_large' });
  });
});

describe('backpressure', () => {
  test('a full buffer makes the source wait; room, or its signal, ends the wait', async () => {
    const open = Promise.withResolvers<void>();
    await using server = startTestServer(async (request) => {
      await open.promise;
      return acceptAll(request);
    });
    const writer = server.client().transactions.stream({ bufferEventsMax: 3, batchDelayMs: 0 });
    for (let amount = 1; amount <= 3; amount += 1) await writer.write(eventOf(amount));
    let entered = false;
    const fourth = writer.write(eventOf(4)).then(() => {
      entered = true;
    });
    const impatient = new AbortController();
    const fifth = failureOf(writer.write(eventOf(5), { signal: impatient.signal }));
    impatient.abort(new Error('not so long'));
    expect(await fifth).toMatchObject({ message: 'not so long' });
    expect({ entered, pending: writer.pending }).toEqual({ entered: false, pending: 3 });
    open.resolve();
    await fourth;
    expect(await writer.close()).toEqual({ accepted: 4, rejected: 0, failed: 0 });
  });
});

describe('an outage', () => {
  test('is waited out: nothing is lost, its state is reported', async () => {
    let isDown = true;
    await using server = startTestServer((request) =>
      isDown ? problem(503, 'upstream_unavailable') : acceptAll(request),
    );
    const states: string[] = [];
    const writer = server.client().transactions.stream({
      batchDelayMs: 1,
      onState: (state, cause) => states.push(cause ? `${state}: ${cause.code}` : state),
    });
    for (let amount = 1; amount <= 20; amount += 1) await writer.write(eventOf(amount));
    while (server.requests.length < 5) await Bun.sleep(1);
    isDown = false;
    expect(await writer.close()).toEqual({ accepted: 20, rejected: 0, failed: 0 });
    expect(new Set(states)).toEqual(new Set(['waiting: upstream_unavailable', 'sending']));
  });

  test('that is too long fails its events, which name the cause, and the next ones are tried', async () => {
    let isDown = true;
    await using server = startTestServer((request) => (isDown ? problem(503, 'away') : acceptAll(request)));
    const { outcomes, onOutcome } = record();
    const writer = server.client().transactions.stream({ giveUpMs: 50, batchDelayMs: 1, onOutcome });
    for (let amount = 1; amount <= 5; amount += 1) await writer.write(eventOf(amount));
    expect(await writer.flush()).toEqual({ accepted: 0, rejected: 0, failed: 5 });
    expect(outcomes.map((outcome) => outcome.status === 'failed' && outcome.error.code)).toEqual(
      Array(5).fill('away'),
    );
    isDown = false;
    await writer.write(eventOf(6));
    expect(await writer.close()).toEqual({ accepted: 1, rejected: 0, failed: 5 });
  });
});

describe('outcomes', () => {
  test('an invalid line is rejected, those around it are accepted', async () => {
    await using server = startTestServer(() =>
      Response.json({
        accepted: 2,
        rejected: [{ line: 2, code: 'invalid_event', message: 'no' }],
        traceId: 't',
      }),
    );
    const { outcomes, onOutcome, amounts } = record();
    const writer = server.client().transactions.stream({ onOutcome });
    for (const amount of [1, -2, 3]) await writer.write(eventOf(amount));
    await writer.close();
    expect({ accepted: amounts('accepted'), rejected: amounts('rejected') }).toEqual({
      accepted: [1, 3],
      rejected: [-2],
    });
    expect(outcomes[1]).toMatchObject({ code: 'invalid_event', message: 'no' });
  });

  test('a batch without a good line is rejected with the fault of each', async () => {
    const errors = [{ path: '/body/1', message: 'too small' }];
    await using server = startTestServer(() => problem(422, 'invalid_request', { errors }));
    const { outcomes, onOutcome } = record();
    const writer = server.client().transactions.stream({ onOutcome });
    for (const amount of [-1, -2]) await writer.write(eventOf(amount));
    expect(await writer.close()).toEqual({ accepted: 0, rejected: 2, failed: 0 });
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.message)).toEqual([
      'too small',
      'D',
    ]);
  });

  test('a rejected token fails the events with its error', async () => {
    await using server = startTestServer(() => problem(401, 'invalid_token'));
    const { outcomes, onOutcome } = record();
    const writer = server.client().transactions.stream({ onOutcome });
    await writer.write(eventOf(1));
    await writer.close();
    expect(outcomes[0]).toMatchObject({ status: 'failed', error: { code: 'invalid_token' } });
  });

  test('a proxy with a smaller limit gets smaller batches', async () => {
    await using server = startTestServer((request) =>
      linesOf(request).length > 2 ? new Response('<h1>413</h1>', { status: 413 }) : acceptAll(request),
    );
    const writer = server.client().transactions.stream();
    for (let amount = 1; amount <= 8; amount += 1) await writer.write(eventOf(amount));
    expect(await writer.close()).toEqual({ accepted: 8, rejected: 0, failed: 0 });
  });

  test('an abort fails the queued events, and ends a flush; a closed writer takes no events', async () => {
    await using server = startTestServer(() => problem(503, 'away'));
    const controller = new AbortController();
    const { outcomes, onOutcome } = record();
    const writer = server.client().transactions.stream({ signal: controller.signal, onOutcome });
    await writer.write(eventOf(1));
    const flushed = writer.flush();
    while (server.requests.length === 0) await Bun.sleep(1);
    controller.abort(new Error('over'));
    expect(await flushed).toEqual({ accepted: 0, rejected: 0, failed: 1 });
    expect(outcomes[0]).toMatchObject({ status: 'failed', error: { code: 'aborted' } });
    expect(await failureOf(writer.write(eventOf(2)))).toMatchObject({ message: 'over' });

    const closed = server.client().transactions.stream();
    await closed.close();
    expect(((await failureOf(closed.write(eventOf(1)))) as EcsError).code).toBe('writer_closed');
  });
});

describe('a signal of the caller', () => {
  /** A signal as in React Native: it keeps no reason, and does not throw. */
  const createPlainSignal = () => {
    const signal = Object.assign(new EventTarget(), { aborted: false });
    const abort = () => {
      signal.aborted = true;
      signal.dispatchEvent(new Event('abort'));
    };
    return { signal: signal as unknown as AbortSignal, abort };
  };

  test('of React Native ends a write that waits for room, and one that comes later', async () => {
    await using server = startTestServer(() => problem(503, 'away'));
    const [ofWriter, ofWrite] = [createPlainSignal(), createPlainSignal()];
    const writer = server.client().transactions.stream({ signal: ofWriter.signal, bufferEventsMax: 1 });
    await writer.write(eventOf(1));
    const waits = failureOf(writer.write(eventOf(2), { signal: ofWrite.signal }));
    ofWrite.abort();
    expect(await waits).toMatchObject({ name: 'AbortError' });
    ofWriter.abort();
    expect(await failureOf(writer.write(eventOf(3)))).toMatchObject({ name: 'AbortError' });
    expect(await writer.close()).toEqual({ accepted: 0, rejected: 0, failed: 1 });
  });

  test('has no listener of a writer that is closed', async () => {
    const { signal } = new AbortController();
    const listeners = listenersOf(signal);
    await using server = startTestServer(acceptAll);
    const writer = server.client().transactions.stream({ signal, batchDelayMs: 5 });
    for (let amount = 1; amount <= 3; amount += 1) await writer.write(eventOf(amount));
    await writer.close();
    expect(listeners.size).toBe(0);
  });
});
