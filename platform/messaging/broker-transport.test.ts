import { expect, test } from 'bun:test';
import type { Socket } from 'bun';
import { Events, type NatsConnection } from 'nats';
import { eventually, prepareBroker, startEngine } from '../../tests/harness/engines.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { endsWithin } from '../../tests/harness/time.ts';
import { openUnreachable } from '../../tests/harness/unreachable.ts';
import { connectBroker } from './broker-transport.ts';
import { connectionOptions } from './bus-connection.ts';

const { lifecycle } = createTestRuntime();

/** Dials the servers in this order. */
async function connectTo(...urls: string[]): Promise<NatsConnection> {
  const options = {
    ...connectionOptions(urls.join(','), 'test'),
    noRandomize: true,
    reconnectTimeWait: 0,
    reconnectJitter: 0,
  };
  const connection = await connectBroker(options);
  lifecycle.onClose('connection', () => connection.close());
  return connection;
}

const portOf = (url: string) => new URL(url).port;
const hostOf = (url: string) => url.replace(/^nats:\/\/(.*@)?/, '');

test('a server whose machine is gone is passed by in half a second', async () => {
  const { url } = await startEngine('nats');
  const deadServer = await openUnreachable();
  lifecycle.onClose('unreachable', deadServer.close);
  const urls = [url.replace(portOf(url), String(deadServer.port)), hostOf(url)];
  expect(await endsWithin(1000, () => connectTo(...urls))).toBe(true);
});

test('a lost server is dialed after the others, that of the first connection as well', async () => {
  const [first, second] = [await startEngine('nats'), await startEngine('nats')];
  const connection = await connectTo(first.url, hostOf(second.url));
  expect(connection.getServer()).toBe(hostOf(first.url));
  await connection.reconnect();
  await eventually('the other server', () => connection.getServer() === hostOf(second.url));
});

test('a server that was down at the first connection is dialed later, as after a restart of it', async () => {
  const [late, { url }] = [await prepareBroker(), await startEngine('nats')];
  const connection = await connectTo(late.url, hostOf(url));
  expect(connection.getServer()).toBe(hostOf(url));
  await late.start();
  await connection.reconnect();
  await eventually('the other server', () => connection.getServer() === hostOf(late.url));
});

test('a connection that comes after its deadline is closed, and the one that works stays', async () => {
  const { url } = await startEngine('nats');
  const late = Promise.withResolvers<Socket>();
  const closed = Promise.withResolvers<void>();
  const silent = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: { open: (socket) => late.resolve(socket), data() {}, close: () => closed.resolve() },
  });
  lifecycle.onClose('silent', () => silent.stop(true));
  const connection = await connectTo(url.replace(portOf(url), String(silent.port)), hostOf(url));
  const events: string[] = [];
  void (async () => {
    for await (const { type } of connection.status()) events.push(type);
  })();
  (await late.promise).write('INFO {"server_id":"LATE","max_payload":1048576,"proto":1}\r\n');
  await closed.promise;
  await connection.flush();
  expect(events).not.toContain(Events.Disconnect);
});
