import { DiscardPolicy, nanos, RetentionPolicy, StorageType } from 'nats';
import { DAY_MS } from '../../sdk/contracts/time.ts';
import type { Bus } from './bus.ts';
import { orNull } from './broker-errors.ts';
import { DEAD_LETTER_DROPS, DEAD_LETTERS } from './topology.ts';

/** Makes the stream that records dropped dead letters, with as many replicas as the dead letters have. */
export async function ensureDropStream(bus: Bus): Promise<void> {
  if (await hasDropStream(bus)) return;
  const { jsm } = bus.client();
  const { config } = await jsm.streams.info(DEAD_LETTERS.stream);
  await jsm.streams.add({
    name: DEAD_LETTER_DROPS.stream,
    subjects: [DEAD_LETTER_DROPS.subject],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: nanos(DEAD_LETTER_DROPS.ageMaxDays * DAY_MS),
    max_bytes: DEAD_LETTER_DROPS.bytesMax,
    num_replicas: config.num_replicas,
  });
}

export async function hasDropStream(bus: Bus): Promise<boolean> {
  return (await orNull(() => bus.client().jsm.streams.info(DEAD_LETTER_DROPS.stream))) !== null;
}
