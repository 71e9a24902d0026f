import type { Customer } from '../customers.ts';
import type { Stage } from '../drill.ts';
import { explain, type Operation } from './check-history.ts';
import type { Limit, Step } from './limit-machine.ts';

/** Clients of each customer, and the operations of each. */
const CLIENTS = 3;
const OPERATIONS = 8;
const PAUSE_MS = 250;
const ATTEMPT_MS = 5000;

export type HistoryClient = ReturnType<typeof createClient>;

/** The clients of one customer, with their operations. */
export function createClient(stage: Stage, customer: Customer) {
  const { random } = stage;
  const operations: Operation[] = [];
  const offerIds: string[] = [];
  let uncertainSinceMs = Infinity;

  const record = (step: Step, startMs: number) => {
    operations.push({ step, startMs, endMs: performance.now() });
  };
  const analyze = async (): Promise<void> => {
    const startMs = performance.now();
    const response = await ask(stage, customer, 'POST', `/v1/users/${customer.id}/credit-analysis`);
    if (response?.status !== 200) {
      uncertainSinceMs = Math.min(uncertainSinceMs, startMs);
      // A denial that nobody was told of ends the open offer; an offer is found in the tables.
      operations.push({ step: { kind: 'denial' }, startMs, endMs: Infinity, isUncertain: true });
      return;
    }
    const { offer } = response.body as { offer: { offer_id: string; credit_limit: number } | null };
    if (!offer) return record({ kind: 'denial' }, startMs);
    const { offer_id: offerId, credit_limit: amount } = offer;
    if (!offerIds.includes(offerId)) offerIds.push(offerId);
    record({ kind: 'offer', offerId, amount }, startMs);
  };
  const change = async (kind: 'accept' | 'close', offerId: string): Promise<void> => {
    const startMs = performance.now();
    const response = await ask(stage, customer, 'POST', `/v1/credit-offers/${offerId}/${kind}`);
    const result = RESULTS[kind][`${response?.status} ${codeOf(response?.body)}`];
    if (result) return record({ kind, offerId, result } as Step, startMs);
    const step = { kind, offerId, result: SUCCESS[kind] } as Step;
    operations.push({ step, startMs, endMs: Infinity, isUncertain: true });
  };
  const readExposure = async (): Promise<void> => {
    const startMs = performance.now();
    const response = await ask(stage, customer, 'GET', `/v1/users/${customer.id}`);
    if (response?.status !== 200) return;
    record({ kind: 'read-exposure', exposure: (response.body as { exposure: number }).exposure }, startMs);
  };
  const readOffer = async (offerId: string): Promise<void> => {
    const startMs = performance.now();
    const response = await ask(stage, customer, 'GET', `/v1/credit-offers/${offerId}`);
    if (response?.status !== 200) return;
    const { status } = response.body as { status: Limit['status'] };
    record({ kind: 'read-offer', offerId, status }, startMs);
  };
  const actOnce = async (): Promise<void> => {
    const chance = random.next();
    const offerId = offerIds.length > 0 ? random.pick(offerIds.slice(-3)) : null;
    if (chance < 0.15) return void (await spend(stage, customer));
    if (offerId === null || chance < 0.45) return analyze();
    if (chance < 0.65) return change('accept', offerId);
    if (chance < 0.8) return change('close', offerId);
    return chance < 0.9 ? readExposure() : readOffer(offerId);
  };
  const actAlone = async (): Promise<void> => {
    for (let count = 0; count < OPERATIONS; count += 1) {
      await actOnce();
      await Bun.sleep(random.integer(0, PAUSE_MS));
    }
  };
  return {
    customer,
    operations,
    /** Start of the first analysis without a response. */
    uncertainSince: () => uncertainSinceMs,
    async act() {
      await spend(stage, customer);
      await Promise.all(Array.from({ length: CLIENTS }, actAlone));
    },
  };
}

const SUCCESS = { accept: 'accepted', close: 'closed' };
const RESULTS: Record<'accept' | 'close', Record<string, string>> = {
  accept: {
    '202 ': 'accepted',
    '410 offer_expired': 'expired',
    '409 exposure_limit_reached': 'exposure_limit_reached',
  },
  close: { '200 ': 'closed', '409 offer_not_open': 'not_open' },
};

const codeOf = (body: unknown) => (body as { code?: string } | undefined)?.code ?? '';

/** Null when there is no response. */
async function ask({ system }: Stage, { token }: Customer, method: string, path: string, lines?: string) {
  try {
    const response = await fetch(`${system.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(lines === undefined ? {} : { 'content-type': 'application/x-ndjson' }),
      },
      ...(lines === undefined ? {} : { body: lines }),
      signal: AbortSignal.timeout(ATTEMPT_MS),
    });
    return { status: response.status, body: (await response.json()) as unknown };
  } catch {
    return null;
  }
}

/**
 * Counts the customers of whose history no order explains the responses and the tables at the end; notes each.
 */
export async function countUnexplained(stage: Stage, clients: HistoryClient[]): Promise<number> {
  const endMs = performance.now();
  let unexplained = 0;
  for (const { customer, operations, uncertainSince } of clients) {
    const history = [...operations, ...(await untold(stage, customer, operations, uncertainSince()))];
    const limits = await readLimits(stage, customer);
    history.push({ step: { kind: 'read-all', limits }, startMs: endMs, endMs: endMs + 1 });
    const blocked = explain(history);
    if (!blocked) continue;
    unexplained += 1;
    stage.note(`no order explains ${JSON.stringify(blocked)} of ${customer.id}: ${JSON.stringify(history)}`);
  }
  return unexplained;
}

/** Spends now and then in the last days; some are offered little then, and others all. */
function spend(stage: Stage, customer: Customer) {
  const { random } = stage;
  const count = random.integer(1, 40);
  const lines = Array.from({ length: count }, () => {
    const occurredAt = new Date(Date.now() - random.integer(0, 20 * 24 * 3600) * 1000).toISOString();
    return JSON.stringify({ userId: customer.id, occurredAt, amount: random.integer(1, 300) });
  });
  return ask(stage, customer, 'POST', '/v1/transactions/batch', lines.join('\n'));
}

async function readLimits({ sql }: Stage, { id }: Customer): Promise<Record<string, Limit>> {
  const rows = await sql<(Limit & { id: string })[]>`
    select id, status, credit_limit::float8 as amount from credit_limits where user_id = ${id}`;
  return Object.fromEntries(rows.map(({ id: offerId, status, amount }) => [offerId, { status, amount }]));
}

/** The offers of recorded analyses without a response. */
async function untold(
  { sql, claim }: Stage,
  { id }: Customer,
  operations: Operation[],
  startMs: number,
): Promise<Operation[]> {
  const offerIds = operations.flatMap(({ step }) => (step.kind === 'offer' ? [step.offerId] : []));
  const rows = await sql<{ offerId: string; amount: number }[]>`
    select id as "offerId", credit_limit::float8 as amount from credit_limits
    where user_id = ${id} and id <> all (${offerIds}::uuid[])`;
  claim('every offer was made for an analysis that was asked for', rows.length === 0 || startMs < Infinity);
  return rows.map((row) => ({ step: { kind: 'offer', ...row }, startMs, endMs: Infinity }));
}
