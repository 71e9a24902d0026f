import { openServiceBus } from '../../platform/messaging/service-bus.ts';
import { type ConfigOf, VARIABLES } from '../../platform/kernel/config.ts';
import { STREAM_VARIABLES } from '../../platform/messaging/stream-config.ts';
import { droppingErased } from '../../platform/consuming/erased-customers.ts';
import { createCustomerHash } from '../../platform/privacy/customer-hash.ts';
import { createServiceConsumers } from '../../platform/consuming/service-consumers.ts';
import {
  DecisionMessage,
  LimitClosedMessage,
  OfferApprovedMessage,
  ReviewDecidedMessage,
} from '../../platform/messaging/credit-topics.ts';
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

  const relay = startRelay({ database, bus, topics, log, metrics, lifecycle, failpoint });
  startLossDetector({ database, bus, topics, log, lifecycle });
  const ledger = { database, hashOf: createCustomerHash(config.ERASURE_KEY) };
  const consumers = createServiceConsumers(NAME, { bus, streams, database }, runtime);
  consumers.start('consumer', {
    topic: 'creditOffersApproved',
    decode: createLineDecoder(OfferApprovedMessage),
    ...droppingErased(ledger, createActivateOffer({ database, observeActivation: metrics.activationOf({}) })),
  });
  consumers.start('decisions', {
    topic: 'creditDecisions',
    decode: createLineDecoder(DecisionMessage),
    ...droppingErased(ledger, createNotifyOfDenials({ database })),
  });
  consumers.start('closings', {
    topic: 'creditLimitsClosed',
    decode: createLineDecoder(LimitClosedMessage),
    ...droppingErased(ledger, createNotifyOfClosings({ database })),
  });
  consumers.start('reviews', {
    topic: 'creditReviewsDecided',
    decode: createLineDecoder(ReviewDecidedMessage),
    ...droppingErased(ledger, createNotifyOfReviews({ database })),
  });

  return {
    name: NAME,
    checks: { nats: bus.ping, postgresql: database.ping, ...consumers.checks() },
    status: async () => ({ ...(await consumers.lags()), outbox: await relay.backlog() }),
  };
}
