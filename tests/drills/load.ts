import type { System } from '../../deploy/local/stack/system.ts';
import type { Customer } from './customers.ts';
import type { Random } from './random.ts';

/**
 * Load through the gateway, as a partner with the SDK would send it: a request without a 202 is repeated
 * with the same id until it gets one. Only acknowledged events are remembered and count against the system.
 */
export interface Load {
  emotions: Set<string>;
  transactions: Set<string>;
  accepted: Set<string>;
  /** Ids of the analyses that were returned. */
  analyses: Set<string>;
  /** Responses without success, and connections that broke, by kind. */
  refused: Map<string, number>;
  /** Returns the longest time that a request with events took to its acknowledgment, with its repetitions. */
  slowestMs(): number;
  /** Accepts further offers, one after the other, until each has its 202. */
  accept(offers: Map<string, Customer>): Promise<void>;
  /** Asks for an analysis until it is returned. */
  analyze(customer: Customer): Promise<void>;
  /** Resolves when everything was acknowledged, or given up on. */
  done: Promise<void>;
}

export interface LoadOptions {
  system: System;
  random: Random;
  customers: Customer[];
  offers: Map<string, Customer>;
  events: number;
  lanes?: number;
  /** Time between a response and the next request of a lane; by default none. */
  pauseMs?: number;
  /** Whether each customer asks for an analysis, too. */
  analyses?: boolean;
  /** How often each event is sent on purpose. */
  copies?: number;
  giveUpMs?: number;
  /** New events are sent for so long, however few or many they are. */
  forMs?: number;
  /** New events are sent until it resolves, at most `events`. */
  until?: Promise<unknown>;
}

/** More than any load comes to before it ends for another reason. */
export const EVENTS_WITHOUT_END = 1e12;

interface Job {
  kind: 'emotions' | 'transactions';
  ids: string[];
  path: string;
  init: RequestInit;
}

const ATTEMPT_MS = 10_000;
/** Long enough for a machine that others share, and shorter than the deadline of a test. */
const GIVE_UP_MS = 150_000;
const BATCH = 20;
const EMOTION_SHARE = 0.6;
const ANALYSED_MAX = 40;

export function startLoad(options: LoadOptions): Load {
  const { system, random, offers, events, lanes = 16, pauseMs = 0, forMs = Infinity } = options;
  const { giveUpMs = GIVE_UP_MS + Math.min(events, forMs) } = options;
  const load = {
    emotions: new Set<string>(),
    transactions: new Set<string>(),
    accepted: new Set<string>(),
    analyses: new Set<string>(),
    refused: new Map<string, number>(),
  };
  let slowestMs = 0;
  const startedAt = Date.now();
  const deadline = startedAt + giveUpMs;
  let isOver = false;
  void options.until?.then(() => {
    isOver = true;
  });
  const emotions = Math.round(events * EMOTION_SHARE);
  const queues = [
    makeJobs(options, 'emotions', emotions),
    makeJobs(options, 'transactions', events - emotions),
  ];

  /** Sends until it succeeds; null when the time is over. */
  const insist = async (path: string, init: RequestInit): Promise<ResponseBody | null> => {
    for (let attempt = 1; Date.now() < deadline; attempt += 1) {
      const { body, problem } = await send(`${system.url}${path}`, init);
      if (body) return body;
      load.refused.set(problem, (load.refused.get(problem) ?? 0) + 1);
      await Bun.sleep(Math.min(20 * attempt, 300));
    }
    return null;
  };
  const workEvents = async (queue: Iterator<Job>): Promise<void> => {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      if (isOver || Date.now() - startedAt > forMs) return;
      const job = next.value;
      const sentAtMs = performance.now();
      if (!(await insist(job.path, job.init))) return;
      slowestMs = Math.max(slowestMs, performance.now() - sentAtMs);
      for (const id of job.ids) load[job.kind].add(id);
      if (pauseMs > 0) await Bun.sleep(pauseMs);
    }
  };
  const workOffers = async (pending: Iterator<[string, Customer]>): Promise<void> => {
    for (let next = pending.next(); !next.done; next = pending.next()) {
      const [offerId, customer] = next.value;
      const headers = { authorization: `Bearer ${customer.token}`, 'idempotency-key': random.uuid() };
      if (!(await insist(`/v1/credit-offers/${offerId}/accept`, { method: 'POST', headers }))) return;
      load.accepted.add(offerId);
    }
  };
  const analyze = async (customer: Customer): Promise<void> => {
    const headers = { authorization: `Bearer ${customer.token}` };
    const body = await insist(`/v1/users/${customer.id}/credit-analysis`, { method: 'POST', headers });
    if (body?.analysis_id) load.analyses.add(body.analysis_id);
  };
  const workAnalyses = async (accepting: Promise<unknown>): Promise<void> => {
    if (options.analyses === false) return;
    // A recorded analysis ends the open offer of its customer: those with one are analyzed once it is accepted.
    const offered = new Set([...offers.values()].map(({ id }) => id));
    const hasOffer = ({ id }: Customer) => offered.has(id);
    const customers = random.shuffle(options.customers.slice(0, ANALYSED_MAX));
    for (const customer of customers.toSorted((a, b) => Number(hasOffer(a)) - Number(hasOffer(b)))) {
      if (hasOffer(customer)) await accepting;
      await analyze(customer);
    }
  };
  const pending = offers.entries();
  const accepting = Promise.all([workOffers(pending), workOffers(pending)]);
  const loops = Promise.all([
    // Each kind has lanes of its own: a stream that refuses must not hold up the other.
    ...queues.flatMap((queue) => Array.from({ length: lanes / 2 }, () => workEvents(queue))),
    accepting,
    workAnalyses(accepting),
  ]);
  return {
    ...load,
    slowestMs: () => Math.round(slowestMs),
    accept: (furtherOffers) => workOffers(furtherOffers.entries()),
    analyze,
    done: loops.then(() => {}),
  };
}

type ResponseBody = { code?: string; analysis_id?: string };

async function send(url: string, init: RequestInit): Promise<{ body?: ResponseBody; problem: string }> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(ATTEMPT_MS) });
    const body = (await response.json()) as ResponseBody;
    if (response.status === 202 || response.status === 200) return { body, problem: '' };
    return { problem: `${response.status} ${body.code}` };
  } catch (error) {
    return { problem: error instanceof Error ? error.name : 'broken' };
  }
}

/** Singles and batches, made when they are asked for: a long run would not fit into memory. */
function makeJobs(options: LoadOptions, kind: Job['kind'], count: number): Iterator<Job> {
  const { copies = 1, random } = options;
  if (copies === 1) return eachJob(options, kind, count);
  const jobs = [...eachJob(options, kind, count)];
  return random.shuffle(Array.from({ length: copies }, () => jobs).flat()).values();
}

function* eachJob(
  { system, random, customers }: LoadOptions,
  kind: Job['kind'],
  count: number,
): Generator<Job> {
  for (let madeCount = 0; madeCount < count; ) {
    const customer = random.pick(customers);
    const size = random.next() < 0.2 ? Math.min(BATCH, count - madeCount) : 1;
    const bodies = Array.from({ length: size }, () => makeEvent(random, kind, customer.id));
    const isBatch = size > 1;
    madeCount += size;
    yield {
      kind,
      ids: bodies.map(({ eventId }) => eventId),
      path: PATHS[kind][isBatch ? 'batch' : 'single'],
      init: {
        method: 'POST',
        headers: {
          // As the client does: one key for all attempts.
          'idempotency-key': random.uuid(),
          'content-type': isBatch ? 'application/x-ndjson' : 'application/json',
          ...(kind === 'emotions'
            ? { 'x-internal-key': system.internalKey }
            : { authorization: `Bearer ${customer.token}` }),
        },
        body: bodies.map((body) => JSON.stringify(body)).join('\n'),
      },
    };
  }
}

const PATHS = {
  emotions: { single: '/v1/emotions/stream', batch: '/v1/emotions/batch' },
  transactions: { single: '/v1/transactions', batch: '/v1/transactions/batch' },
};

function makeEvent(random: Random, kind: Job['kind'], userId: string) {
  const eventId = random.uuid();
  const time = new Date(Date.now() - random.integer(0, 20 * 24 * 3600) * 1000).toISOString();
  if (kind === 'transactions')
    return { userId, eventId, occurredAt: time, amount: random.integer(1, 99_999) / 100 };
  const share = () => random.integer(0, 1000) / 1000;
  const metrics = { positivity: share(), intensity: share(), stress_level: share() };
  return {
    userId,
    eventId,
    timestamp: time,
    emotionEvent: { type: random.pick(['calm', 'joy', 'fear']), metrics },
  };
}
