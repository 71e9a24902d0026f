import { describe, expect, test } from 'bun:test';
import { networkInterfaces } from 'node:os';
import { listen } from '../../apps/listen.ts';
import { askedHost, listenOn, readHost } from './host.ts';

const hasIPv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ family }) => family === 'IPv6'),
);

describe('the host that a process listens on', () => {
  test('is an address or a name', () => {
    const hosts = {
      '::': '::',
      '[::1]': '::1',
      '127.0.0.1': '127.0.0.1',
      'node-1.example': 'node-1.example',
    };
    for (const [text, host] of Object.entries(hosts)) expect(readHost(text)).toBe(host);
    for (const wrong of ['1.2.3', ':::', 'a b', 'http://h', 'h:80', ''])
      expect(() => readHost(wrong)).toThrow();
  });

  test('is asked where it listens, in either family', async () => {
    const hosts = ['127.0.0.1', '0.0.0.0', '::', 'localhost', ...(hasIPv6 ? ['::1'] : [])];
    for (const host of hosts) {
      const server = listen({ host, port: 0, log: { error: () => {} }, handle: () => new Response('here') });
      const response = await fetch(`http://${askedHost(host)}:${server.port}/`);
      expect(await response.text()).toBe('here');
      // Both families where there are both, IPv4 alone where there is no other.
      if (host === '::') expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(200);
      await server.close();
    }
  });

  test('is IPv4 alone where the kernel has no IPv6, for :: and for nothing else', () => {
    const open = (host: string) => {
      if (host.includes(':')) throw Object.assign(new Error('no IPv6'), { code: 'EAFNOSUPPORT' });
      return host;
    };
    expect(listenOn('::', open)).toBe('0.0.0.0');
    expect(() => listenOn('::1', open)).toThrow('no IPv6');
    expect(askedHost('::', {})).toBe('127.0.0.1');
  });
});
