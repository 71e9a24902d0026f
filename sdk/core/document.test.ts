import { expect, test } from 'bun:test';
import { EcsClient } from '../client.ts';
import { EcsConnectionError } from './errors.ts';
import { failureOf, problem, startTestServer, USER } from './test-server.ts';

/** Braces, quotes and escapes within texts, and characters of several bytes. */
const DOCUMENT = { format: 'ecs-export-1', data: { a: [{ 'x{"': '}\\' }, { '"}': '{\\"é€🙂' }], b: [{}] } };
const BYTES = new TextEncoder().encode(`${JSON.stringify(DOCUMENT)}\n`);

/** Responds with the beginning of the document: with its length, in chunks, or until the connection closes. */
function startCutServer(framing: 'length' | 'chunks' | 'close') {
  const server = Bun.listen({
    hostname: 'localhost',
    port: 0,
    socket: {
      data(socket, request) {
        const end = Number(/\/(\d+)\/v1/.exec(request.toString())?.[1]);
        const heads = {
          length: `content-length: ${BYTES.length}`,
          chunks: 'transfer-encoding: chunked',
          close: 'connection: close',
        };
        socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${heads[framing]}\r\n\r\n`);
        if (framing === 'chunks') socket.write(`${BYTES.length.toString(16)}\r\n`);
        socket.write(BYTES.subarray(0, end));
        socket.end();
      },
    },
  });
  return { baseUrl: `http://localhost:${server.port}`, stop: () => server.stop(true) };
}

test.each(['length', 'chunks', 'close'] as const)(
  'an export that ends at any byte before its end fails by name (a body by its %s)',
  async (framing) => {
    const { baseUrl, stop } = startCutServer(framing);
    const readUpTo = async (end: number) => {
      const ecs = new EcsClient({ baseUrl: `${baseUrl}/${end}`, maxRetries: 0 });
      return new Response(await ecs.customers.export(USER)).text();
    };
    for (let end = 0; end < BYTES.length - 1; end += 1) {
      const error = await failureOf(readUpTo(end));
      expect([end, error]).toEqual([end, expect.any(EcsConnectionError)]);
      expect(error).toMatchObject({ kind: 'connection', retryable: true });
    }
    if (framing === 'close') expect(JSON.parse(await readUpTo(BYTES.length - 1))).toEqual(DOCUMENT);
    stop();
  },
);

test('an export is the bytes as they came, however they are cut into pieces', async () => {
  for (let size = 1; size < BYTES.length; size += 1) {
    let at = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at >= BYTES.length) return controller.close();
        controller.enqueue(BYTES.slice(at, at + size));
        at += size;
      },
    });
    const response = new Response(body, { headers: { 'content-type': 'application/json' } });
    const ecs = new EcsClient({ baseUrl: 'http://localhost', fetch: () => Promise.resolve(response) });
    const bytes = new Uint8Array(await new Response(await ecs.customers.export(USER)).arrayBuffer());
    expect(bytes).toEqual(BYTES);
  }
});

test('an export is tried again until it begins, and ends with the reason of its signal after that', async () => {
  await using server = startTestServer((_, index) => {
    if (index === 0) return problem(503, 'away');
    const start = (controller: ReadableStreamDefaultController) => controller.enqueue(BYTES.subarray(0, 9));
    return new Response(new ReadableStream({ start }), { headers: { 'content-type': 'application/json' } });
  });
  const controller = new AbortController();
  const call = server.client({ timeoutMs: 100 }).customers.export(USER, { signal: controller.signal });
  expect((await call.withResponse()).attempts).toBe(2);
  const reader = (await call).getReader();
  expect((await reader.read()).value).toEqual(BYTES.subarray(0, 9));
  const reason = new Error('the customer left');
  // The time of an attempt ends with its first byte.
  setTimeout(() => controller.abort(reason), 200);
  expect(await failureOf(reader.read())).toBe(reason);
});

test.each(['break', 'cancel'] as const)(
  'an export that is not wanted any more ends without an error (by %s)',
  async (way) => {
    const closed = Promise.withResolvers<void>();
    await using server = startTestServer(() => {
      const start = (controller: ReadableStreamDefaultController) => controller.enqueue(BYTES.subarray(0, 9));
      const cancel = () => closed.resolve();
      return new Response(new ReadableStream({ start, cancel }), {
        headers: { 'content-type': 'application/json' },
      });
    });
    const document = await server.client().customers.export(USER);
    if (way === 'cancel') await document.cancel('enough');
    else for await (const _ of document) break;
    await closed.promise;
  },
);
