import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

interface CorpusServer {
  /** Given to every script in its environment. */
  variables: Record<string, string>;
  stop(): Promise<void>;
}

/** A folder of scripts may bring a server of its own as `server.mjs`. */
export async function startCorpusServer(folder: string): Promise<CorpusServer> {
  const file = join(folder, 'server.mjs');
  if (existsSync(file)) return startOwnServer(file);
  const server = Bun.serve({
    port: 0,
    idleTimeout: 60,
    fetch(request, upgrader) {
      if (new URL(request.url).pathname === '/ws' && upgrader.upgrade(request)) return undefined;
      return respond(request);
    },
    websocket: {
      message(socket, message) {
        if (message === 'bye') socket.close(4001, 'gone');
        else socket.send(message);
      },
    },
  });
  const host = `127.0.0.1:${server.port}`;
  return {
    variables: { BASE_URL: `http://${host}`, WS_URL: `ws://${host}`, HOST: host },
    stop: () => server.stop(true),
  };
}

async function startOwnServer(file: string): Promise<CorpusServer> {
  const child = Bun.spawn(['node', file], { stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' });
  // Its first line says that it listens.
  await child.stdout.getReader().read();
  return {
    variables: {},
    async stop() {
      child.kill();
      await child.exited;
    },
  };
}

const PAGE = `<!doctype html><html lang="en"><head><title>Shop</title></head><body>
<ul><li class="a">one</li><li>two</li></ul><a href="/echo?from=link">go</a>
<form action="/echo" method="post"><input name="user" value="ada"><input type="hidden" name="csrf" value="x">
<select name="size"><option value="s">S<option value="m" selected>M</select><button type="submit">Go</button></form></body></html>`;

async function respond(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const [, first = '', second = ''] = url.pathname.split('/');
  switch (first) {
    case 'status':
      return new Response('as you wish', { status: Number(second) });
    case 'delay':
      await Bun.sleep(Number(second));
      return new Response('late');
    case 'redirect':
      return redirectTo(Number(second) > 1 ? `/redirect/${Number(second) - 1}` : '/echo');
    case 'set-cookie': {
      const headers = new Headers();
      for (const [name, value] of url.searchParams) headers.append('set-cookie', `${name}=${value}; Path=/`);
      return new Response('set', { headers });
    }
    case 'basic':
      return request.headers.get('authorization') === `Basic ${btoa('user:passwd')}`
        ? Response.json({ authenticated: true })
        : new Response('no', { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } });
    case 'html':
      return new Response(PAGE, { headers: { 'content-type': 'text/html' } });
    case 'json':
      return Response.json({
        a: { b: [1, 2, { c: 'd' }] },
        list: [
          { id: 1, name: 'x' },
          { id: 2, name: 'y' },
        ],
      });
    case 'badjson':
      return new Response('{"a":', { headers: { 'content-type': 'application/json' } });
    case 'bytes':
      return new Response(new Uint8Array(Number(second)).fill(7));
    case 'gzip':
      return new Response(gzipSync('squeezed'), { headers: { 'content-encoding': 'gzip' } });
    case 'brotli':
      return new Response(brotliCompressSync('squeezed'), { headers: { 'content-encoding': 'br' } });
    case 'events':
      return new Response('id: 1\ndata: one\n\nid: 2\ndata: two\n\n', {
        headers: { 'content-type': 'text/event-stream' },
      });
    default:
      return echo(request, url);
  }
}

const redirectTo = (location: string) => new Response(null, { status: 302, headers: { location } });

async function echo(request: Request, url: URL): Promise<Response> {
  const body = await request.text();
  const headers = Object.fromEntries(request.headers);
  return Response.json({ method: request.method, path: url.pathname + url.search, headers, body });
}
