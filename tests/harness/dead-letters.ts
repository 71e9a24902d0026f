import { openBus } from '../../platform/messaging/bus.ts';
import { type DeadLetterFilter, listDeadLetters } from '../../platform/dead-letters/dead-letter.ts';
import type { DropReason } from '../../platform/dead-letters/dead-letter-drops.ts';
import type { DeadLetter, DeadLetterId } from '../../platform/dead-letters/dead-letter-format.ts';
import { dropDeadLetters, replayDeadLetters } from '../../platform/dead-letters/dead-letter-replay.ts';
import { getDeadLetter } from '../../platform/dead-letters/look-up-letters.ts';
import type { Logger } from '../../platform/kernel/log.ts';
import type { Metrics } from '../../platform/kernel/metrics.ts';

const CONNECT_MS = 5000;

/** The dead letters of a broker, for an operator. */
export interface DeadLetters {
  list(filter?: DeadLetterFilter): Promise<DeadLetter[]>;
  get(id: DeadLetterId): Promise<DeadLetter>;
  replay(id: DeadLetterId, by?: string): Promise<DeadLetter>;
  drop(id: DeadLetterId, why: DropReason): Promise<DeadLetter>;
  close(): Promise<void>;
}

/** Throws AppError 503 when the broker cannot be reached in time. */
export async function openDeadLetters(options: {
  natsUrl: string;
  log: Logger;
  metrics: Metrics;
}): Promise<DeadLetters> {
  const { natsUrl, log, metrics } = options;
  const bus = openBus({
    url: natsUrl,
    name: 'dead-letters',
    streams: null,
    log,
    metrics,
  });
  try {
    await bus.connected(CONNECT_MS);
  } catch (error) {
    await bus.close();
    throw error;
  }
  const onlyOne = async (
    work: (onDone: (letter: DeadLetter) => void) => Promise<void>,
  ): Promise<DeadLetter> => {
    const replayed: DeadLetter[] = [];
    await work((letter) => void replayed.push(letter));
    return replayed[0] as DeadLetter;
  };
  return {
    list: (filter) => listDeadLetters(bus, filter),
    get: (id) => getDeadLetter(bus, id),
    replay: (id, by = 'operator') => onlyOne((onDone) => replayDeadLetters(bus, [id], { by }, onDone)),
    drop: (id, why) => onlyOne((onDone) => dropDeadLetters(bus, [id], why, onDone)),
    close: bus.close,
  };
}
