import { describe, expect, test } from 'bun:test';
import { EcsClient } from '../client.ts';
import { AuthenticationError, type EcsError } from '../core/errors.ts';
import { failureOf, problem, startTestServer, USER } from '../core/test-server.ts';

const event = (position: number) =>
  `id: ${position}\nevent: notification\ndata: ${JSON.stringify({ position, title: `n${position}` })}\n\n`;

const HEADERS = { 'content-type': 'text/event-stream; charset=utf-8' };

/** A stream that says this much and then ends, or stays open. */
function stream(text: string, then: 'end' | 'stay' = 'end'): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      if (then === 'end') controller.close();
    },
  });
  return new Response(body, { headers: HEADERS });
}

test('a lost connection is resumed from where it broke off: no gap, no duplicate', async () => {
  const ALL = 7;
  await using server = startTestServer(({ headers }, index) => {
    const after = Number(headers.get('last-event-id'));
    // Seen notifications are sent once more, as by a server that ignores ids, and the last event is cut in
    // half.
    const from = Math.max(1, after);
    const until = Math.min(ALL, after + 2);
    const events = Array.from({ length: until - from + 1 }, (_, place) => event(from + place)).join('');
    if (index === 2) return problem(503, 'away');
    return stream(`: connected\n\n${events}${event(until + 1).slice(0, 25)}`, until === ALL ? 'stay' : 'end');
  });
  const positions: number[] = [];
  for await (const { position } of server.client().notifications.subscribe(USER)) {
    positions.push(position);
    if (position === ALL) break;
  }
  expect(positions).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(server.requests.map(({ headers }) => headers.get('last-event-id'))).toEqual([
    '0',
    '2',
    '4',
    '4',
    '6',
  ]);
  expect(server.requests[0]?.headers.get('accept')).toBe('text/event-stream');
});

test('`after` skips earlier notifications, and a cut connection is reported and made again', async () => {
  const resumedFrom: string[] = [];
  const server = Bun.listen({
    hostname: 'localhost',
    port: 0,
    socket: {
      data(socket, bytes) {
        const position = resumedFrom.push(/last-event-id: (\d+)/i.exec(bytes.toString())?.[1] ?? '') + 5;
        const chunk = event(position);
        const head =
          'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
        socket.write(`${head}${chunk.length.toString(16)}\r\n${chunk}\r\n`);
        setTimeout(() => socket.terminate(), 20);
      },
    },
  });
  const states: string[] = [];
  const positions: number[] = [];
  const client = new EcsClient({ baseUrl: `http://localhost:${server.port}`, backoffMs: 1 });
  const options = { after: 5, onState: (state: string) => states.push(state) };
  try {
    for await (const { position } of client.notifications.subscribe(USER, options)) {
      positions.push(position);
      if (position === 7) break;
    }
  } finally {
    server.stop(true);
  }
  expect(resumedFrom).toEqual(['5', '6']);
  expect(positions).toEqual([6, 7]);
  expect(states).toEqual(['connected', 'reconnecting', 'connected']);
});

test('an abort ends the iteration without an error, also while nothing happens', async () => {
  await using server = startTestServer(() => stream(event(1), 'stay'));
  const controller = new AbortController();
  const positions: number[] = [];
  for await (const { position } of server
    .client()
    .notifications.subscribe(USER, { signal: controller.signal })) {
    positions.push(position);
    setTimeout(() => controller.abort(), 10);
  }
  expect(positions).toEqual([1]);
});

test('a response that no retry would change ends the subscription with its error', async () => {
  await using server = startTestServer(() => problem(401, 'invalid_token'));
  const next = server.client().notifications.subscribe(USER).next();
  expect(await failureOf(next)).toBeInstanceOf(AuthenticationError);
  expect(server.requests).toHaveLength(1);
});

test('a connection that breaks off is told without the secrets of its error', async () => {
  const told: EcsError[] = [];
  await using server = startTestServer(() => stream(event(2), 'stay'));
  const breaking = async (url: string, init: RequestInit): Promise<Response> => {
    if (new Headers(init.headers).get('last-event-id') !== '0') return fetch(url, init);
    let reads = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        reads += 1;
        if (reads === 1) controller.enqueue(new TextEncoder().encode(event(1)));
        else
          controller.error(new Error('tunnel of https://ada:hunter2@proxy/?token=abc: Bearer eyJh.eyJb.c'));
      },
    });
    return new Response(body, { headers: HEADERS });
  };
  const onState = (_state: string, cause?: EcsError) => void (cause && told.push(cause));
  const { notifications } = server.client({ fetch: breaking });
  for await (const { position } of notifications.subscribe(USER, { onState })) if (position === 2) break;
  expect(told).toHaveLength(1);
  expect(told[0]?.message).toStartWith('the event stream broke off: tunnel of');
  expect(told[0]?.message).not.toMatch(/hunter2|abc|eyJ/);
});

test('a response that is no event stream is a clear error', async () => {
  await using server = startTestServer(() => Response.json({ items: [] }));
  const error = await failureOf(server.client().notifications.subscribe(USER).next());
  expect((error as EcsError).code).toBe('bad_response');
});

describe('where responses have no body to read', () => {
  /** Responses as React Native's: without `body`. */
  const withoutBody = async (url: string, init: RequestInit): Promise<Response> => {
    const response = await fetch(url, init);
    const { status, ok, headers } = response;
    return { status, ok, headers, text: () => response.text() } as Response;
  };
  const title = 'a notification';

  test('a subscription polls, says so once, and gives each notification once and in order', async () => {
    const pages = [[1, 2], [], [3], [4, 5]];
    const cursors: (string | null)[] = [];
    await using server = startTestServer(({ path, headers }) => {
      if (headers.get('accept') === 'text/event-stream') return stream('', 'end');
      cursors.push(new URL(path, 'http://a').searchParams.get('cursor'));
      if (cursors.length === 2) return problem(503, 'away');
      const items = (pages.shift() ?? []).map((position) => ({ position, title }));
      return Response.json({ items, next_cursor: null, last_position: 5 });
    });
    const warnings: unknown[] = [];
    const logger = { ...console, warn: (message: string) => void warnings.push(message) };
    const states: string[] = [];
    const positions: number[] = [];
    const client = server.client({ fetch: withoutBody, logger, maxRetries: 0 });
    const options = { pollMs: 1, onState: (state: string) => void states.push(state) };
    for await (const { position } of client.notifications.subscribe(USER, options)) {
      positions.push(position);
      if (position === 5) break;
    }
    expect(positions).toEqual([1, 2, 3, 4, 5]);
    expect(cursors).toEqual(['0', '2', '2', '2', '3']);
    expect(states).toEqual(['connected', 'reconnecting', 'connected']);
    expect(warnings).toEqual(['ecs: responses cannot be read as they come here: asking every 1 ms instead']);
  });

  test('a poll that breaks off between two pages loses nothing of the first', async () => {
    const cursors: (string | null)[] = [];
    await using server = startTestServer(({ path, headers }) => {
      if (headers.get('accept') === 'text/event-stream') return stream('', 'end');
      cursors.push(new URL(path, 'http://a').searchParams.get('cursor'));
      if (cursors.length === 2) return problem(503, 'away');
      const page = cursors.length === 1 ? [1, 2] : [3];
      const items = page.map((position) => ({ position, title }));
      return Response.json({ items, next_cursor: cursors.length === 1 ? 2 : null, last_position: 3 });
    });
    const positions: number[] = [];
    const client = server.client({ fetch: withoutBody, logLevel: 'off', maxRetries: 0 });
    for await (const { position } of client.notifications.subscribe(USER, { pollMs: 1 })) {
      positions.push(position);
      if (position === 3) break;
    }
    expect(positions).toEqual([1, 2, 3]);
    expect(cursors).toEqual(['0', '2', '2']);
  });

  test('a subscription polls as well when the caller’s fetch waits for the end of the stream', async () => {
    const page = JSON.stringify({ items: [{ position: 1, title }], next_cursor: null, last_position: 1 });
    const plain = { status: 200, ok: true, headers: new Headers(), text: () => Promise.resolve(page) };
    const patient = (_: string, { headers }: RequestInit): Promise<Response> =>
      (headers as Record<string, string>).accept === 'text/event-stream'
        ? new Promise(() => {})
        : Promise.resolve(plain as Response);
    const options = { baseUrl: 'http://localhost:1', logLevel: 'off', timeoutMs: 50, backoffMs: 1 } as const;
    const client = new EcsClient({ ...options, fetch: patient });
    const before = globalThis.Response;
    try {
      // React Native's responses have no body either.
      globalThis.Response = function PlainResponse() {} as never;
      const { value } = await client.notifications.subscribe(USER, { pollMs: 1 }).next();
      expect(value?.title).toBe(title);
    } finally {
      globalThis.Response = before;
    }
  });

  test('an export is refused, with the way that there is', async () => {
    await using server = startTestServer(() => Response.json({}));
    const error = await failureOf(server.client({ fetch: withoutBody }).customers.export(USER));
    expect(error).toMatchObject({ kind: 'argument', code: 'unsupported' });
  });
});

describe('behind a proxy that waits for the end of a response', () => {
  const pageOf = (...positions: number[]) =>
    Response.json({
      items: positions.map((position) => ({ position, title: `n${position}` })),
      next_cursor: null,
      last_position: positions.at(-1) ?? 0,
    });
  const isStream = (headers: Headers) => headers.get('accept') === 'text/event-stream';
  const untilGone = (request: Request) =>
    new Promise<Response>((resolve) => {
      request.signal.addEventListener('abort', () => resolve(new Response()), { once: true });
    });

  test('a subscription polls once nothing has come of two connections', async () => {
    await using server = startTestServer(({ headers }, _, request) =>
      isStream(headers) ? untilGone(request) : pageOf(1),
    );
    const warnings: unknown[] = [];
    const logger = { ...console, warn: (message: string) => void warnings.push(message) };
    const client = server.client({ timeoutMs: 30, logger });
    const states: string[] = [];
    const onState = (state: string, cause?: EcsError) => void states.push(cause?.code ?? state);
    const { value } = await client.notifications.subscribe(USER, { pollMs: 1, onState }).next();
    expect(value?.position).toBe(1);
    expect(states).toEqual(['timeout', 'timeout', 'connected']);
    expect(server.requests.map(({ headers }) => isStream(headers))).toEqual([true, true, false]);
    expect(warnings).toEqual(['ecs: responses cannot be read as they come here: asking every 1 ms instead']);
  });

  test('a subscription polls as well when heads of responses come, and no bytes after them', async () => {
    const fetch = async (_: string, init: RequestInit) =>
      isStream(new Headers(init.headers))
        ? new Response(new ReadableStream(), { headers: HEADERS })
        : pageOf(1);
    const states: string[] = [];
    const onState = (state: string, cause?: EcsError) => void states.push(cause?.code ?? state);
    const { setTimeout: wait } = globalThis;
    try {
      // The silence that is borne, 30 s, in a hundredth of the time.
      globalThis.setTimeout = ((work: () => void, ms: number) => wait(work, ms / 100)) as never;
      const { notifications } = new EcsClient({ baseUrl: 'http://localhost', fetch, logLevel: 'off' });
      const { value } = await notifications.subscribe(USER, { pollMs: 1, onState }).next();
      expect(value?.position).toBe(1);
    } finally {
      globalThis.setTimeout = wait;
    }
    expect(states).toEqual(['connected', 'stream_silent', 'connected', 'stream_silent', 'connected']);
  });

  test('a poll that fails tries the stream again: the proxy may be gone, or never have been there', async () => {
    const streams = [untilGone, untilGone, () => stream(event(2)), untilGone, () => stream(event(3))];
    const polls = [pageOf(1), problem(503, 'away')];
    await using server = startTestServer(({ headers }, _, request) =>
      isStream(headers)
        ? (streams.shift()?.(request) ?? problem(404, 'one_stream_more'))
        : (polls.shift() ?? problem(404, 'one_poll_more')),
    );
    const client = server.client({ timeoutMs: 500, maxRetries: 0, logLevel: 'off' });
    const positions: number[] = [];
    for await (const { position } of client.notifications.subscribe(USER, { pollMs: 1 })) {
      positions.push(position);
      if (position === 3) break;
    }
    expect(positions).toEqual([1, 2, 3]);
    expect(server.requests.map(({ headers }) => isStream(headers))).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  test('a subscription keeps to the stream after failures, and silences with bytes between them', async () => {
    const away = () => problem(503, 'away');
    const streams = [
      away,
      away,
      () => stream(event(1)),
      untilGone,
      () => stream(event(2)),
      untilGone,
      () => stream(event(3)),
    ];
    await using server = startTestServer(({ headers }, _, request) =>
      isStream(headers)
        ? (streams.shift()?.(request) ?? problem(404, 'one_stream_more'))
        : problem(404, 'a_poll'),
    );
    const client = server.client({ timeoutMs: 100, logLevel: 'off' });
    const positions: number[] = [];
    for await (const { position } of client.notifications.subscribe(USER, { pollMs: 1 })) {
      positions.push(position);
      if (position === 3) break;
    }
    expect(positions).toEqual([1, 2, 3]);
  });
});
