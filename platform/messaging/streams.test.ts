import { describe, expect, test } from 'bun:test';
import { eventually, prepareBroker } from '../../tests/harness/engines.ts';
import { createTestRuntime, streams } from '../../tests/harness/runtime.ts';
import { type Bus, openBus } from './bus.ts';
import { ensureConsumer } from './durable-consumer.ts';
import { TOPICS } from './topics.ts';
import { consumedBy } from './topology.ts';

const runtime = createTestRuntime();
const LONG_MS = 30_000;
const topic = consumedBy(TOPICS.emotions, 'emotion-processing');
const { stream, subject, durable } = topic;

const publish = (bus: Bus, text: string) => bus.publish(subject, text, { id: Bun.randomUUIDv7() });
const pull = async (bus: Bus) => (await bus.client().js.pull(stream, durable, 2000)).string();

describe('a durable consumer', () => {
  test(
    'that remembers messages which the broker has lost begins anew, and withholds none of the next ones',
    async () => {
      const broker = await prepareBroker();
      await broker.start();
      const bus = openBus({ url: broker.url, name: 'test', streams, ...runtime });
      runtime.lifecycle.onClose('bus', bus.close);
      await bus.connected(5000);
      const ensure = () => ensureConsumer(bus, topic, streams);
      await ensure();
      for (const text of ['first', 'second', 'third']) {
        await publish(bus, text);
        expect(await pull(bus)).toBe(text);
      }

      // A power cut can do this to a broker that does not sync before it acknowledges.
      await broker.stop();
      broker.forgetMessages(stream);
      await broker.start();
      await bus.connected(5000);
      const { jsm } = bus.client();
      const info = () => jsm.consumers.info(stream, durable);
      const before = await eventually('the broker is asked again', info);
      expect(before.delivered.stream_seq).toBe(3);
      expect((await jsm.streams.info(stream)).state.last_seq).toBe(0);

      await ensure();
      expect(await info()).toMatchObject({ num_ack_pending: 0, delivered: { stream_seq: 0 } });
      await publish(bus, 'fourth');
      expect(await pull(bus)).toBe('fourth');
    },
    LONG_MS,
  );

  test(
    'that has everything stays as it is, whatever it has delivered',
    async () => {
      const broker = await prepareBroker();
      await broker.start();
      const bus = openBus({ url: broker.url, name: 'test', streams, ...runtime });
      runtime.lifecycle.onClose('bus', bus.close);
      await bus.connected(5000);
      const { jsm } = bus.client();
      await ensureConsumer(bus, topic, streams);
      await publish(bus, 'first');
      await pull(bus);
      await jsm.streams.purge(stream);
      const { created } = await jsm.consumers.info(stream, durable);
      await ensureConsumer(bus, topic, streams);
      expect(await jsm.consumers.info(stream, durable)).toMatchObject({ created });
    },
    LONG_MS,
  );
});
