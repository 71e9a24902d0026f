import { startPartitionKeeper } from '../data/event-tables.ts';
import { openServiceDatabase } from '../data/service-data.ts';
import type { Database } from '../data/sql.ts';
import type { Service } from '../http/operations.ts';
import type { Runtime } from '../http/runtime.ts';
import { type ConfigOf, VARIABLES } from '../kernel/config.ts';
import { openServiceBus } from '../messaging/service-bus.ts';
import { consumedPartitions, STREAM_VARIABLES } from '../messaging/stream-config.ts';
import { startLeadSpreader } from '../messaging/stream-leads.ts';
import type { MessagingService } from '../messaging/topic.ts';
import { TOPICS } from '../messaging/topics.ts';
import type { ConsumerOptions } from './consumer.ts';
import { createCustomerHash } from '../privacy/customer-hash.ts';
import { droppingErased } from './erased-customers.ts';
import { rejectUnknownCustomers } from './existing-customers.ts';
import { createServiceConsumers } from './service-consumers.ts';

export const EVENT_WORKER_VARIABLES = {
  DATABASE_URL: VARIABLES.DATABASE_URL,
  SQL_POOL_SIZE: VARIABLES.SQL_POOL_SIZE,
  ...STREAM_VARIABLES,
  STREAM_PARTITIONS_CONSUMED: VARIABLES.STREAM_PARTITIONS_CONSUMED,
  ERASURE_KEY: VARIABLES.ERASURE_KEY,
};

/** More than one, since the order of events does not matter; a third one gains little. */
const PORTIONS_AT_ONCE = 2;

interface EventWorker<Event> extends Pick<ConsumerOptions<Event>, 'topic' | 'decode'> {
  name: MessagingService;
  createHandle(deps: { database: Database }): ConsumerOptions<Event>['handle'];
}

/** Opens a service that stores one topic of events: its connections, its consumer and its checks. */
export function openEventWorker<Event extends { userId: string }>(
  worker: EventWorker<Event>,
  config: ConfigOf<typeof EVENT_WORKER_VARIABLES>,
  runtime: Runtime,
): Service {
  const { name, topic, decode, createHandle } = worker;
  const { log, lifecycle } = runtime;
  const database = openServiceDatabase(name, config, runtime);
  startPartitionKeeper({ database, lifecycle, log });
  const { bus, streams } = openServiceBus(name, config, runtime);

  // A stream keeper, where there is one, spreads the leads as well.
  if (streams.rights !== 'use') startLeadSpreader({ bus, topic: TOPICS[topic], streams, lifecycle, log });
  const ledger = { database, hashOf: createCustomerHash(config.ERASURE_KEY) };
  const consumers = createServiceConsumers(name, { bus, streams, database }, runtime);
  consumers.start('consumer', {
    topic,
    partitions: consumedPartitions(config),
    decode,
    linger: true,
    portionsAtOnce: PORTIONS_AT_ONCE,
    ...droppingErased(ledger, rejectUnknownCustomers(database, createHandle({ database }))),
  });

  return {
    name,
    checks: { nats: bus.ping, postgresql: database.ping, ...consumers.checks() },
    status: consumers.lags,
  };
}
