import { eventually } from '../harness/engines.ts';
import { type GeneratorResult, rawRequest, runGenerator } from '../bench/generator.ts';
import type { Drill, Stage } from './drill.ts';
import type { Customer } from './customers.ts';
import { compareSpeeds, refusedOf, round, SPEED, speedFigures } from './speed.ts';

/** One customer sends batches of 1,000 events as fast as he can, beside the single events of the others. */
const NDJSON = 'application/x-ndjson';
const BATCH_LINES = 1000;
const BATCH_CONNECTIONS = 8;
/** The greedy client must not run on this machine: its CPU time must not be measured with the others. */
const ROUND_TRIP_MS = 50;
const RATE_PER_SECOND = 200;
const CONNECTIONS = 64;
const STORED_MS_MAX = 1000;
const PROBES = 10;

interface Measured extends GeneratorResult {
  /** From the 202 of a single event until it is stored: the longest of some. */
  storedMsMax: number;
}

export const greedyBatches: Drill = {
  name: 'greedy-batches',
  summary: 'one customer sends huge batches without pause: nobody else is refused, or waits much longer',
  events: 200,
  ...SPEED,
  async run(stage) {
    const { claim, claimSpeed, customers, seconds, system } = stage;
    const port = Number(new URL(system.url).port);
    const [greedy, ...calmCustomers] = customers;
    if (!greedy) throw new Error('there is nobody');
    const requests = calmCustomers.map((customer) =>
      rawRequest('/v1/emotions/stream', headersOf(customer), emotionOf(customer)),
    );
    const batch = Array.from({ length: BATCH_LINES }, () => emotionOf(greedy)).join('\n');
    const measure = async (): Promise<Measured> => {
      const spec = {
        port,
        requests,
        connections: CONNECTIONS,
        seconds,
        rate: RATE_PER_SECOND,
      };
      const [measured, storedMsMax] = await Promise.all([
        runGenerator(spec),
        longestUntilStored(stage, calmCustomers),
      ]);
      return { ...measured, storedMsMax };
    };
    const total = { batchesTaken: 0, batchesRefused: 0, refusedOthers: 0 };
    const crowded = async () => {
      const sending = sendWithoutPause(`${system.url}/v1/emotions/batch`, headersOf(greedy, NDJSON), batch);
      const measured = await measure();
      const { taken: acceptedCount, refused } = await sending.stop();
      total.batchesTaken += acceptedCount;
      total.batchesRefused += refused;
      total.refusedOthers += refusedOf(measured, '202');
      return measured;
    };
    const { before, during, rounds, asFast } = await compareSpeeds(measure, crowded, stage.rounds);
    claim(`${total.refusedOthers} requests of others refused`, total.refusedOthers === 0);
    claimSpeed(`p99 was ${before.p99Ms} ms, then ${during.p99Ms} ms`, asFast);
    claimSpeed(`stored after ${during.storedMsMax} ms`, during.storedMsMax <= STORED_MS_MAX);
    claim(`${total.batchesTaken} batches were taken`, total.batchesTaken > 0);
    await stage.startLoad().done;
    return {
      ...total,
      rounds,
      ...speedFigures(before, during),
      storedMsBefore: round(before.storedMsMax),
      storedMsDuring: round(during.storedMsMax),
    };
  },
};

const headersOf = ({ token }: Customer, contentType = 'application/json') => ({
  authorization: `Bearer ${token}`,
  'content-type': contentType,
});

function emotionOf({ id: userId }: Customer, eventId?: string): string {
  const metrics = { positivity: 0.5, intensity: 0.5, stress_level: 0.5 };
  const timestamp = new Date().toISOString();
  return JSON.stringify({
    userId,
    timestamp,
    emotionEvent: { type: 'calm', metrics },
    ...(eventId ? { eventId } : {}),
  });
}

/**
 * Sends this many at a time, and the next a round trip later, regardless of the last response and its
 * Retry-After.
 */
function sendWithoutPause(url: string, headers: Record<string, string>, body: string) {
  const over = new AbortController();
  let [acceptedCount, refused] = [0, 0];
  const sendAll = async () => {
    while (!over.signal.aborted) {
      // The connection ends where a body is refused unread.
      const status = await fetch(url, { method: 'POST', headers, body }).then(
        async (response) => {
          await response.arrayBuffer();
          return response.status;
        },
        () => 429,
      );
      if (status === 202) acceptedCount += 1;
      else refused += 1;
      await Bun.sleep(ROUND_TRIP_MS);
    }
  };
  const lanes = Array.from({ length: BATCH_CONNECTIONS }, sendAll);
  return {
    async stop() {
      over.abort();
      await Promise.all(lanes);
      return { taken: acceptedCount, refused };
    },
  };
}

/** Sends single events, one after the other, and waits until each is stored. */
async function longestUntilStored({ seconds, system, sql }: Stage, customers: Customer[]): Promise<number> {
  let longestMs = 0;
  for (const customer of customers.slice(0, PROBES)) {
    const eventId = crypto.randomUUID();
    const init = { method: 'POST', headers: headersOf(customer), body: emotionOf(customer, eventId) };
    const startedMs = performance.now();
    await fetch(`${system.url}/v1/emotions/stream`, init);
    await eventually('the event is stored', async () => {
      const [row] =
        await sql`select 1 from emotional_events where user_id = ${customer.id} and id = ${eventId}`;
      return row ?? null;
    });
    longestMs = Math.max(longestMs, performance.now() - startedMs);
    await Bun.sleep((seconds * 1000) / (2 * PROBES));
  }
  return longestMs;
}
