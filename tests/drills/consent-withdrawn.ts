import type { Customer } from './customers.ts';
import type { Drill, Stage } from './drill.ts';

const EVENTS_PER_SECOND = 200;
const LINES_PER_BATCH = 20;
/** One request in so many is a batch, with lines of customers who withdraw and of others. */
const BATCH_EVERY = 10;
const WITHDRAWING = 10;
const FROZEN_MS = 2500;
const OBEYED_MS = 1000;
const RETRY_MS = 100;
const GIVE_UP_MS = 60_000;

/**
 * Customers withdraw the consent to the capture of emotions while events of them and of others come. Half of
 * them do it just before the service that tells ingestion is frozen: then the worker alone drops their
 * events.
 */
export const consentWithdrawn: Drill = {
  name: 'consent-withdrawn',
  summary: 'customers withdraw their consent at 200 events a second; ingestion learns of half of them late',
  events: 4000,
  async run(stage) {
    const flow = await withdrawUnderLoad(stage, async () => {});
    const dropped = await droppedOf(stage);
    stage.claim('events of customers who withdrew were on their way', flow.gone > 0);
    stage.claimSpeed('ingestion takes no event later than a second after', flow.lastTakenMs <= OBEYED_MS);
    stage.claim('every event that was taken and not stored is counted by its reason', flow.gone === dropped);
    return { ...flow, dropped };
  },
};

export const consentWithdrawnKills: Drill = {
  ...consentWithdrawn,
  name: 'consent-withdrawn-kills',
  summary: 'the same while ingestion, the worker of emotions and the broker are killed',
  run: (stage) =>
    withdrawUnderLoad(stage, async () => {
      await Bun.sleep(stage.random.integer(500, 1500));
      await stage.faults.kill(stage.random.pick(['emotion-ingestion', 'emotion-processing', 'nats']));
    }),
};

async function withdrawUnderLoad(stage: Stage, disturb: () => Promise<void>) {
  const { customers, random, events, faults } = stage;
  const [others, withdrawing] = [customers.slice(0, -WITHDRAWING), customers.slice(-WITHDRAWING)];
  const load = stage.startLoad({ customers: others });
  const sender = createSender(stage, others, withdrawing);
  const durationMs = (events / EVENTS_PER_SECOND) * 1000;
  const over = new AbortController();
  const disturbing = (async () => {
    while (!over.signal.aborted) await disturb().then(() => Bun.sleep(1));
  })();
  const sending = sender.run(durationMs);
  const half = WITHDRAWING / 2;
  for (const customer of withdrawing.slice(0, half)) {
    await Bun.sleep(random.integer(0, durationMs / 2 / half));
    await sender.withdraw(customer);
  }
  await faults.whileFrozen('emotion-processing', async () => {
    await sender.untilTaken(withdrawing.slice(half));
    await Promise.all(withdrawing.slice(half).map(sender.withdraw));
  });
  await faults.freeze('credit', FROZEN_MS);
  await sending;
  over.abort();
  await disturbing;
  await load.done;
  await sender.settled();
  await faults.allBack();
  return judge(stage, sender, withdrawing.slice(0, half));
}

/** Sends events at a steady rate, whatever becomes of those before, and withdraws consents. */
function createSender({ system, random }: Stage, others: Customer[], withdrawing: Customer[]) {
  const taken = { others: new Set<string>(), withdrawing: new Set<string>() };
  /** When the last event of a customer was taken, and when the withdrawal was confirmed. */
  const lastTakenMs = new Map<string, number>();
  const withdrawnMs = new Map<string, number>();
  const pending = new Set<Promise<void>>();
  const headers = { 'x-internal-key': system.internalKey };

  const note = (owners: [string, string][], refusedLines: number[]) => {
    for (const [index, [userId, eventId]] of owners.entries()) {
      if (refusedLines.includes(index + 1)) continue;
      const isOther = others.some(({ id }) => id === userId);
      taken[isOther ? 'others' : 'withdrawing'].add(eventId);
      lastTakenMs.set(userId, Date.now());
    }
  };
  /** Sends until it is taken, or refused for good. */
  const send = async (userIds: string[]): Promise<void> => {
    const owners = userIds.map((id): [string, string] => [id, random.uuid()]);
    const isBatch = owners.length > 1;
    const body = owners.map(([userId, eventId]) => JSON.stringify(eventOf(userId, eventId))).join('\n');
    const contentType = isBatch ? 'application/x-ndjson' : 'application/json';
    const url = `${system.url}/v1/emotions/${isBatch ? 'batch' : 'stream'}`;
    const init = { method: 'POST', headers: { ...headers, 'content-type': contentType }, body };
    for (const deadline = Date.now() + GIVE_UP_MS; Date.now() < deadline; await Bun.sleep(RETRY_MS)) {
      const response = await fetch(url, init).catch(() => null);
      if (response === null) continue;
      const { rejected = [] } = (await response.json().catch(() => ({}))) as Received;
      if (response.status === 403) return;
      if (response.status !== 202) continue;
      note(
        owners,
        rejected.map(({ line }) => line),
      );
      return;
    }
  };
  return {
    taken,
    lastTakenMs,
    withdrawnMs,
    async run(durationMs: number): Promise<void> {
      const startedMs = performance.now();
      for (let sent = 0, request = 0; ; request += 1) {
        const dueMs = (sent / EVENTS_PER_SECOND) * 1000;
        if (dueMs > durationMs) return;
        await Bun.sleep(Math.max(0, startedMs + dueMs - performance.now()));
        const count = request % BATCH_EVERY === 0 ? LINES_PER_BATCH : 1;
        sent += count;
        const pick = () => random.pick(random.next() < 0.5 ? others : withdrawing).id;
        const sending = send(Array.from({ length: count }, pick)).finally(() => pending.delete(sending));
        pending.add(sending);
      }
    },
    async withdraw({ id, token }: Customer): Promise<void> {
      const url = `${system.url}/v1/users/${id}/consents/emotion_capture`;
      const body = JSON.stringify({ granted: false, text_version: 'drill' });
      const init = { method: 'PUT', headers: { authorization: `Bearer ${token}`, ...JSON_TYPE }, body };
      for (const deadline = Date.now() + GIVE_UP_MS; Date.now() < deadline; await Bun.sleep(RETRY_MS)) {
        const response = await fetch(url, init).catch(() => null);
        await response?.text().catch(() => '');
        if (response?.status !== 200) continue;
        withdrawnMs.set(id, Date.now());
        return;
      }
    },
    /** Resolves when an event of each was taken from now on. */
    async untilTaken(senders: Customer[]): Promise<void> {
      const sinceMs = Date.now();
      const isTaken = ({ id }: Customer) => (lastTakenMs.get(id) ?? 0) >= sinceMs;
      for (const deadline = Date.now() + GIVE_UP_MS; Date.now() < deadline; await Bun.sleep(RETRY_MS)) {
        if (senders.every(isTaken)) return;
      }
    },
    settled: async () => void (await Promise.all(pending)),
  };
}

type Received = { rejected?: { line: number }[] };
const JSON_TYPE = { 'content-type': 'application/json' };

const eventOf = (userId: string, eventId: string) => ({
  userId,
  eventId,
  timestamp: new Date().toISOString(),
  emotionEvent: { type: 'calm', metrics: { positivity: 0.5, intensity: 0.5, stress_level: 0.5 } },
});

async function judge(
  { sql, claim }: Stage,
  { taken, lastTakenMs, withdrawnMs }: ReturnType<typeof createSender>,
  measured: Customer[],
) {
  await untilStored(async () => (await countMissing(sql, taken.others)) === 0);
  const lostCount = await countMissing(sql, taken.others);
  const goneCount = await countMissing(sql, taken.withdrawing);
  const [rows] = await sql`
    select count(*) filter (where created_at > withdrawn_at + ${OBEYED_MS} * interval '1 ms')::int as late,
      coalesce(ceil(max(extract(epoch from created_at - withdrawn_at)) * 1000), 0)::int as "lastRowMs"
    from emotional_events join consents using (user_id)
    where purpose = 'emotion_capture' and not granted`;
  const lastTaken = Math.max(
    0,
    ...measured.map(({ id }) => (lastTakenMs.get(id) ?? 0) - (withdrawnMs.get(id) ?? Infinity)),
  );
  claim('every withdrawal was confirmed', withdrawnMs.size === WITHDRAWING);
  claim('no event is stored later than a second after its customer withdrew', rows?.late === 0);
  claim('no event of another customer is lost', lostCount === 0);
  const figures = {
    others: taken.others.size,
    taken: taken.withdrawing.size,
    lost: lostCount,
    gone: goneCount,
  };
  return {
    ...figures,
    late: rows?.late as number,
    lastRowMs: rows?.lastRowMs as number,
    lastTakenMs: lastTaken,
  };
}

async function untilStored(isStored: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + GIVE_UP_MS; Date.now() < deadline; await Bun.sleep(RETRY_MS)) {
    if (await isStored()) return;
  }
}

async function countMissing(sql: Stage['sql'], ids: Set<string>): Promise<number> {
  const [row] = await sql`
    select count(*)::int as missing from unnest(${[...ids]}::uuid[]) as sent (id)
    where not exists (select from emotional_events where emotional_events.id = sent.id)`;
  return row?.missing as number;
}

/** Events that the worker has dropped, by its metrics. */
async function droppedOf({ system }: Stage): Promise<number> {
  const worker = system.state().children.find(({ name }) => name === 'emotion-processing');
  const text = await fetch(`${worker?.opsUrl}/metrics`).then((response) => response.text());
  const pattern = /^ecs_events_dropped_total\{[^}]*reason="consent_withdrawn"[^}]*\} (\d+)/gm;
  return [...text.matchAll(pattern)].reduce((sum, [, count]) => sum + Number(count), 0);
}
