import { afterAll, expect, test } from 'bun:test';
import { reportOf, runScript } from './harness.ts';

/** WebSockets that block and that do not, and streams of events, against a real server. */
const server = Bun.serve({
  port: 0,
  fetch(request, upgrader) {
    const { pathname } = new URL(request.url);
    if (pathname === '/no') return new Response('no', { status: 403, headers: { 'x-why': 'closed' } });
    if (pathname === '/events' || pathname === '/endless') {
      const stream = new ReadableStream({
        async start(controller) {
          for (const name of ['a', 'b'])
            controller.enqueue(`id: ${name}\nevent: named\ndata: ${name}1\ndata: ${name}2\n\n`);
          if (pathname === '/events') controller.close();
        },
      });
      const type = request.headers.get('x-type') ?? 'text/event-stream';
      return new Response(stream, { headers: { 'content-type': type } });
    }
    const data = { cookie: request.headers.get('cookie'), me: request.headers.get('x-me') };
    return upgrader.upgrade(request, { data }) ? undefined : new Response('plain');
  },
  websocket: {
    data: {} as { cookie: string | null; me: string | null },
    message(socket, message) {
      if (message === 'who') socket.send(JSON.stringify(socket.data));
      else if (message === 'bye') socket.close(4001, 'gone');
      else if (message === 'break') socket.terminate();
      else socket.send(message);
    },
  },
});
afterAll(() => server.stop(true));
const settings = { env: { U: `http://127.0.0.1:${server.port}`, W: `ws://127.0.0.1:${server.port}` } };

async function failedChecks(script: string) {
  const run = await reportOf(script, settings);
  const failed = run.report.checks.filter(({ fails }) => fails > 0).map(({ name }) => name);
  return { ...run, failed, count: run.value('checks', 'passes') };
}

test.concurrent('ws.connect waits until its socket is closed, and runs handlers and timers until then', async () => {
  const { failed, count, value, stderr } = await failedChecks(`
    import ws from 'k6/ws'; import http from 'k6/http'; import { check, group } from 'k6';
    export const options = { thresholds: { 'ws_msgs_received{group:::g,kind:chat}': ['count==4'] } };
    export default function () {
      const log = [];
      http.cookieJar().set(__ENV.U, 'sid', 'x');
      const response = group('g', () => ws.connect(__ENV.W + '/chat', { headers: { 'X-Me': 'me' }, tags: { kind: 'chat' } }, (socket) => {
        socket.on('open', () => { log.push('open'); socket.send('who'); socket.sendBinary(new Uint8Array([1, 2, 3]).buffer); socket.ping(); });
        socket.on('message', (text) => { if (log.push(text) && log.filter((text) => text === 'tick200').length === 2) socket.setTimeout(() => socket.close(), 20); });
        socket.on('binaryMessage', (bytes) => log.push('bytes' + new Uint8Array(bytes).join('')));
        socket.on('pong', () => log.push('pong'));
        socket.on('close', (code) => log.push('close' + code));
        let ticks = 0;
        socket.setInterval(() => { ticks += 1; if (ticks < 3) socket.send('tick' + http.get(__ENV.U + '/plain').status); }, 20);
      }));
      check(log, {
        order: ([first]) => first === 'open', last: (list) => list.at(-1) === 'close1001',
        who: (list) => list.includes('{"cookie":"sid=x","me":"me"}'), bytes: (list) => list.includes('bytes123'),
        pong: (list) => list.includes('pong'), ticks: (list) => list.filter((text) => text === 'tick200').length === 2,
        response: () => response.status === 101 && response.headers.Upgrade === 'websocket',
      });
    }`);
  expect([failed, count, stderr]).toEqual([[], 7, '']);
  expect([value('ws_sessions'), value('ws_msgs_sent'), value('ws_msgs_received')]).toEqual([1, 4, 4]);
  expect(value('ws_session_duration', 'avg')).toBeGreaterThan(50);
  expect([value('ws_ping', 'avg'), value('ws_connecting', 'avg')]).toEqual([
    expect.any(Number),
    expect.any(Number),
  ]);
});

test.concurrent('a socket that is refused, broken or closed by the server says so', async () => {
  const { failed, count } = await failedChecks(`
    import ws from 'k6/ws'; import { check } from 'k6';
    const run = (path, work) => {
      const events = [];
      const response = ws.connect(__ENV.W + path, (socket) => {
        socket.on('error', (e) => events.push('error ' + e.error()));
        socket.on('close', (code) => events.push(code));
        socket.on('open', () => work(socket));
      });
      return { events, response };
    };
    export default function () {
      const refused = run('/no'), bye = run('/', (s) => s.send('bye')), broken = run('/', (s) => s.send('break'));
      const thrown = (work) => { try { work(); } catch (error) { return error.message; } };
      check(null, {
        refused: () => refused.response.status === 403 && refused.events[0].includes('403') && refused.response.error !== '',
        bye: () => bye.events.at(-1) === 4001 && bye.response.status === 101,
        broken: () => broken.events.some((event) => String(event).startsWith('error')) && broken.events.at(-1) === 1006,
        'no server': () => ws.connect('ws://127.0.0.1:1/', () => {}).error !== '',
        throws: () => thrown(() => run('/', () => { throw new Error('own'); })) === 'own',
        url: () => thrown(() => ws.connect('http://x', () => {})).includes('invalid WebSocket URL'),
      });
    }`);
  expect([failed, count]).toEqual([[], 6]);
});

const ASYNC_SOCKETS = (head: string) => `
  import { WebSocket } from 'k6/websockets'; import { check } from 'k6'; import http from 'k6/http';
  export const options = { vus: 2, iterations: 4 };
  ${head} {
    const log = [], socket = new WebSocket(__ENV.W + '/chat', null, { headers: { 'X-Me': 'me' }, tags: { kind: 'chat' } });
    socket.binaryType = 'arraybuffer';
    check(socket, { connecting: (s) => s.readyState === WebSocket.CONNECTING && s.url.endsWith('/chat') });
    socket.onopen = () => { socket.send('who'); socket.send(new Uint8Array([7])); socket.ping(); };
    socket.addEventListener('message', ({ data }) => log.push(typeof data === 'string' ? data : new Uint8Array(data)[0]));
    socket.onpong = () => { log.push('pong'); setTimeout(() => socket.close(1000), 30); };
    socket.onclose = ({ code }) => check(log, {
      closed: () => code === 1000 && socket.readyState === 3, who: (list) => list[0].includes('"me":"me"'),
      bytes: (list) => list.includes(7), pong: (list) => list.includes('pong'),
    });
  }`;

test.concurrent.each([
  ['in workers', 'export default function ()'],
  ['on the event loop', 'export default async function ()'],
])('WebSockets of the event loop keep their iteration until they are closed, %s', async (_, head) => {
  const { failed, count, value, stderr } = await failedChecks(ASYNC_SOCKETS(head));
  expect([failed, count, stderr]).toEqual([[], 20, '']);
  expect([value('ws_sessions'), value('ws_msgs_sent'), value('ws_msgs_received')]).toEqual([4, 8, 8]);
});

test.concurrent('WebSockets that fail end their iteration, and errors of listeners are its errors', async () => {
  const { code, stderr, value } = await failedChecks(`
    import { WebSocket } from 'k6/websockets'; import { check } from 'k6';
    export default function () {
      const refused = new WebSocket(__ENV.W + '/no');
      refused.onerror = ({ error }) => check(error, { refused: (text) => text.includes('403') });
      const broken = new WebSocket(__ENV.W + '/');
      broken.onopen = () => { throw new Error('own error'); };
    }`);
  expect([code, value('checks', 'passes'), value('iterations')]).toEqual([0, 1, 1]);
  expect(stderr).toContain('own error');
});

test.concurrent('a run that ends closes the sockets that wait', async () => {
  const script = `import ws from 'k6/ws';
    export const options = { scenarios: { s: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s' } } };
    export default function () { ws.connect(__ENV.W, (socket) => socket.on('close', () => console.log('went on'))); }`;
  const { code, stderr } = await runScript(script, settings);
  expect([code, stderr.includes('went on')]).toEqual([110, false]);
});

test.concurrent('a stream of events is read until it ends or is closed', async () => {
  const { failed, count, value } = await failedChecks(`
    import sse from 'k6/x/sse'; import { check } from 'k6';
    const follow = (path, onEvent) => {
      const events = [];
      const response = sse.open(__ENV.U + path, { tags: { kind: 'stream' } }, (client) => {
        client.on('open', () => events.push('open'));
        client.on('event', (event) => { events.push(event); onEvent?.(client); });
        client.on('error', (e) => events.push(e.error()));
      });
      return { events, response };
    };
    export default function () {
      const whole = follow('/events'), first = follow('/endless', (client) => client.close()), refused = follow('/no');
      check(null, {
        whole: () => whole.events.length === 3 && whole.response.status === 200,
        event: () => whole.events[1].id === 'a' && whole.events[1].name === 'named' && whole.events[1].data === 'a1\\na2',
        closed: () => first.events.length === 2 && first.response.status === 200,
        refused: () => refused.response.status === 403 && refused.events[0].includes('403'),
      });
    }`);
  expect([failed, count]).toEqual([[], 4]);
  expect(value('sse_event')).toBeGreaterThanOrEqual(3);
});
