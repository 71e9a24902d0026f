import { openDatabase } from '../../platform/data/sql.ts';
import { createLog } from '../../platform/kernel/log.ts';
import { createRecordEmotions } from '../../apps/emotion-processing/record-emotions.ts';
import type { Bench, BenchStage, Measured } from './bench.ts';
import { consumerLagOf } from '../harness/consumer-lag.ts';
import { type GeneratorResult, rawRequest, runGenerator } from './generator.ts';
import type { EmotionMessage } from '../../platform/messaging/event-topics.ts';

/**
 * Events into the system until the last of them is in its table, beside a server that does nothing with them.
 */
const CONNECTIONS = 256;
const BATCH_CONNECTIONS = 4;
const BATCH_LINES = 1000;
const ROWS_PER_STATEMENT = 500;
const STORED_MS_MAX = 120_000;
const metrics = { positivity: 0.5, intensity: 0.4, stress_level: 0.3 };
const emotionOf = (userId: string) => ({
  userId,
  timestamp: new Date().toISOString(),
  emotionEvent: { type: 'calm', metrics },
});

export const emotionBatch: Bench = {
  name: 'emotion-batch-all',
  unit: 'stored/s',
  split: false,
  against: "the worker's statement straight into PostgreSQL, rows/s",
  ours: (stage) =>
    storedPerSecond(stage, 'emotional_events', {
      requests: batchRequests(stage),
      connections: BATCH_CONNECTIONS,
      eventsPerRequest: BATCH_LINES,
    }),
  limit: straightIntoPostgres,
};

/** The rows, those of one event per request with as many connections. */
export const ingestionRows = (connections = CONNECTIONS): Bench[] => [
  single('emotion-single-all', connections, { split: false, table: 'emotional_events' }),
  single('emotion-single-split', connections, { split: true, table: 'emotional_events' }),
  {
    ...single('emotion-single-replicated', connections, { split: true, table: 'emotional_events' }),
    replicas: { gateway: 2, 'emotion-ingestion': 2, 'emotion-processing': 2 },
  },
  emotionBatch,
  single('transaction-single-all', connections, { split: false, table: 'transactions' }),
];

const emotionRequests = ({ customers, system }: BenchStage): string[] =>
  customers.map(({ id }) =>
    rawRequest(
      '/v1/emotions/stream',
      { 'x-internal-key': system.internalKey, 'content-type': 'application/json' },
      JSON.stringify(emotionOf(id)),
    ),
  );

const transactionRequests = ({ customers }: BenchStage): string[] =>
  customers.map(({ id, token }) =>
    rawRequest(
      '/v1/transactions',
      { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      JSON.stringify({ userId: id, amount: 12.5 }),
    ),
  );

const batchRequests = ({ customers, system }: BenchStage): string[] =>
  Array.from({ length: 8 }, (_, turn) => {
    const lines = Array.from({ length: BATCH_LINES }, (_, line) =>
      JSON.stringify(emotionOf(customers[(turn * BATCH_LINES + line) % customers.length]?.id ?? '')),
    );
    return rawRequest(
      '/v1/emotions/batch',
      { 'x-internal-key': system.internalKey, 'content-type': 'application/x-ndjson' },
      lines.join('\n'),
    );
  });

type Table = 'emotional_events' | 'transactions';

/** Applies load and counts the stored rows from the first request to the last row. */
async function storedPerSecond(
  stage: BenchStage,
  table: Table,
  load: { requests: string[]; connections: number; eventsPerRequest: number },
): Promise<Measured> {
  const before = await countOf(stage, table);
  const { requests, connections } = load;
  const result = await runGenerator({ requests, connections, port: stage.port, seconds: stage.seconds });
  const seconds = ((await untilStored(stage)) - result.startedAtMs) / 1000;
  const stored = (await countOf(stage, table)) - before;
  const acknowledged = (result.statuses['202'] ?? 0) * load.eventsPerRequest;
  if (stored < acknowledged) throw new Error(`${table}: ${acknowledged} acknowledged, ${stored} stored`);
  const refused = Object.keys(result.statuses).filter((status) => status !== '202');
  if (refused.length > 0) throw new Error(`${table}: returned ${refused.join(', ')}`);
  return { ...result, value: stored / seconds, count: stored };
}

async function countOf({ sql }: BenchStage, table: Table): Promise<number> {
  const [row] = await sql`select count(*)::float8 as n from ${sql(table)}`;
  return (row as { n: number }).n;
}

/** When no consumer had anything left, in milliseconds since 1970. */
async function untilStored(stage: BenchStage): Promise<number> {
  const deadline = Date.now() + STORED_MS_MAX;
  while ((await consumerLagOf(stage.system)) !== 0) {
    if (Date.now() > deadline) throw new Error(`not stored in ${STORED_MS_MAX / 1000} s`);
    await Bun.sleep(20);
  }
  return Date.now();
}

/** Requests a second of a bare server, with the same generator and connections. */
export async function bareServer(stage: BenchStage, connections: number): Promise<number> {
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/bare-server.ts`], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  try {
    const { value } = await child.stdout.getReader().read();
    const port = Number(new TextDecoder().decode(value));
    const requests = emotionRequests(stage);
    return perSecond(await runGenerator({ port, requests, connections, seconds: stage.seconds }), '202');
  } finally {
    child.kill('SIGKILL');
    await child.exited;
  }
}

export function perSecond({ statuses, seconds }: GeneratorResult, status: string): number {
  return (statuses[status] ?? 0) / seconds;
}

/** The worker's own statement, one after the other, without anything in front of it. */
async function straightIntoPostgres(stage: BenchStage): Promise<number> {
  const log = createLog({ name: 'bench', level: 'silent' });
  const database = openDatabase({ url: stage.system.databaseUrl, name: 'bench', poolSize: 1, log });
  const recordEmotions = createRecordEmotions({ database });
  const startedMs = performance.now();
  let stored = 0;
  try {
    while (performance.now() - startedMs < stage.seconds * 1000) {
      const events = Array.from({ length: ROWS_PER_STATEMENT }, (_, index): EmotionMessage => {
        const event = emotionOf(stage.customers[(stored + index) % stage.customers.length]?.id ?? '');
        const timestamp = event.timestamp.replace('Z', '000Z');
        return { ...event, timestamp, eventId: Bun.randomUUIDv7(), traceId: '0'.repeat(32) };
      });
      await recordEmotions(events);
      stored += events.length;
    }
    return stored / ((performance.now() - startedMs) / 1000);
  } finally {
    await database.close();
  }
}

function single(name: string, connections: number, how: { split: boolean; table: Table }): Bench {
  const { split, table } = how;
  return {
    name,
    unit: 'stored/s',
    split,
    takesConnections: true,
    against: 'a bare Elysia server, requests/s',
    ours: (stage) =>
      storedPerSecond(stage, table, {
        requests: table === 'transactions' ? transactionRequests(stage) : emotionRequests(stage),
        connections,
        eventsPerRequest: 1,
      }),
    limit: (stage) => bareServer(stage, connections),
  };
}
