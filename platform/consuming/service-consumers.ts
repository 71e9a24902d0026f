import type { Database } from '../data/sql.ts';
import type { Service } from '../http/operations.ts';
import type { Runtime } from '../http/runtime.ts';
import type { MessagingService } from '../messaging/topic.ts';
import { type Consumer, type ConsumerOptions, type Lag, startConsumer } from './consumer.ts';

/** Options that all consumers of a service share: its name, its connections, and the parts of its process. */
type Shared = 'durable' | 'bus' | 'database' | 'streams' | 'log' | 'metrics' | 'lifecycle' | 'failpoint';

/** The durable consumers of one service, and what they add to its readiness and its status. */
interface ServiceConsumers {
  /**
   * Starts the consumer of one topic. Its name is that of its lag in the status, and tells it from the others
   * in the checks; that of a service's first one is `consumer`.
   */
  start<Event>(name: string, consumer: Omit<ConsumerOptions<Event>, Shared>): void;
  /** One check for each consumer, and one for the dead letters of all. */
  checks(): Service['checks'];
  lags(): Promise<Record<string, Lag>>;
}

export function createServiceConsumers(
  service: MessagingService,
  connections: { database: Database } & Pick<ConsumerOptions<never>, 'bus' | 'streams'>,
  { log, metrics, lifecycle, failpoint }: Runtime,
): ServiceConsumers {
  const shared = { durable: service, ...connections, log, metrics, lifecycle, failpoint };
  const consumers = new Map<string, Consumer>();
  return {
    start: (name, consumer) => void consumers.set(name, startConsumer({ ...shared, ...consumer })),
    checks: () => ({
      ...Object.fromEntries([...consumers].map(([name, { check }]) => [checkName(service, name), check])),
      [`${service} dead letters`]: async () => {
        await Promise.all([...consumers.values()].map(({ checkDeadLetters }) => checkDeadLetters()));
      },
    }),
    async lags() {
      const lags = [...consumers].map(async ([name, { lag }]) => [name, await lag()] as const);
      return Object.fromEntries(await Promise.all(lags));
    },
  };
}

const checkName = (service: string, name: string) =>
  name === 'consumer' ? `${service} consumer` : `${service} consumer of ${name}`;
