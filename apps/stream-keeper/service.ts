import { openBus } from '../../platform/messaging/bus.ts';
import type { ConfigOf } from '../../platform/kernel/config.ts';
import { LAYOUT_VARIABLES, streamLayout } from '../../platform/messaging/stream-config.ts';
import type { Service } from '../../platform/http/operations.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { startStreamKeeper } from '../../platform/messaging/stream-keeper.ts';

/** The one process that may make streams and durable consumers where each service has its own broker user. */
const NAME = 'stream-keeper';

export const variables = LAYOUT_VARIABLES;

export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Service {
  const { log, metrics, lifecycle } = runtime;
  const streams = streamLayout(config);
  const bus = openBus({ url: config.NATS_URL, name: NAME, streams, log, metrics });
  lifecycle.onClose(`${NAME} bus`, bus.close);
  const keeper = startStreamKeeper({ bus, streams, log, lifecycle });
  return { name: NAME, checks: { nats: bus.ping, streams: keeper.check } };
}
