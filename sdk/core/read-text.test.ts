import { describe, expect, test } from 'bun:test';
import { gzipSync } from 'bun';
import { EcsClient } from '../client.ts';
import { EcsResponseError, UnavailableError } from './errors.ts';
import { failureOf, startTestServer, USER } from './test-server.ts';

const json = { 'content-type': 'application/json' };
const ENDLESS_CHUNK = new TextEncoder().encode(`"${'x'.repeat(65_534)}"`);

/** A body without an end, which says how much was read of it before its reader went away. */
function endlessBody() {
  let bytes = 0;
  const cancelled = Promise.withResolvers<number>();
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        bytes += ENDLESS_CHUNK.length;
        controller.enqueue(ENDLESS_CHUNK);
      },
      cancel: () => cancelled.resolve(bytes),
    },
    { highWaterMark: 0 },
  );
  return { body, bytesRead: cancelled.promise };
}

/** Returns the client of a fetch that responds with this, as runtimes do. */
const clientOf = (respond: () => Response, options: { responseBytesMax?: number; timeoutMs?: number } = {}) =>
  new EcsClient({
    baseUrl: 'http://localhost',
    fetch: () => Promise.resolve(respond()),
    backoffMs: 1,
    maxRetries: 1,
    ...options,
  });

describe('a response', () => {
  test('that is longer than responseBytesMax is an error by name, and is read no further', async () => {
    const { body, bytesRead } = endlessBody();
    let responses = 0;
    const respond = () => {
      responses += 1;
      return new Response(body, { headers: json });
    };
    const error = await failureOf(clientOf(respond, { responseBytesMax: 1_000_000 }).offers.get(USER));
    expect(error).toBeInstanceOf(EcsResponseError);
    expect(error).toMatchObject({ code: 'response_too_large', status: 200, retryable: false, attempts: 1 });
    expect((error as Error).message).toEndWith('a body of more than 1,000,000 bytes (responseBytesMax)');
    expect(await bytesRead).toBeLessThan(1_000_000 + 2 * ENDLESS_CHUNK.length);
    expect(responses).toBe(1);
  });

  test('has a limit of 32 MiB where none is given', async () => {
    const { body, bytesRead } = endlessBody();
    const error = await failureOf(clientOf(() => new Response(body, { headers: json })).offers.get(USER));
    expect(error).toMatchObject({ code: 'response_too_large' });
    const bytes = await bytesRead;
    expect(bytes).toBeGreaterThan(32 * 1024 * 1024);
    expect(bytes).toBeLessThan(32 * 1024 * 1024 + 2 * ENDLESS_CHUNK.length);
  });

  test('of as many bytes as may be is taken, also in pieces within a character', async () => {
    const bytes = new TextEncoder().encode(JSON.stringify({ status: 'actïve €' }));
    const pieces = () =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
          controller.close();
        },
      });
    const get = (responseBytesMax: number) =>
      clientOf(() => new Response(pieces(), { headers: json }), { responseBytesMax }).offers.get(USER);
    expect((await get(bytes.length)).status as string).toBe('actïve €');
    expect(await failureOf(get(bytes.length - 1))).toMatchObject({ code: 'response_too_large' });
  });

  test('counts as it is after compression is undone', async () => {
    const small = gzipSync(JSON.stringify({ status: 'active', padding: 'x'.repeat(5_000_000) }));
    expect(small.length).toBeLessThan(10_000);
    await using server = startTestServer(
      () => new Response(small, { headers: { ...json, 'content-encoding': 'gzip' } }),
    );
    const error = await failureOf(server.client({ responseBytesMax: 100_000 }).offers.get(USER));
    expect(error).toMatchObject({ code: 'response_too_large' });
  });

  test('of an error is the error of its status, of which only the beginning is read', async () => {
    const bodies = [endlessBody(), endlessBody()];
    let responses = 0;
    const respond = () => {
      responses += 1;
      return new Response(bodies[responses - 1]?.body, { status: 503 });
    };
    const error = await failureOf(clientOf(respond).offers.get(USER));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ code: 'http_503', attempts: 2 });
    expect((error as Error).message).toContain('returned 503 without a problem document: "xxx');
    for (const { bytesRead } of bodies) expect(await bytesRead).toBeLessThan(2 * 1024 * 1024);
  });

  test('of an error that breaks off is the error of its status, with the wait that it asks for', async () => {
    for (const [status, isRetried] of [
      [401, false],
      [404, false],
      [503, true],
    ] as const) {
      let responses = 0;
      const respond = () => {
        responses += 1;
        let reads = 0;
        const body = new ReadableStream<Uint8Array>({
          pull(controller) {
            reads += 1;
            if (reads === 1) controller.enqueue(new TextEncoder().encode('<html>the upstr'));
            else controller.error(new Error('terminated'));
          },
        });
        return new Response(body, { status, headers: { 'retry-after': '0', 'x-request-id': 'r-7' } });
      };
      const error = await failureOf(clientOf(respond).offers.get(USER));
      expect(error).toMatchObject({ kind: 'status', code: `http_${status}`, status, retryAfterMs: 0 });
      expect(error).toMatchObject({ requestId: 'r-7', retryable: isRetried });
      expect((error as Error).message).toEndWith('without a problem document: <html>the upstr');
      expect(responses).toBe(isRetried ? 2 : 1);
    }
  });

  test('of an error that never ends is the error of its status before the time of the attempt is over', async () => {
    let responses = 0;
    const respond = () => {
      responses += 1;
      const start = (controller: ReadableStreamDefaultController) =>
        controller.enqueue(new TextEncoder().encode('<html>slow'));
      return new Response(new ReadableStream({ start }), { status: 404 });
    };
    const error = await failureOf(clientOf(respond, { timeoutMs: 60 }).offers.get(USER));
    expect(error).toMatchObject({ kind: 'status', code: 'http_404', status: 404 });
    expect((error as Error).message).toEndWith('without a problem document: <html>slow');
    expect(responses).toBe(1);
  });

  test('of an error that comes in one piece keeps its beginning', async () => {
    const piece = new TextEncoder().encode('upstream went away. '.repeat(100_000));
    const pieces = () => new ReadableStream({ start: (controller) => controller.enqueue(piece) });
    const respond = () => new Response(pieces(), { status: 503 });
    const error = await failureOf(clientOf(respond).offers.get(USER));
    expect((error as Error).message).toContain(
      'returned 503 without a problem document: upstream went away. upstream',
    );
  });

  test('without a stream to read, as in React Native, has the limit too', async () => {
    const respond = () =>
      Object.defineProperty(Response.json({ status: 'active' }), 'body', { value: undefined });
    expect((await clientOf(respond).offers.get(USER)).status).toBe('active');
    const error = await failureOf(clientOf(respond, { responseBytesMax: 5 }).offers.get(USER));
    expect(error).toMatchObject({ code: 'response_too_large' });
  });

  test('without a stream counts bytes, not characters', async () => {
    const text = JSON.stringify({ status: 'actïve €🙂' });
    const bytes = new TextEncoder().encode(text).length;
    const whole = (status: number) => () =>
      Object.defineProperty(new Response(text, { status, headers: json }), 'body', { value: undefined });
    const get = (responseBytesMax: number, status = 200) =>
      clientOf(whole(status), { responseBytesMax }).offers.get(USER);
    expect((await get(bytes)).status as string).toBe('actïve €🙂');
    expect(await failureOf(get(bytes - 1))).toMatchObject({ code: 'response_too_large' });
    expect(((await failureOf(get(17, 404))) as Error).message).toContain('"status":"actïv');
    expect(((await failureOf(get(17, 404))) as Error).message).not.toContain('actïve');
  });

  test('of the token endpoint has the limit too', async () => {
    const { body, bytesRead } = endlessBody();
    const ecs = new EcsClient({
      baseUrl: 'http://localhost',
      clientId: 'ptn_1',
      clientSecret: 'ecs_secret_1',
      fetch: () => Promise.resolve(new Response(body, { headers: json })),
      responseBytesMax: 1000,
    });
    expect(await failureOf(ecs.offers.get(USER))).toMatchObject({ code: 'response_too_large' });
    await bytesRead;
  });
});

test('a stream that is refused with a body without an end is the error of its status', async () => {
  const { body, bytesRead } = endlessBody();
  const { signal } = new AbortController();
  const readStream = async () => {
    const { notifications } = clientOf(() => new Response(body, { status: 404 }));
    for await (const _ of notifications.subscribe(USER, { signal }));
  };
  expect(await failureOf(readStream())).toMatchObject({ code: 'http_404', status: 404 });
  expect(await bytesRead).toBeLessThan(2 * 1024 * 1024);
});

test('a stream of a line without an end ends by name, and is not opened again', async () => {
  let connections = 0;
  const { body, bytesRead } = endlessBody();
  const respond = () => {
    connections += 1;
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
  const { signal } = new AbortController();
  const readStream = async () => {
    for await (const _ of clientOf(respond).notifications.subscribe(USER, { signal }));
  };
  const error = await failureOf(readStream());
  expect(error).toBeInstanceOf(EcsResponseError);
  expect(error).toMatchObject({ code: 'response_too_large' });
  expect((error as Error).message).toBe('a line of the event stream has more than 1,048,576 characters');
  expect(await bytesRead).toBeLessThan(2 * 1024 * 1024);
  expect(connections).toBe(1);
});
