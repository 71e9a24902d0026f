import { openServiceBus } from '../../platform/messaging/service-bus.ts';
import { type ConfigOf, VARIABLES } from '../../platform/kernel/config.ts';
import { STREAM_VARIABLES } from '../../platform/messaging/stream-config.ts';
import { dropErased, noteStrays } from '../../platform/consuming/erased-customers.ts';
import { createCustomerHash } from '../../platform/privacy/customer-hash.ts';
import { type ConsumerOptions, startConsumer } from '../../platform/consuming/consumer.ts';
import {
  DecisionMessage,
  LimitClosedMessage,
  ReviewDecidedMessage,
} from '../../platform/messaging/decision-messages.ts';
import { OfferApprovedMessage } from '../../platform/messaging/topics.ts';
import type { Service } from '../../platform/http/operations.ts';
import { startRelay } from '../../platform/outbox/outbox.ts';
import { startLossDetector } from '../../platform/outbox/outbox-loss.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { openServiceDatabase } from '../../platform/data/service-data.ts';
import { createLineDecoder } from '../../platform/kernel/validation.ts';
import { createActivateOffer } from './activate-offer.ts';
import { createNotifyOfClosings, createNotifyOfDenials, createNotifyOfReviews } from './notify-customers.ts';

const NAME = 'credit-application';

export const variables = {
  DATABASE_URL: VARIABLES.DATABASE_URL,
  DATABASE_SESSION_URL: VARIABLES.DATABASE_SESSION_URL,
  SQL_POOL_SIZE: VARIABLES.SQL_POOL_SIZE,
  ...STREAM_VARIABLES,
  ERASURE_KEY: VARIABLES.ERASURE_KEY,
};

export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Service {
  const { log, metrics, lifecycle, failpoint } = runtime;
  const database = openServiceDatabase(NAME, config, runtime);
  const { bus, streams, topics } = openServiceBus(NAME, config, runtime);

  const relay = startRelay({
    database,
    bus,
    topics,
    log,
    metrics,
    lifecycle,
    failpoint,
  });
  startLossDetector({ database, bus, topics, log, lifecycle });
  const ledger = { database, hashOf: createCustomerHash(config.ERASURE_KEY) };
  const onErased = noteStrays(database);
  const wiring = {
    bus,
    database,
    durable: NAME,
    streams,
    log,
    metrics,
    lifecycle,
    failpoint,
    onErased,
  } as const;
  const consume = <Message extends { userId: string }>(
    source: Pick<ConsumerOptions<Message>, 'topic' | 'decode' | 'handle'>,
  ) => startConsumer({ ...wiring, ...source, handle: dropErased(ledger, source.handle) });
  const consumer = consume({
    topic: 'creditOffersApproved',
    decode: createLineDecoder(OfferApprovedMessage),
    handle: createActivateOffer({ database, observeActivation: metrics.activationOf({}) }),
  });
  const decisions = consume({
    topic: 'creditDecisions',
    decode: createLineDecoder(DecisionMessage),
    handle: createNotifyOfDenials({ database }),
  });
  const closings = consume({
    topic: 'creditLimitsClosed',
    decode: createLineDecoder(LimitClosedMessage),
    handle: createNotifyOfClosings({ database }),
  });
  const reviews = consume({
    topic: 'creditReviewsDecided',
    decode: createLineDecoder(ReviewDecidedMessage),
    handle: createNotifyOfReviews({ database }),
  });
  const consumers = [consumer, decisions, closings, reviews];

  return {
    name: NAME,
    checks: {
      nats: bus.ping,
      postgresql: database.ping,
      [`${NAME} consumer`]: consumer.check,
      [`${NAME} consumer of decisions`]: decisions.check,
      [`${NAME} consumer of closings`]: closings.check,
      [`${NAME} consumer of reviews`]: reviews.check,
      [`${NAME} dead letters`]: async () => {
        await Promise.all(consumers.map(({ checkDeadLetters }) => checkDeadLetters()));
      },
    },
    status: async () => ({
      consumer: await consumer.lag(),
      decisions: await decisions.lag(),
      closings: await closings.lag(),
      reviews: await reviews.lag(),
      outbox: await relay.backlog(),
    }),
  };
}
