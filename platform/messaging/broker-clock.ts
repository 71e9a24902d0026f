import { AckPolicy, DeliverPolicy, nanos } from 'nats';
import type { Bus } from './bus.ts';

/** After this long the broker forgets a reader that nobody asks. */
const READER_IDLE_MS = 1000;
/** Asking costs a reader; between two questions a clock that nobody sets goes on. */
const REMEMBERED_MS = 1000;

/** The broker's time as it was asked for last, with that of the process's own clock that nobody sets. */
interface Reading {
  atMs: number;
  brokerMs: Promise<number>;
}

const readings = new WeakMap<Bus, Reading>();

/**
 * Returns the time by the broker's clock, in milliseconds. What a message says of its time is compared with
 * this, never with the clock of a process: that of another machine may be an hour ahead.
 */
export async function readBrokerTime(bus: Bus, stream: string): Promise<number> {
  const nowMs = performance.now();
  let reading = readings.get(bus);
  if (!reading || nowMs - reading.atMs > REMEMBERED_MS) {
    reading = { atMs: nowMs, brokerMs: askBroker(bus, stream) };
    reading.brokerMs.catch(() => readings.delete(bus));
    readings.set(bus, reading);
  }
  const { atMs, brokerMs } = reading;
  return (await brokerMs) + nowMs - atMs;
}

/** The broker notes when it has made a reader, which it forgets in a moment. */
async function askBroker(bus: Bus, stream: string): Promise<number> {
  const { created } = await bus.client().jsm.consumers.add(stream, {
    name: `clock-${crypto.randomUUID()}`,
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.New,
    inactive_threshold: nanos(READER_IDLE_MS),
    mem_storage: true,
  });
  return Date.parse(created);
}
