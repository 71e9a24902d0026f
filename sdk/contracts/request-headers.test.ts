import { expect, test } from 'bun:test';
import { faultsOfHeaders, isUtf8 } from './request-headers.ts';

const placesOf = (method: string, headers: Record<string, string>) =>
  faultsOfHeaders(method, new Headers(headers)).map(({ path }) => path);

test.each<[string, Record<string, string>, string[]]>([
  ['POST', { 'x-http-method-override': 'DELETE' }, ['/header/X-HTTP-Method-Override']],
  ['GET', { 'x-http-method': 'PUT' }, ['/header/X-HTTP-Method']],
  ['POST', { 'x-method-override': 'patch' }, ['/header/X-Method-Override']],
  ['POST', { 'x-http-method-override': ' post' }, []],
  ['PUT', { 'content-range': 'bytes 0-5/10' }, ['/header/Content-Range']],
  ['PUT', { 'idempotency-key': 'order-17' }, ['/header/Idempotency-Key']],
  ['PATCH', { 'idempotency-key': 'order-17' }, ['/header/Idempotency-Key']],
  ['DELETE', { 'idempotency-key': 'order-17' }, ['/header/Idempotency-Key']],
  ['POST', { 'idempotency-key': 'order-17' }, []],
  ['GET', { 'idempotency-key': 'order-17' }, []],
  ['GET', { 'content-length': '2' }, ['/body']],
  ['HEAD', { 'transfer-encoding': 'chunked' }, ['/body']],
  ['GET', { 'content-length': '0' }, []],
  ['POST', { 'content-length': '2', 'transfer-encoding': 'chunked' }, []],
  [
    'GET',
    { 'last-event-id': '1\x7f', 'if-none-match': 'W/"\x7f"' },
    ['/header/If-None-Match', '/header/Last-Event-ID'],
  ],
  [
    'POST',
    { 'content-type': 'application/json;\x7f', accept: 'a\x1b' },
    ['/header/Accept', '/header/Content-Type'],
  ],
  ['GET', { 'idempotency-key': 'a\x7f' }, ['/header/Idempotency-Key']],
  ['POST', { 'idempotency-key': 'a\x7f' }, []],
  ['POST', { 'x-internal-key': 'a\x7f' }, ['/header/X-Internal-Key']],
  ['GET', { accept: 'text/html,\t*/*', 'last-event-id': 'é' }, []],
])('of a %s with %j nothing would obey %j', (method, headers, places) => {
  expect(placesOf(method, headers)).toEqual(places);
});

test.each([
  ['application/json', true],
  ['application/json; charset="UTF-8"', true],
  ['application/json; charset=utf-8; version=2', true],
  ['application/json; charset=utf-8, text/plain; charset=latin1', false],
  ["application/json; charset*=UTF-8''latin1", false],
  ['application/json; charset=utf-16', false],
])('%s is UTF-8: %p', (type, isRight) => {
  expect(isUtf8(type)).toBe(isRight);
});
