import { afterAll, afterEach, describe, expect, test } from 'bun:test';
import { openJsonPost } from './json-post.ts';
import { NO_CERTIFICATES } from './process-tls.ts';

const BYTES_MAX = 1000;

/** A real server of another organization; the test sets its responses. */
let respond: (request: Request) => Response | Promise<Response>;
const server = Bun.serve({ port: 0, fetch: (request) => respond(request) });
afterAll(() => server.stop(true));

const json = openJsonPost({
  url: new URL(`http://127.0.0.1:${server.port}/predict`),
  timeoutMs: 5000,
  connections: 2,
  bytesMax: BYTES_MAX,
  tls: NO_CERTIFICATES,
});
afterAll(json.close);
afterEach(() => void (respond = () => new Response('')));

describe('a post of JSON to a server of others', () => {
  test('sends the body to the path, and returns the status with the text', async () => {
    respond = async (request) => {
      const { method, headers, url } = request;
      const received = [method, headers.get('content-type'), new URL(url).pathname, await request.json()];
      return Response.json(received, { status: 418 });
    };
    const { status, text } = await json.post({ question: 1 });
    expect([status, JSON.parse(text)]).toEqual([
      418,
      ['POST', 'application/json', '/predict', { question: 1 }],
    ]);
  });

  test('reads a response of as many bytes as are allowed, and not one more', async () => {
    for (const length of [BYTES_MAX - 1, BYTES_MAX]) {
      respond = () => new Response('x'.repeat(length));
      expect((await json.post({})).text).toHaveLength(length);
    }
    respond = () => new Response('x'.repeat(BYTES_MAX + 1));
    await expect(json.post({})).rejects.toThrow('the response is too large');
  });

  test('reads no more of a response without end: its connection is closed', async () => {
    const { promise: isClosed, resolve } = Promise.withResolvers<string>();
    respond = () => {
      const body = new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(500)),
        cancel: () => resolve('closed'),
      });
      return new Response(body);
    };
    await expect(json.post({})).rejects.toThrow('the response is too large');
    expect(await isClosed).toBe('closed');
  });

  test('ends with its caller, long before its time is over', async () => {
    const { promise: isAsked, resolve } = Promise.withResolvers<void>();
    respond = () => {
      resolve();
      return new Promise(() => {});
    };
    const ending = new AbortController();
    const failure = json.post({}, ending.signal).catch(({ name }: Error) => name);
    await isAsked;
    ending.abort();
    expect(await failure).toBe('AbortError');
  });
});
