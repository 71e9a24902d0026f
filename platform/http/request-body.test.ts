import { afterEach, describe, expect, test } from 'bun:test';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { eventually } from '../../tests/harness/engines.ts';
import { createPeers } from './client-address.ts';
import { problemResponse } from '../kernel/errors.ts';
import { type BodyLimits, createBodyReader } from './request-body.ts';

const BYTES_MAX = 100_000;
const closes: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close();
});

/** A listener that returns the length of each body. */
function listen(limits: Partial<BodyLimits> = {}, listener: { maxRequestBodySize?: number } = {}) {
  const peers = createPeers();
  const bodies = createBodyReader({ addressOf: (request) => peers.of(request) ?? 'unknown', limits });
  const errors: unknown[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    ...listener,
    async fetch(request) {
      try {
        const body = await bodies.read(request, BYTES_MAX);
        return Response.json({ bytes: body.byteLength, text: Buffer.from(body.subarray(0, 20)).toString() });
      } catch (error) {
        errors.push(error);
        return problemResponse(error, 'request');
      }
    },
  });
  peers.add(server);
  closes.push(() => server.stop(true));
  return { bodies, errors, port: server.port ?? 0, url: server.url };
}

/** A hand-written client; returns the received text, and whether its connection was closed. */
async function dial(port: number, localAddress: string) {
  const socket: Socket = connect({ port, host: '127.0.0.1', localAddress });
  const client = { received: '', closed: false, write: (text: string) => void socket.write(text) };
  socket.on('data', (data) => {
    client.received += data.toString();
  });
  socket.on('close', () => {
    client.closed = true;
  });
  socket.on('error', () => {});
  closes.push(() => void socket.destroy());
  await new Promise<void>((resolve) => {
    socket.on('connect', () => resolve());
  });
  return client;
}

const head = (length: number) => `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`;
const CHUNKED = 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n';
const post = (url: URL, body: BodyInit, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body, headers });
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

describe('a body', () => {
  test('is read whole, and at most as much as is taken, whatever its length says', async () => {
    const { url, port, bodies } = listen();
    for (const size of [0, 1, 64 * 1024, 64 * 1024 + 1, BYTES_MAX]) {
      const body = 'x'.repeat(size);
      expect(await (await post(url, body)).json()).toMatchObject({ bytes: size });
      const streamed = new Blob([body]).stream();
      expect(await (await post(url, streamed as unknown as BodyInit)).json()).toMatchObject({ bytes: size });
    }
    const declared = await post(url, 'x'.repeat(BYTES_MAX + 1));
    expect([declared.status, await codeOf(declared)]).toEqual([413, 'content_too_large']);
    const undeclared = await dial(port, '127.0.0.1');
    const size = BYTES_MAX + 1;
    undeclared.write(`${CHUNKED}${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`);
    await eventually('a byte too many is rejected', () =>
      Promise.resolve(undeclared.received.startsWith('HTTP/1.1 413') || null),
    );
    const endless = await dial(port, '127.0.0.1');
    endless.write(CHUNKED);
    await eventually('a body without end is rejected', () => {
      endless.write(`1000\r\n${'x'.repeat(4096)}\r\n`);
      return Promise.resolve(endless.received.startsWith('HTTP/1.1 413') || null);
    });
    await eventually('nothing is waited for', () => Promise.resolve(bodies.pending() === 0 || null));
  });

  test('without a length that exceeds the limit of its listener is too large, not a fault of ours', async () => {
    const { url, errors } = listen({}, { maxRequestBodySize: BYTES_MAX / 2 });
    const pieces = async function* () {
      for (let count = 0; count < 8; count += 1) {
        yield Buffer.alloc(BYTES_MAX / 4);
        await Bun.sleep(1);
      }
    };
    // The runtime responds by itself; the error is what the log gets.
    expect((await post(url, pieces as unknown as BodyInit)).status).toBe(413);
    expect(errors).toMatchObject([{ status: 413, code: 'content_too_large' }]);
  });

  test('that does not come is rejected with 408, and its connection is closed', async () => {
    const { port, bodies } = listen({ pollMs: 20, graceMs: 100 });
    const slow = await Promise.all(['127.0.0.1', '127.0.0.2', '127.0.0.3'].map((from) => dial(port, from)));
    slow[0]?.write(`${head(50)}{`);
    slow[1]?.write(`${CHUNKED}1\r\n{\r\n`);
    slow[2]?.write(`${head(90_000)}{`);
    await eventually('all are closed', () => Promise.resolve(slow.every(({ closed }) => closed) || null));
    for (const { received } of slow) {
      expect(received).toStartWith('HTTP/1.1 408 ');
      expect(received.toLowerCase()).toContain('connection: close');
      expect(received).toContain('"code":"body_too_slow"');
    }
    expect(bodies.pending()).toBe(0);
  });

  test('that keeps coming at the least speed is waited for beyond the grace, one that drips is not', async () => {
    const { port } = listen({ pollMs: 20, graceMs: 100, bytesPerSecondMin: 10_000 });
    const steady = await dial(port, '127.0.0.1');
    const dripping = await dial(port, '127.0.0.1');
    steady.write(head(70_000));
    dripping.write(head(70_000));
    for (let bytesSent = 0; bytesSent < 70_000 && !steady.closed; bytesSent += 1000) {
      steady.write('x'.repeat(1000));
      if (!dripping.closed) dripping.write('x');
      await Bun.sleep(10);
    }
    await eventually('the steady one is read', () => Promise.resolve(steady.received !== '' || null));
    expect(steady.received).toContain('"bytes":70000');
    await eventually('the other is rejected', () => Promise.resolve(dripping.closed || null));
    expect(dripping.received).toStartWith('HTTP/1.1 408 ');
  });

  test('waits among so many of its address and of all: the oldest yield to the newest', async () => {
    const { port, bodies } = listen({ pollMs: 20, stalledMax: 6, stalledPerAddressMax: 4 });
    const of = async (from: string, count: number) => {
      const clients = [];
      for (let n = 0; n < count; n += 1) {
        const client = await dial(port, from);
        client.write(`${head(2)}{`);
        await eventually('it is read', () => Promise.resolve(bodies.pending() > 0 || null));
        clients.push(client);
      }
      return clients;
    };
    const closedOf = (clients: { closed: boolean }[]) => clients.map(({ closed }) => closed);
    const greedy = await of('127.0.0.2', 7);
    await eventually('three of one address are rejected', () =>
      Promise.resolve(bodies.pending() === 4 || null),
    );
    const otherClients = [...(await of('127.0.0.3', 2)), ...(await of('127.0.0.4', 2))];
    await eventually('two more are rejected', () =>
      Promise.resolve((bodies.pending() === 6 && closedOf(greedy).filter(Boolean).length === 5) || null),
    );
    expect(closedOf(greedy)).toEqual([true, true, true, true, true, false, false]);
    for (const client of otherClients) client.write('}');
    await eventually('the others are read', () =>
      Promise.resolve(otherClients.every(({ received }) => received.includes('"bytes":2')) || null),
    );
  });
});

describe('an encoded body', () => {
  const gzip = { 'content-encoding': 'gzip' };

  test('is decompressed where it is gzip, by any of its names', async () => {
    const { url } = listen();
    await fc.assert(
      fc.asyncProperty(
        fc.string({ maxLength: 20_000, unit: 'binary' }),
        fc.constantFrom('gzip', 'GZIP', 'x-gzip', 'identity, gzip', ' gzip ,'),
        async (text, encoding) => {
          const response = await post(url, gzipSync(text), { 'content-encoding': encoding });
          expect(await response.json()).toMatchObject({ bytes: Buffer.byteLength(text) });
        },
      ),
      { numRuns: 30 },
    );
    expect(await (await post(url, 'as it is', { 'content-encoding': 'identity' })).json()).toMatchObject({
      text: 'as it is',
    });
  });

  test('counts with its decoded bytes, and a bomb is rejected before it is inflated', async () => {
    const { url } = listen();
    expect(await (await post(url, gzipSync(Buffer.alloc(BYTES_MAX)), gzip)).json()).toMatchObject({
      bytes: BYTES_MAX,
    });
    const noise = gzipSync(crypto.getRandomValues(new Uint8Array(60_000)));
    expect((await post(url, noise, gzip)).status).toBe(200);
    expect((await post(url, gzipSync(Buffer.alloc(BYTES_MAX + 1)), gzip)).status).toBe(413);
    const bomb = gzipSync(Buffer.alloc(60_000_000));
    const before = process.memoryUsage().rss;
    const response = await post(url, bomb, gzip);
    expect([response.status, await codeOf(response)]).toEqual([413, 'content_too_large']);
    expect(process.memoryUsage().rss - before).toBeLessThan(30_000_000);
  });

  test('is rejected when it is damaged, cut off or encoded in another way', async () => {
    const { url } = listen();
    const whole = gzipSync(JSON.stringify({ userId: Bun.randomUUIDv7() }));
    const damaged = Uint8Array.from(whole).fill(7, 12, 20);
    for (const body of [whole.subarray(0, -5), damaged, Buffer.from('{}'), Buffer.concat([whole, damaged])]) {
      const response = await post(url, body, gzip);
      expect([response.status, await codeOf(response)]).toEqual([400, 'malformed_body']);
    }
    for (const encoding of ['br', 'deflate', 'zstd', 'gzip, gzip', 'gzip, br', 'gzip;q=1']) {
      const response = await post(url, whole, { 'content-encoding': encoding });
      expect([encoding, response.status, response.headers.get('accept-encoding')]).toEqual([
        encoding,
        415,
        'gzip',
      ]);
      expect(await codeOf(response)).toBe('unsupported_content_encoding');
    }
  });
});
