import { openBus } from '../../platform/messaging/bus.ts';
import { type ConfigOf, VARIABLES } from '../../platform/kernel/config.ts';
import {
  STREAM_VARIABLES,
  streamLayout,
  consumedPartitions,
} from '../../platform/messaging/stream-config.ts';
import { startConsumer } from '../../platform/consuming/consumer.ts';
import { createEventDecoder } from '../../platform/consuming/event-decoder.ts';
import { TransactionMessage } from '../../platform/messaging/events.ts';
import { refuseUnknownUsers } from '../../platform/consuming/known-users.ts';
import type { Part } from '../../platform/http/operations.ts';
import { startPartitionKeeper } from '../../platform/data/event-tables.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { openDatabase } from '../../platform/data/sql.ts';
import { createRecordTransactions } from './record-transactions.ts';

const NAME = 'transaction-processing';

export const variables = {
  DATABASE_URL: VARIABLES.DATABASE_URL,
  SQL_POOL_SIZE: VARIABLES.SQL_POOL_SIZE,
  ...STREAM_VARIABLES,
  STREAM_PARTITIONS_CONSUMED: VARIABLES.STREAM_PARTITIONS_CONSUMED,
};

export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Part {
  const { log, metrics, lifecycle, failpoint } = runtime;
  const database = openDatabase({
    url: config.DATABASE_URL,
    name: NAME,
    poolSize: config.SQL_POOL_SIZE,
    log,
  });
  lifecycle.onClose(`${NAME} database`, database.close);
  startPartitionKeeper({ database, lifecycle, log });
  const streams = streamLayout(config);
  const bus = openBus({ url: config.NATS_URL, name: NAME, streams, log, metrics });
  lifecycle.onClose(`${NAME} bus`, bus.close);

  const consumer = startConsumer({
    bus,
    topic: 'transactions',
    streams,
    partitions: consumedPartitions(config),
    decode: createEventDecoder(TransactionMessage, 'occurredAt'),
    gather: true,
    handle: refuseUnknownUsers(database, createRecordTransactions({ database })),
    log,
    metrics,
    lifecycle,
    failpoint,
  });

  return {
    name: NAME,
    checks: {
      nats: bus.ping,
      postgresql: database.ping,
      [`${NAME} consumer`]: consumer.check,
      [`${NAME} dead letters`]: consumer.checkDeadLetters,
    },
    status: async () => ({ consumer: await consumer.lag() }),
  };
}
