import { expect, test } from 'bun:test';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { startNatsWith } from '../../tests/harness/tls-engines.ts';
import { reasonOf } from '../kernel/errors.ts';
import { type Bus, openBus } from './bus.ts';

// needs: nats

const { log, metrics, lifecycle } = createTestRuntime();

const userWith = (password: string) => `authorization { user: u, password: "${password}" }`;
const REFUSAL = /authentication error/g;

async function startBroker(password: string) {
  const nats = await startNatsWith([userWith(password)]);
  lifecycle.onClose('nats', () => nats.stop('SIGKILL', 1000));
  return nats;
}

/** A bus of the user at these brokers. */
async function openBusOf(password: string, ports: number[]) {
  const url = `nats://u:${password}@${ports.map((port) => `127.0.0.1:${port}`).join(',')}`;
  const bus = openBus({ url, name: 'test', streams: null, log, metrics });
  lifecycle.onDrain('bus', bus.close);
  await bus.connected(5000);
  return bus;
}

const failureOf = (bus: Bus) =>
  bus.ping().then(
    () => null,
    (error: unknown) => reasonOf(error),
  );

test('a bus whose password was changed at the broker says so, and is back with the password', async () => {
  const nats = await startBroker('former');
  const bus = await openBusOf('former', [nats.port]);
  let reconnectCount = 0;
  bus.onReconnect(() => (reconnectCount += 1));
  nats.reload([userWith('latter')]);
  // The client would give up after the second.
  await eventually('several refusals', () => (nats.readLog().match(REFUSAL) ?? []).length > 3);
  expect(await failureOf(bus)).toContain('Authorization Violation');
  nats.reload([userWith('former')]);
  await eventually('the connection', async () => (await failureOf(bus)) === null);
  expect(reconnectCount).toBe(1);
});

test('a bus finds the broker of a cluster that still takes its password, or takes it already', async () => {
  const [first, second] = [await startBroker('former'), await startBroker('latter')];
  const bus = await openBusOf('former', [first.port, second.port]);
  first.reload([userWith('latter')]);
  second.reload([userWith('former')]);
  const isAtSecond = async () => {
    await bus.ping();
    return bus.client().connection.getServer() === `127.0.0.1:${second.port}`;
  };
  await eventually('the second broker', isAtSecond);
});
