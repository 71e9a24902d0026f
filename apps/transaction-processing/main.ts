import { openBus } from '../../platform/bus.ts';
import {
  type ConfigOf,
  VARIABLES,
  STREAM_VARIABLES,
  streamLayout,
  consumedPartitions,
} from '../../platform/config.ts';
import { startConsumer } from '../../platform/consumer.ts';
import { createEventDecoder } from '../../platform/event-decoder.ts';
import { TransactionMessage } from '../../platform/events.ts';
import { refuseUnknownUsers } from '../../platform/known-users.ts';
import type { Part } from '../../platform/operations.ts';
import { keepPartitions } from '../../platform/partitions.ts';
import type { Runtime } from '../../platform/runtime.ts';
import { openDatabase } from '../../platform/sql.ts';
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
  keepPartitions({ database, lifecycle, log });
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
