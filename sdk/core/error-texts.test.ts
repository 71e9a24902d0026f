import { expect, test } from 'bun:test';
import { EcsClient } from '../client.ts';
import type { EcsClientOptions } from './options.ts';
import { failureOf } from './test-server.ts';

const json = { 'content-type': 'application/json' };
const respond = (body: string, init?: ResponseInit) => () => Promise.resolve(new Response(body, init));
const never = () => new Promise<Response>(() => {});
const failWith = (make: (url: string) => Error) => (url: string) => Promise.reject(make(url));
const brokenOff = () => {
  const body = new ReadableStream({
    pull(controller) {
      controller.error(new Error('reset'));
    },
  });
  return Promise.resolve(new Response(body, { headers: json }));
};

/** Each error with an address in its text, by a part of that text. */
const TEXTS: [
  part: string,
  fetch: NonNullable<EcsClientOptions['fetch']>,
  options?: Partial<EcsClientOptions>,
][] = [
  ['a redirect, which is not followed', respond('', { status: 302 })],
  ['with a page', respond('<!doctype html>', { headers: { 'content-type': 'text/html' } })],
  ["with not the API's JSON", respond('{"items": [', { headers: json })],
  ['returned 502 without a problem document', respond('', { status: 502 })],
  ['a body of more than 5 bytes', respond('{"a": "b"}', { headers: json }), { responseBytesMax: 5 }],
  ['timeoutMs of an attempt', never, { timeoutMs: 1 }],
  ['deadlineMs of the call', never, { deadlineMs: 1 }],
  ['cannot be reached', failWith((url) => new Error(`request to ${url} failed`))],
  ['cannot be reached', failWith((url) => new TypeError('failed', { cause: new Error(`get ${url}`) }))],
  ['ECONNREFUSED', failWith((url) => Object.assign(new Error(url), { code: 'ECONNREFUSED' }))],
  ['could not connect in time', failWith((url) => Object.assign(new Error(url), { code: 'ETIMEDOUT' }))],
  ['broke off within its response', brokenOff],
];

test.each(TEXTS)('no address in the text of an error has a secret: %s', async (part, fetch, options) => {
  const ecs = new EcsClient({
    baseUrl: 'http://localhost/ada%40example.com',
    fetch,
    maxRetries: 0,
    ...options,
  });
  const query = { page: '7', token: 'a-secret', 'x-api-key': 'a-secret', who: 'ada@example.com' };
  const error = (await failureOf(ecs.request('GET', '/v1/things', { query }))) as Error;
  expect(error.message).toContain(part);
  expect(error.message).toContain('http://localhost/***/v1/things?page=7&token=***');
  expect(error.message).not.toMatch(/a-secret|ada|example\.com/);
});

test('nor has that of a stream, or of the token endpoint', async () => {
  const baseUrl = 'http://localhost/ada%40example.com';
  for (const fetch of [
    respond('<p>', { status: 200 }),
    respond('', { status: 400 }),
    failWith((url) => new Error(url)),
  ]) {
    const opened = await failureOf(new EcsClient({ baseUrl, fetch, maxRetries: 0 }).customers.export('u'));
    const partner = { clientId: 'ptn_1', clientSecret: 'a-secret' };
    const ecs = new EcsClient({ baseUrl, fetch, maxRetries: 0, ...partner });
    const fetched = await failureOf(ecs.request('GET', '/v1/things'));
    for (const error of [opened, fetched] as Error[]) {
      expect(error.message).not.toMatch(/a-secret|ada|example\.com/);
    }
  }
});
