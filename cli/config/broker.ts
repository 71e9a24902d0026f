import { steps } from '../../deploy/local/command-line.ts';
import { again } from '../ui/command-line.ts';
import { type Bus, openBus } from '../../platform/messaging/bus.ts';
import { createLog } from '../../platform/kernel/log.ts';
import { createMetrics } from '../../platform/kernel/metrics.ts';
import { CliError, EXIT } from '../ui/output.ts';
import type { EngineContext } from './context.ts';

const CONNECT_MS = 5_000;

/** The broker of a system, as a visitor, for as long as the work takes. */
export async function withBus<T>(natsUrl: string, work: (bus: Bus) => Promise<T>): Promise<T> {
  const log = createLog({ name: 'ecs', level: 'silent' });
  const bus = openBus({ url: natsUrl, name: 'cli', streams: null, log, metrics: createMetrics() });
  try {
    await bus.connected(CONNECT_MS);
    return await work(bus);
  } finally {
    await bus.close();
  }
}

export function requireNats({ natsUrl }: Pick<EngineContext, 'natsUrl'>): string {
  if (natsUrl) return natsUrl;
  throw new CliError(
    'the address of NATS is needed',
    EXIT.usage,
    steps(`NATS_URL_FILE=FILE ${again()}`, 'ecs profile add NAME --url URL --nats-url-file FILE'),
  );
}
