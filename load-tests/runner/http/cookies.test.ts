import { expect, test } from 'bun:test';
import { cookieHeader, createJar, parseSetCookie } from './cookies.ts';

/** The Cookie header of a request to `next`, after `address` set these cookies. */
function carried(address: string, headers: string[], next = address): string {
  const jar = createJar();
  jar.add(headers.flatMap((header) => parseSetCookie(header, address) ?? []));
  return cookieHeader(jar.for(next));
}

test.each([
  ['in the folder that set it', 'http://h/x/y', ['s=1'], 'http://h/x/z', 's=1'],
  ['not outside of that folder', 'http://h/x/y', ['s=1'], 'http://h/w', ''],
  ['on every port of its host', 'http://127.0.0.1:8000/', ['s=1'], 'http://127.0.0.1:9000/', 's=1'],
  ['to its host alone', 'http://a.example.com/', ['s=1'], 'http://b.a.example.com/', ''],
  ['to its domain', 'http://a.example.com/', ['s=1; Domain=.Example.com'], 'http://b.example.com/', 's=1'],
  ['never for a foreign domain', 'http://a.example.com/', ['s=1; Domain=other.com'], 'http://other.com/', ''],
  ['never for a part of an address', 'http://127.0.0.1/', ['s=1; Domain=0.0.1'], 'http://127.0.0.1/', ''],
  ['over TLS only, when it says so', 'https://h/', ['s=1; Secure'], 'http://h/', ''],
  ['the longest path first', 'http://h/', ['s=1; Path=/a', 'r=2; Path=/a/b'], 'http://h/a/b/c', 'r=2; s=1'],
  [
    'as it came, escapes too, but the quotes around it',
    'http://h/',
    ['s="a%20b="; HttpOnly'],
    'http://h/',
    's=a%20b=',
  ],
  ['without a quote inside its value, as in k6', 'http://h/', ['s={"a":1}', 'r=2'], 'http://h/', 'r=2'],
])('a cookie is sent %s', (_, address, headers, next, expected) => {
  expect(carried(address, headers, next)).toBe(expected);
});

test.each([
  'Max-Age=0',
  'Max-Age=-1',
  'Expires=Thu, 01 Jan 1970 00:00:00 GMT',
  'Expires=Thu, 01-Jan-70 00:00:00 GMT',
  'Max-Age=0; Expires=Fri, 31 Dec 2100 00:00:00 GMT',
])('%s removes a cookie', (attribute) => {
  expect(carried('http://h/', ['s=1', `s=; ${attribute}`])).toBe('');
});

test('a time that cannot be read makes a cookie of the session, a header without a name makes none', () => {
  expect(carried('http://h/', ['s=1; Max-Age=soon', 'r=2; Expires=soon'])).toBe('s=1; r=2');
  expect(parseSetCookie('novalue', 'http://h/')).toBeNull();
  expect(parseSetCookie('=1', 'http://h/')).toBeNull();
});
