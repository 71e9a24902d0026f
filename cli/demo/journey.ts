import { pause } from '../../platform/kernel/lifecycle.ts';
import type { Database } from '../../platform/data/sql.ts';
import type { CreditAnalysis, EcsClient } from '../../sdk/index.ts';
import { LIMITS } from '../../sdk/index.ts';
import { CliError } from '../ui/output.ts';
import type { Persona } from './personas.ts';
import type { Steps } from './steps.ts';
import { monotonicMs } from '../../platform/kernel/monotonic-ms.ts';

export interface Journey {
  ecs: EcsClient;
  userId: string;
  /**
   * Tells whether the transactions are stored, which the API cannot. Null where no database is in reach.
   */
  database: Database | null;
  steps: Steps;
  signal: AbortSignal;
}

const WAIT_MS = 20_000;
const POLL_MS = 25;
const GIVEN_MS = 1000;

/** The newest event goes alone and the others in batches, so that both endpoints are used. */
export async function sendEvents(
  { emotions, transactions }: Pick<Persona, 'emotions' | 'transactions'>,
  journey: Journey,
): Promise<void> {
  const { ecs, userId, steps, signal } = journey;
  const options = { signal };
  const send = async <Event>(
    events: Event[],
    endpoints: {
      send(event: Event): Promise<unknown>;
      sendBatch(events: Event[]): Promise<{ accepted: number }>;
    },
  ): Promise<void> => {
    for (let from = 0; from < events.length - 1; from += LIMITS.batchLinesMax) {
      const batch = events.slice(from, Math.min(from + LIMITS.batchLinesMax, events.length - 1));
      const { accepted } = await endpoints.sendBatch(batch);
      if (accepted !== batch.length)
        throw new CliError(`${accepted} of ${batch.length} events were accepted`);
    }
    for (const event of events.slice(-1)) await endpoints.send(event);
  };

  if (emotions.length > 0) {
    await steps.run(`202, ${emotions.length} emotion events received`, () =>
      send(
        emotions.map((event) => ({ ...event, userId })),
        {
          send: (event) => ecs.emotions.send(event, options),
          sendBatch: (events) => ecs.emotions.sendBatch(events, options),
        },
      ),
    );
  }
  if (transactions.length > 0) {
    await steps.run(`202, ${countOf(transactions)} received`, () =>
      send(
        transactions.map((event) => ({ ...event, userId })),
        {
          send: (event) => ecs.transactions.send(event, options),
          sendBatch: (events) => ecs.transactions.sendBatch(events, options),
        },
      ),
    );
  }
}

/** Waits until the customer's events are stored: all of them, by number. */
export async function waitUntilStored(
  { emotions, transactions }: { emotions: number; transactions: number },
  journey: Journey,
): Promise<void> {
  const { ecs, userId, database, steps, signal } = journey;
  const countEmotions = async () => {
    const { items } = await ecs.emotions.summary(userId, { days: 30, signal });
    return items.reduce((sum, day) => sum + day.event_count, 0);
  };
  const countTransactions = async (source: Database) => {
    const [row] = await source.query(
      (sql) => sql<{ count: string }[]>`select count(*) from transactions where user_id = ${userId}`,
    );
    return Number(row?.count);
  };
  if (emotions > 0) {
    const label = `stored, ${emotions} emotion events are in the daily summaries`;
    await steps.run(label, () => untilCount(emotions, countEmotions, signal));
  }
  if (transactions === 0) return;
  if (database === null) {
    await steps.run('transactions are given a second to be stored', () => pause(GIVEN_MS, signal));
    return;
  }
  const label = `stored, ${transactions} transactions are in the database`;
  await steps.run(label, () => untilCount(transactions, () => countTransactions(database), signal));
}

/** Asks for a decision and prints it with its reasons and its offer. */
export async function analyze({ ecs, userId, steps, signal }: Journey): Promise<CreditAnalysis> {
  const analysis = await steps.run(
    'analyzed',
    () => ecs.analyses.create(userId, { signal }),
    ({ approved, ml_risk_score }) => `${approved ? 'approved' : 'denied'}, risk score ${ml_risk_score}`,
  );
  for (const { code, message } of analysis.reasons) steps.note(`${code}: ${message}`);
  const { offer } = analysis;
  if (offer)
    steps.note(
      `offer of ${offer.credit_limit.toFixed(2)} at ${offer.interest_rate} % a year, ${offer.credit_type}`,
    );
  if (analysis.approved !== (analysis.offer !== null)) {
    throw new CliError('the analysis was approved without an offer, or denied with one');
  }
  return analysis;
}

/**
 * Accepts an offer while the customer listens; returns how long it took until the limit was active.
 */
export async function acceptAndListen(offerId: string, journey: Journey): Promise<number> {
  const { ecs, userId, steps, signal } = journey;
  const listening = new AbortController();
  const connected = Promise.withResolvers<void>();
  const firstHeard = firstNotification(journey, offerId, {
    signal: AbortSignal.any([signal, listening.signal, AbortSignal.timeout(WAIT_MS)]),
    onConnected: connected.resolve,
  });
  // The step that waits for it reports a failure.
  firstHeard.catch(connected.reject);
  try {
    await steps.run('listening for notifications over SSE', () => connected.promise);
    await steps.run('accepted, 202', () => ecs.offers.accept(offerId, { signal }));
    const acceptedMs = performance.now();
    await steps.run('active', () => ecs.offers.waitUntilActive(offerId, { timeoutMs: WAIT_MS, signal }));
    const activeAfterMs = performance.now() - acceptedMs;
    await steps.run(
      'notified over SSE (from the 202)',
      () => firstHeard,
      ({ title }) => title,
      ({ atMs }) => atMs - acceptedMs,
    );
    const { items } = await ecs.notifications.list(userId, { signal });
    const about = items.filter((item) => item.offer_id === offerId).length;
    if (about !== 1) throw new CliError(`${about} notifications of one offer`);
    return activeAfterMs;
  } finally {
    listening.abort();
  }
}

/** Polls until the count is reached; one beyond it means that something was stored twice. */
async function untilCount(
  expected: number,
  count: () => Promise<number>,
  signal: AbortSignal,
): Promise<void> {
  const deadline = monotonicMs() + WAIT_MS;
  for (;;) {
    signal.throwIfAborted();
    const storedCount = await count();
    if (storedCount === expected) return;
    if (storedCount > expected) throw new CliError(`${storedCount} are stored, ${expected} were sent`);
    if (monotonicMs() > deadline)
      throw new CliError(`${storedCount} of ${expected} are stored after ${WAIT_MS / 1000} s`);
    await Bun.sleep(POLL_MS);
  }
}

async function firstNotification(
  { ecs, userId }: Journey,
  offerId: string,
  { signal, onConnected }: { signal: AbortSignal; onConnected: () => void },
): Promise<{ title: string; atMs: number }> {
  const onState = (state: string) => {
    if (state === 'connected') onConnected();
  };
  for await (const notification of ecs.notifications.subscribe(userId, { signal, onState })) {
    if (notification.offer_id === offerId) return { title: notification.title, atMs: performance.now() };
  }
  throw new CliError(`no notification came within ${WAIT_MS / 1000} s`);
}

function countOf({ length }: unknown[]): string {
  return length === 1 ? '1 transaction' : `${length} transactions`;
}
