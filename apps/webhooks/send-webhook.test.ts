import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { afterAll, describe, expect, test } from 'bun:test';
import { makeCertificates } from '../../tests/harness/certificates.ts';
import { NO_CERTIFICATES } from '../../platform/http/process-tls.ts';
import { faultOfWebhookUrl, isOpenAddress } from '../../platform/webhooks/webhook-address.ts';
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

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '100.64.0.1',
  '100.100.100.200',
  '169.254.169.254',
  '168.63.129.16',
  '172.16.0.1',
  '192.168.1.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd00:ec2::254',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::a00:1',
  '2002:a00:1::',
  '2001:0:a00:1::',
  'partner',
])('%s is no address to send to', (address) => {
  expect(isOpenAddress(address, null)).toBe(false);
});

test.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001:81b::200e'])(
  '%s is an address to send to',
  (address) => {
    expect(isOpenAddress(address, null)).toBe(true);
  },
);

test.each([
  'localhost',
  'localhost.',
  'LOCALHOST',
  'a.localhost',
  'printer.local',
  'metadata.google.internal',
])('%s is no name to send to', async (name) => {
  expect(await faultOfWebhookUrl(`https://${name}/`, null)).toBe('must be of a public address');
  const lookUp = async () => ['8.8.8.8'];
  expect(await send({ lookUp }, `https://${name}/`)).toMatchObject({ error: 'the host has a private name' });
});

test('a name without an address is refused, and one that cannot be looked up now is not', async () => {
  const url = 'https://hooks.partner.example/in';
  const nowhere = async () => [];
  expect(await faultOfWebhookUrl(url, null, nowhere)).toBe(
    'must be of a host that has an address: its name has none',
  );
  expect(await faultOfWebhookUrl(url, loopback, nowhere)).not.toBeNull();
  const unknown = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN' }));
  expect(await faultOfWebhookUrl(url, null, unknown)).toBeNull();
  expect(await faultOfWebhookUrl(url, null, async () => ['8.8.8.8'])).toBeNull();
  expect(await send({ lookUp: nowhere }, url)).toMatchObject({ error: 'the host has no address' });
  // No resolver has to be asked for a name that cannot be one.
  expect(await faultOfWebhookUrl(`https://${'a'.repeat(64)}.example/`, null)).toContain('has an address');
});

describe('an attempt', () => {
  test('goes to no private address, by name or as it is, nor when one of several is private', async () => {
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

  test('has a reason that the database takes, whatever the other side has put into it', async () => {
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

  test('tells of a server that is not there', async () => {
    const closed = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
    const url = `http://127.0.0.1:${closed.port}/`;
    closed.stop(true);
    expect(await send({ allowed: loopback }, url)).toMatchObject({
      status: null,
      error: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
