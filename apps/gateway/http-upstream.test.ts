import { afterEach, describe, expect, test } from 'bun:test';
import { NO_CERTIFICATES } from '../../platform/http/process-tls.ts';
import { type ForwardedRequest, traceOf } from '../../platform/http/request.ts';
import { GROUP, packResponses, unpackRequests } from '../../platform/http/request-group.ts';
import { createBodyReader } from '../../platform/http/request-body.ts';
import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { httpUpstream, isRepeatable, maySendAgain } from './http-upstream.ts';
import { readForwarded } from './forward.ts';

const clientAddress = () => '203.0.113.9';
const { sendEmotion, sendEmotionBatch } = ENDPOINTS;

/** A service as the network sees it; records its requests by path and request ids. */
function listen(respond: (request: Request) => Promise<Response>, port = 0) {
  const came: string[] = [];
  const server = Bun.serve({
    port,
    hostname: '127.0.0.1',
    async fetch(request) {
      came.push(new URL(request.url).pathname);
      return respond(request);
    },
  });
  stops.push(() => server.stop(true));
  return { came, port: server.port ?? 0, stop: () => server.stop(true) };
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Responds to each with its own request id, by itself or in a group. */
async function echo(request: Request): Promise<Response> {
  if (new URL(request.url).pathname !== GROUP.path)
    return answerTo(request.headers.get('x-request-id') ?? '');
  const requests = unpackRequests(await request.bytes());
  return new Response(await packResponses(requests.map(({ request }) => answerTo(request.requestId))));
}

const answerTo = (id: string) => Response.json({ id }, { status: 202, headers: { 'x-request-id': id } });

async function asked(id: string, options: { bytes?: number; key?: string } = {}): Promise<ForwardedRequest> {
  const headers = {
    'content-type': 'application/json',
    'x-request-id': id,
    ...(options.key ? { 'idempotency-key': options.key } : {}),
  };
  const body = JSON.stringify({ padding: 'x'.repeat(options.bytes ?? 10) });
  const request = new Request('http://localhost/v1/emotions/stream', { method: 'POST', headers, body });
  const forwarded = await readForwarded(request, sendEmotion, {
    principal: { kind: 'internal' },
    requestId: id,
    span: null,
    clientAddress,
    bodies: createBodyReader({ addressOf: clientAddress }),
  });
  return { ...forwarded, trace: traceOf(request, id) };
}

const ids = (count: number) => Array.from({ length: count }, (_, at) => `request-${at}`);

async function sendAll(port: number, requests: ForwardedRequest[], endpoint: Endpoint = sendEmotion) {
  const { send } = httpUpstream('emotion-ingestion', `http://127.0.0.1:${port}/`, NO_CERTIFICATES);
  const outcomes = await Promise.allSettled(requests.map((request) => send(endpoint, request, {})));
  return Promise.all(
    outcomes.map(async (outcome) =>
      outcome.status === 'fulfilled'
        ? ((await outcome.value.json()) as { id: string }).id
        : (outcome.reason as { code: string }).code,
    ),
  );
}

describe('a service in another process', () => {
  test('gets the requests of one turn in one, and each gets its own response', async () => {
    const service = listen(echo);
    const requests = await Promise.all(ids(100).map((id) => asked(id)));
    expect(await sendAll(service.port, requests)).toEqual(ids(100));
    expect(service.came).toEqual([GROUP.path, GROUP.path]);
  });

  test('gets single requests and batches as they are', async () => {
    const service = listen(echo);
    expect(await sendAll(service.port, [await asked('alone')])).toEqual(['alone']);
    const batches = await Promise.all(ids(3).map((id) => asked(id)));
    expect(await sendAll(service.port, batches, sendEmotionBatch)).toEqual(ids(3));
    expect(service.came).not.toContain(GROUP.path);
  });

  test("receives the client's address, which a request of its own carries", async () => {
    const addresses: (string | null)[] = [];
    const { port } = listen(async (request) => {
      addresses.push(request.headers.get('x-client-address'));
      return echo(request);
    });
    await sendAll(port, [await asked('alone')], sendEmotionBatch);
    expect(addresses).toEqual(['203.0.113.9']);
  });

  test('gets no group that is larger than it takes', async () => {
    const service = listen(async (request) => {
      expect(Number(request.headers.get('content-length'))).toBeLessThanOrEqual(GROUP.bytesMax);
      return echo(request);
    });
    const requests = await Promise.all(ids(40).map((id) => asked(id, { bytes: 60_000 })));
    expect(await sendAll(service.port, requests)).toEqual(ids(40));
    expect(service.came.length).toBeLessThan(10);
  });

  test('that knows no groups, of a version before them, gets each by itself', async () => {
    const service = listen(async (request) =>
      new URL(request.url).pathname === GROUP.path ? new Response(null, { status: 404 }) : echo(request),
    );
    expect(await sendAll(service.port, await Promise.all(ids(5).map((id) => asked(id))))).toEqual(ids(5));
  });

  test('that restarts keeps them waiting until it is there again', async () => {
    const first = listen(echo);
    await first.stop();
    const requests = await Promise.all(ids(5).map((id) => asked(id)));
    const responses = sendAll(first.port, requests);
    // Nobody listens for as long as several attempts take.
    expect(await Promise.race([responses, Bun.sleep(150).then(() => 'waiting')])).toBe('waiting');
    const second = listen(echo, first.port);
    expect(await responses).toEqual(ids(5));
    expect(second.came).not.toContain(GROUP.path);
  });

  test('that breaks off gets events again, under the stamp of the first time or the key of the client', async () => {
    let broken = 0;
    const stamps: (string | undefined)[] = [];
    const stampsIn = (text: string) => text.match(/[0-9a-f-]{36}@\d+\.\d{3}/g) ?? [];
    const server = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        data(socket, data) {
          const text = data.toString();
          if (text.startsWith(`POST ${GROUP.path} `)) {
            broken += 1;
            stamps.push(...stampsIn(text));
            socket.terminate();
          } else if (text.startsWith('POST ')) {
            stamps.push(...stampsIn(text));
            const id = /x-request-id: (\S+)/i.exec(text)?.[1];
            const body = JSON.stringify({ id });
            socket.write(`HTTP/1.1 202 Accepted\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
          }
        },
      },
    });
    stops.push(async () => server.stop(true));
    const requests = [await asked('a'), await asked('b', { key: 'k' }), await asked('c')];
    expect(await sendAll(server.port, requests)).toEqual(['a', 'b', 'c']);
    expect(broken).toBeGreaterThan(0);
    expect(stamps).toHaveLength(4);
    expect(new Set(stamps).size).toBe(2);
  });

  test('that breaks off gets no batch without a key again', async () => {
    const server = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: { data: (socket) => socket.terminate() },
    });
    stops.push(async () => server.stop(true));
    expect(await sendAll(server.port, [await asked('batch')], sendEmotionBatch)).toEqual([
      'upstream_unavailable',
    ]);
  });

  test('that breaks off gets all again but a POST without a key', () => {
    const headers = new Headers();
    const methods = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'POST'];
    expect(methods.filter((method) => isRepeatable({ method, headers }))).toEqual(methods.slice(0, 5));
    headers.set('idempotency-key', 'k');
    expect(methods.filter((method) => isRepeatable({ method, headers }))).toEqual(methods);
  });

  test('gets a request again where no connection was made, and a broken one only when it is repeatable', async () => {
    const failureOf = (url: string) => fetch(url).catch((error: unknown) => error);
    const unsent = [
      await failureOf('http://no-such-host.invalid/'),
      await failureOf('http://127.0.0.1:1/'),
      { code: 'EHOSTUNREACH' },
    ];
    expect(unsent.map((error) => maySendAgain(error, false))).toEqual([true, true, true]);
    const broken = { code: 'ECONNRESET' };
    expect([maySendAgain(broken, true), maySendAgain(broken, false)]).toEqual([true, false]);
    expect(maySendAgain(new Error('of another kind'), true)).toBe(false);
  });

  test('with an unreadable response counts as unreachable', async () => {
    const service = listen(async (request) =>
      new URL(request.url).pathname === GROUP.path ? new Response('[]\n') : echo(request),
    );
    const requests = await Promise.all(ids(2).map((id) => asked(id)));
    expect(await sendAll(service.port, requests)).toEqual(['upstream_unavailable', 'upstream_unavailable']);
  });
});
