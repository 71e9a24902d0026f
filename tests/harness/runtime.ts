import { afterAll } from 'bun:test';
import { type Bus, openBus } from '../../platform/messaging/bus.ts';
import { openCache } from '../../platform/data/cache.ts';
import { createPeers } from '../../platform/http/client-address.ts';
import { NO_CERTIFICATES } from '../../platform/http/process-tls.ts';
import { createLifecycle } from '../../platform/kernel/lifecycle.ts';
import { NO_HOLD } from '../../platform/kernel/hold.ts';
import { createLog } from '../../platform/kernel/log.ts';
import { createMetrics } from '../../platform/kernel/metrics.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { type Database, openDatabase } from '../../platform/data/sql.ts';
import type { Topic } from '../../platform/messaging/topic.ts';
import type { StreamLayout } from '../../platform/messaging/topology.ts';
import { createTestDatabase, eventually, sharedRedisUrl, startEngine } from './engines.ts';

/**
 * The runtime that a service gets from its process; everything opened with it is closed after the test file.
 */
export function createTestRuntime(): Runtime {
  const log = createLog({ name: 'test', level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  const lifecycle = createLifecycle(log);
  afterAll(() => lifecycle.stop());
  return {
    log,
    metrics: createMetrics(),
    lifecycle,
    hold: NO_HOLD,
    failpoint: () => {},
    peers: createPeers(),
    tls: NO_CERTIFICATES,
  };
}

export async function openTestDatabase(runtime: Runtime, url?: string) {
  const database = openDatabase({
    url: url ?? (await createTestDatabase()),
    name: 'test',
    poolSize: 10,
    log: runtime.log,
  });
  runtime.lifecycle.onClose('database', database.close);
  return database;
}

/**
 * Rows of the tables (by the beginning of their names) that were read one after the other, once PostgreSQL
 * has counted that `stored` were written.
 */
export async function rowsReadInSequence(database: Database, names: string[], stored: number) {
  const tables = names.map((name) => `${name}%`);
  return eventually('what was written is counted', async () => {
    const [row] = await database.query(
      (sql) => sql<{ read: number; written: number }[]>`
        select sum(seq_tup_read)::int as read, sum(n_tup_ins)::int as written, pg_stat_force_next_flush()
        from pg_stat_user_tables where relname like any (${tables})`,
    );
    return row && row.written >= stored ? { rows: row.read } : null;
  });
}

export async function openTestCache(runtime: Runtime, url?: string) {
  const cache = openCache({
    url: url ?? (await sharedRedisUrl()),
    log: runtime.log,
    metrics: runtime.metrics,
  });
  runtime.lifecycle.onClose('cache', cache.close);
  return cache;
}

/** As streams are laid out when nobody says. */
export const streams: StreamLayout = { replicas: 1, partitions: 1 };

/** A bus on a broker of its own. */
export async function openTestBus(runtime: Runtime, layout = streams) {
  const nats = await startEngine('nats');
  const bus = openBus({
    url: nats.url,
    name: 'test',
    streams: layout,
    log: runtime.log,
    metrics: runtime.metrics,
  });
  // Not after the drains: a consumer would wait for the end of a pull that nobody needs any more.
  runtime.lifecycle.onDrain('bus', bus.close);
  await bus.connected(5000);
  return { bus, nats };
}

/** Resolves when every message of a stream is acknowledged: a consumer's lag may be a moment behind a PubAck. */
export async function untilAcknowledged(bus: Bus, { stream, durables }: Topic) {
  await eventually('every message is acknowledged', async () => {
    const { jsm } = bus.client();
    const [{ state }, consumers] = await Promise.all([
      jsm.streams.info(stream),
      Promise.all(durables.map((durable) => jsm.consumers.info(stream, durable))),
    ]);
    return consumers.every(
      ({ ack_floor, num_ack_pending }) => ack_floor.stream_seq >= state.last_seq && num_ack_pending === 0,
    );
  });
}
