import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { afterAll, describe, expect, test } from 'bun:test';
import { makeCertificates } from '../../tests/harness/certificates.ts';
import { NO_CERTIFICATES } from '../../platform/http/process-tls.ts';
import { createSendWebhook } from './send-webhook.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
const hosts: (string | null)[] = [];
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch(request) {
    hosts.push(request.headers.get('host'));
    return new Response('ok');
  },
});
afterAll(() => server.stop(true));
const send = (options: Partial<Parameters<typeof createSendWebhook>[0]>, url: string) =>
  createSendWebhook({ allowed: null, tls: NO_CERTIFICATES, attemptMs: 2000, ...options })({
    url,
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });

describe('an attempt', () => {
  test.each([
    'localhost',
    'localhost.',
    'LOCALHOST',
    'a.localhost',
    'printer.local',
    'metadata.google.internal',
  ])('goes to no private name, wherever it leads: %s', async (name) => {
    const lookUp = async () => ['8.8.8.8'];
    const attempt = await send({ lookUp }, `https://${name}/`);
    expect(attempt).toMatchObject({ error: 'the host has a private name' });
  });

  test('says that a name has no address', async () => {
    const attempt = await send({ lookUp: async () => [] }, 'https://hooks.partner.example/in');
    expect(attempt).toMatchObject({ error: 'the host has no address' });
  });

  test('goes to no private address, and to none of a name that has a private one among others', async () => {
    const inside = async () => ['8.8.8.8', '10.0.0.1'];
    const url = `http://partner.example.com:${server.port}/`;
    const refused = { status: null, error: 'the host has a private address' };
    expect(await send({ lookUp: inside }, url)).toMatchObject(refused);
    expect(await send({}, `http://127.0.0.1:${server.port}/`)).toMatchObject(refused);
    expect(await send({}, `http://[::ffff:127.0.0.1]:${server.port}/`)).toMatchObject(refused);
    expect(hosts).toEqual([]);
  });

  test('looks the name up once, and connects to the address that was checked', async () => {
    let lookups = 0;
    const rebinding = async () => {
      lookups += 1;
      return lookups === 1 ? ['127.0.0.1'] : ['10.0.0.1'];
    };
    const url = `http://partner.example.com:${server.port}/hooks`;
    expect(await send({ allowed: loopback, lookUp: rebinding }, url)).toEqual({
      status: 200,
      error: null,
      response: 'ok',
    });
    expect(lookups).toBe(1);
    expect(hosts.splice(0)).toEqual([`partner.example.com:${server.port}`]);
    expect(await send({ allowed: loopback, lookUp: rebinding }, url)).toMatchObject({
      error: 'the host has a private address',
    });
  });

  test('checks the certificate by the name, not by the address', async () => {
    const files = makeCertificates('DNS:partner.example.com');
    const [ca, cert, key] = [files.caFile, files.certFile, files.keyFile].map((file) =>
      readFileSync(file, 'utf8'),
    );
    const secure = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      tls: { cert: cert ?? '', key: key ?? '' },
      fetch: () => new Response(),
    });
    const options = { allowed: loopback, lookUp: async () => ['127.0.0.1'] };
    const tls = { toOthers: () => ({ ca: [ca ?? ''] }) };
    expect(await send({ ...options, tls }, `https://partner.example.com:${secure.port}/`)).toMatchObject({
      status: 200,
    });
    expect(await send({ ...options, tls }, `https://other.example.com:${secure.port}/`)).toMatchObject({
      status: null,
      error: expect.stringContaining('another name'),
    });
    expect(await send(options, `https://partner.example.com:${secure.port}/`)).toMatchObject({
      status: null,
      error: expect.stringContaining('not trusted'),
    });
    await secure.stop(true);
  });

  test('has time for another address when one is silent, and tries few of many', async () => {
    let connections = 0;
    const silent = Bun.listen({
      hostname: '127.0.0.2',
      port: 0,
      socket: { data() {}, open: () => void (connections += 1) },
    });
    const files = makeCertificates('DNS:partner.example.com');
    const [ca, cert, key] = [files.caFile, files.certFile, files.keyFile].map((file) =>
      readFileSync(file, 'utf8'),
    );
    const secure = Bun.serve({
      port: silent.port,
      hostname: '127.0.0.1',
      tls: { cert: cert ?? '', key: key ?? '' },
      fetch: () => new Response(),
    });
    const url = `https://partner.example.com.:${silent.port}/`;
    const options = { allowed: loopback, tls: { toOthers: () => ({ ca: [ca ?? ''] }) }, attemptMs: 4000 };
    const lookUp = async () => ['127.0.0.2', '127.0.0.1'];
    expect(await send({ ...options, lookUp }, url)).toMatchObject({ status: 200 });
    void secure.stop(true);
    connections = 0;
    const many = async () => Array.from({ length: 50 }, () => '127.0.0.2');
    expect(await send({ ...options, lookUp: many, attemptMs: 300 }, url)).toMatchObject({ status: null });
    expect(connections).toBeLessThanOrEqual(3);
    silent.stop(true);
  });

  test('has a reason that the database can store, whatever the receiver has put into it', async () => {
    const lookUp = () => Promise.reject(new Error('a\u0000b\ud800'));
    expect(await send({ lookUp }, 'https://partner.example.com/')).toMatchObject({ error: 'ab\ufffd' });
  });

  test('ends in time: without a lookup, without a response, and without an end of one', async () => {
    const never = () => new Promise<string[]>(() => {});
    expect(await send({ lookUp: never, attemptMs: 200 }, 'https://partner.example.com/')).toMatchObject({
      error: 'no response in time',
    });
    const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
    const url = `http://127.0.0.1:${silent.port}/`;
    expect(await send({ allowed: loopback, attemptMs: 300 }, url)).toMatchObject({
      error: 'no response in time',
    });
    silent.stop(true);
    const endless = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              controller.enqueue(new Uint8Array(10));
              await Bun.sleep(20);
            },
          }),
        ),
    });
    const slow = await send({ allowed: loopback, attemptMs: 300 }, `http://127.0.0.1:${endless.port}/`);
    // The status has told; the body is cut.
    expect(slow).toMatchObject({ status: 200, error: null, response: expect.any(String) });
    await endless.stop(true);
  });

  test('says that no server listens at the address', async () => {
    const closed = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
    const url = `http://127.0.0.1:${closed.port}/`;
    closed.stop(true);
    expect(await send({ allowed: loopback }, url)).toMatchObject({
      status: null,
      error: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
