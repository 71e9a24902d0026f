import { expect, test } from 'bun:test';
import { readHttpOptions } from './http-options.ts';

test.each<[string, object]>([
  ['batch must be a whole number, not 1.5', { batch: 1.5 }],
  ['batchPerHost must be a whole number', { batchPerHost: '2.5' }],
  ['rps must be a whole number', { rps: 0.5 }],
  ['maxRedirects must be a whole number', { maxRedirects: 2.5 }],
  ['httpDebug must be a text, not true', { httpDebug: true }],
  ['dns.ttl must be a text, not 5', { dns: { ttl: 5 } }],
  ['tlsAuth: each entry needs a cert and a key', { tlsAuth: [null] }],
  ['tlsAuth: unknown field "pass"', { tlsAuth: [{ cert: 'c', key: 'k', pass: 'p' }] }],
  ['tlsAuth.password must be a text', { tlsAuth: [{ cert: 'c', key: 'k', password: 5 }] }],
  ['tlsVersion: unknown field "maximum"', { tlsVersion: { min: 'tls1.2', maximum: 'tls1.3' } }],
])('what nothing would obey is refused: %s', (message, fields) => {
  expect(() => readHttpOptions(fields as Record<string, unknown>)).toThrow(message);
});

test('names within an option are in any case, and null sets nothing', () => {
  const { dns, tls } = readHttpOptions({
    dns: { TTL: '1s', select: null },
    tlsVersion: { Min: 'tls1.2', max: null },
    tlsAuth: [{ Cert: 'c', Key: 'k', password: null }],
    tlsCipherSuites: [],
  });
  expect(dns).toEqual({ ttlMs: 1000, select: 'random', policy: 'preferIPv4' });
  expect(tls).toEqual({ minVersion: 0x0303, certificates: [{ cert: 'c', key: 'k', patterns: [] }] });
});
