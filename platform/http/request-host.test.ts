import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { withValidHost } from './request-host.ts';

const hosts = fc.oneof(
  fc.constantFrom(
    'localhost',
    'localhost:8000',
    'ecs',
    '127.0.0.1',
    '[::1]:8000',
    'xn--a',
    '1.2.3.999',
    'a b',
  ),
  fc.constantFrom(
    'localhost:99999',
    'localhost:',
    'a,b',
    '',
    '[::1',
    'user@localhost',
    'a\\b',
    'a?b',
    'a%zz',
  ),
  fc.string({ maxLength: 12 }),
);
const targets = fc.oneof(
  fc.constantFrom('/', '/v1/emotions/stream', '/%zz', '/a b', '//x', '/?q=/', '/\\', '/..'),
  fc.string({ maxLength: 12 }).map((text) => `/${text}`),
);

/** A request as a listener gets it: its address is the text that came, parsable or not. */
const received = (url: string) => ({ url, headers: new Headers() }) as unknown as Request;

test('a request goes on exactly where its address can be parsed, whichever addresses came before it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(hosts, targets), { minLength: 1, maxLength: 20 }), (requests) => {
      for (const [host, target] of requests) {
        const url = `http://${host}${target}`;
        const isTaken = URL.canParse(url) && !url.includes('#');
        const take = () => withValidHost(received(url)).url;
        if (isTaken) expect(take()).toBe(url);
        else expect(take).toThrow();
      }
    }),
    { numRuns: 2000 },
  );
});
