import { openBus } from '../../platform/messaging/bus.ts';
import { openCache } from '../../platform/data/cache.ts';
import { type ConfigOf, VARIABLES } from '../../platform/kernel/config.ts';
import { topicsPublishedBy } from '../../platform/messaging/topics.ts';
import { STREAM_VARIABLES, streamLayout } from '../../platform/messaging/stream-config.ts';
import { createKeyMemory } from '../../platform/ingestion/key-memory.ts';
import type { Service } from '../../platform/http/operations.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { createKeys } from '../../platform/http/request.ts';
import { createReceiveEmotions } from './receive-emotions.ts';
import { createRoutes } from './routes.ts';

const NAME = 'emotion-ingestion';

export const variables = {
  ...STREAM_VARIABLES,
  SECRET_KEY: VARIABLES.SECRET_KEY,
  INTERNAL_SERVICE_API_KEY: VARIABLES.INTERNAL_SERVICE_API_KEY,
  /** The content sent under each key; without it the workers still compare. */
  REDIS_URL: VARIABLES.REDIS_URL,
};

export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Service {
  const { log, metrics, lifecycle, failpoint, peers } = runtime;
  const streams = streamLayout(config);
  const bus = openBus({
    url: config.NATS_URL,
    name: NAME,
    streams,
    topics: topicsPublishedBy(NAME),
    log,
    metrics,
  });
  lifecycle.onClose(`${NAME} bus`, bus.close);

  const cache = openCache({ url: config.REDIS_URL, log, metrics });
  lifecycle.onClose(`${NAME} cache`, cache.close);
  const memory = createKeyMemory({ cache, secretKey: config.SECRET_KEY, topic: 'emotions' });

  const receiveEmotions = createReceiveEmotions({ bus, memory, now: Date.now, failpoint });
  const service = createRoutes(
    { name: NAME, keys: createKeys(config), log, metrics, inFlightMax: 10_000, peers },
    receiveEmotions,
  );

  return {
    name: NAME,
    handle: service.handle,
    respond: service.respond,
    checks: { nats: bus.ping },
  };
}
