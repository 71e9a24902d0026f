import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createApi } from './api.ts';
import type { Forwarder } from './forward.ts';

/** The paths that the console asks the gateway for. */
function recorder(): { forwarder: Forwarder; paths: string[] } {
  const paths: string[] = [];
  const forwarder: Forwarder = {
    async send(path) {
      paths.push(path);
      return new Response();
    },
    ping: async () => {},
  };
  return { forwarder, paths };
}

test('whatever its path, a request with a session reaches an endpoint of operators, or nothing', async () => {
  const { forwarder, paths } = recorder();
  const api = createApi({ forwarder, addressOf: () => null, readBody: (request) => request.bytes() });
  const words = fc.array(fc.constantFrom('a', 'me', 'b-c', 'x.y', '..', '.'), { minLength: 1, maxLength: 4 });
  const tricks = ['a', '..', '%2e%2e', '..%2f', '%2f', '/', '//', '\\', '%5c', ';', '%00', '@', '%252e'];
  const path = fc.oneof(
    words.map((list) => list.join('/')),
    fc.array(fc.constantFrom(...tricks), { maxLength: 8 }).map((list) => list.join('')),
  );
  await fc.assert(
    fc.asyncProperty(path, async (text) => {
      const request = new Request(`http://console/console/api/v1/operators/${text}`, {
        headers: { cookie: 'ecs_console=a.b.c' },
      });
      await api(request).catch(() => {});
    }),
    { numRuns: 3000 },
  );
  expect(paths.length).toBeGreaterThan(100);
  // As the next server may read them: decoded, and with the dots resolved.
  const decode = (text: string) => decodeURIComponent(decodeURIComponent(text)).replaceAll('\\', '/');
  const outside = paths.filter((text) => {
    try {
      const { pathname } = new URL(decode(text), 'http://gateway');
      return !pathname.startsWith('/v1/operators/') || pathname.includes('//');
    } catch {
      return true;
    }
  });
  expect(outside).toEqual([]);
});
