import { afterAll, expect, test } from 'bun:test';
import { connect } from 'node:net';
import { createPeers } from '../platform/http/client-address.ts';
import { listen } from './listen.ts';

const logged: unknown[] = [];
const log = { error: (...line: unknown[]) => void logged.push(line) };
const peers = createPeers();
const server = listen({
  host: '127.0.0.1',
  port: 0,
  live: true,
  log,
  peers,
  handle: (request) => {
    if (request.url.endsWith('/broken')) throw new Error('a bug');
    const path = request.url.replace(/^http:\/\/[^/]+/, '');
    return new Response(`${path} from ${peers.of(request)}`);
  },
});

afterAll(server.close);

test.each(['GET /a HTTP/1.0\r\n\r\n', 'GET /a HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'])(
  'knows the address of a client that names no host: %p',
  async (head) => {
    const reply = await new Promise<string>((resolve, reject) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write(head));
      let received = '';
      socket.on('data', (chunk) => {
        received += chunk.toString();
      });
      socket.on('close', () => resolve(received));
      socket.on('error', reject);
    });
    expect(reply).toEndWith('from 127.0.0.1');
  },
);

test('a server that leaves goes on taking requests, and has its clients close their connections', async () => {
  const leaving = listen({ host: '127.0.0.1', port: 0, log, handle: () => new Response('ok') });
  const ask = () => fetch(`http://127.0.0.1:${leaving.port}/`);
  expect((await ask()).headers.get('connection')).not.toBe('close');
  leaving.leave();
  for (let request = 0; request < 3; request += 1) {
    const response = await ask();
    expect({ status: response.status, connection: response.headers.get('connection') }).toEqual({
      status: 200,
      connection: 'close',
    });
  }
  await leaving.drain();
  await leaving.close();
  await expect(ask()).rejects.toThrow('connect');
});

test('processes share a port that each of them wants to share, and none takes that of another', async () => {
  const options = { host: '127.0.0.1', log, handle: () => new Response('ok') };
  const alone = listen({ ...options, port: 0 });
  expect(() => listen({ ...options, port: alone.port })).toThrow('in use');
  expect(() => listen({ ...options, port: alone.port, isShared: true })).toThrow('in use');
  const first = listen({ ...options, port: 0, isShared: true });
  const second = listen({ ...options, port: first.port, isShared: true });
  expect(second.port).toBe(first.port);
  await first.close();
  expect((await fetch(`http://127.0.0.1:${second.port}/`)).status).toBe(200);
  await Promise.all([alone.close(), second.close()]);
});

test('logs an error that no handler turned into a response', async () => {
  const response = await fetch(`http://127.0.0.1:${server.port}/broken`);
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('a bug');
  expect(JSON.stringify(logged)).toContain('a bug');
});

test.each(['/a/%2e%2e/b', '/a/../b', '/a/.%2E/b', '/./b', '/a\\..\\b', '/b?c=/../'])(
  'reads the path %s once: as a URL parser does, with and without a Host',
  async (target) => {
    const replyTo = (head: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(server.port, '127.0.0.1', () => socket.write(`GET ${target} ${head}\r\n\r\n`));
        socket.on('data', (chunk) => resolve(String(chunk)));
        socket.on('error', reject);
      });
    for (const head of ['HTTP/1.1\r\nHost: x\r\nConnection: close', 'HTTP/1.0']) {
      expect(await replyTo(head)).toContain('\r\n\r\n/b');
    }
  },
);
