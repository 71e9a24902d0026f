import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { REPLIES, type Reply } from './raw-replies.ts';

/**
 * A server of bare TCP in a thread of its own, since its clients may block theirs. A path that names a reply
 * gets it; `/echo` returns the request's own bytes, with its headers sorted; `/flaky/KEY` meets the first request with the end of the
 * connection; `/early` responds before the body has come.
 */
export async function startRawServer(): Promise<{ url: string; stop(): Promise<number> }> {
  const worker = new Worker(join(import.meta.dir, 'raw-server.ts'));
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  return { url: `http://127.0.0.1:${port}`, stop: () => worker.terminate() };
}

const timesOf = new Map<string, number>();

async function respond(socket: Socket, path: string, request: string): Promise<void> {
  const name = decodeURIComponent(path.split('?')[0]!.slice(1));
  if (name === 'echo') return void socket.write(lengthOf(sorted(request)));
  if (name === 'early') return void socket.end(lengthOf('no', '413 Too Large\r\nConnection: close'));
  if (name === 'times') return void socket.write(lengthOf(String(timesOf.get(path.split('?')[1]!))));
  if (name.startsWith('flaky')) {
    timesOf.set(name, (timesOf.get(name) ?? 0) + 1);
    if (timesOf.get(name) === 1)
      return void (name.includes('reset') ? socket.resetAndDestroy() : socket.end());
    return void socket.write(request.startsWith('HEAD') ? 'HTTP/1.1 200 OK\r\n\r\n' : lengthOf('hi'));
  }
  const { parts, end }: Reply = REPLIES[name] ?? { parts: [lengthOf('no such reply', '404 Not Found')] };
  for (const part of parts) {
    if (typeof part === 'number') await Bun.sleep(part);
    else socket.write(part);
  }
  if (end === 'close') socket.end();
  if (end === 'reset') socket.resetAndDestroy();
}

function sorted(request: string): string {
  const end = request.indexOf('\r\n\r\n');
  const [line = '', ...headers] = request.slice(0, end).split('\r\n');
  return [line, ...headers.toSorted()].join('\r\n') + request.slice(end);
}

const lengthOf = (body: string, status = '200 OK') =>
  Buffer.from(
    `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`,
    'latin1',
  );

function serve(socket: Socket): void {
  let bytes = '';
  let isEarly = false;
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    bytes += chunk.toString('latin1');
    for (;;) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end === -1) return;
      const path = bytes.split(' ')[1]!;
      if (path === '/early' && !isEarly) {
        isEarly = true;
        void respond(socket, path, '');
      }
      const size = end + 4 + Number(/\r\ncontent-length: *(\d+)/i.exec(bytes.slice(0, end))?.[1] ?? 0);
      if (bytes.length < size) return;
      void respond(socket, path, bytes.slice(0, size));
      bytes = bytes.slice(size);
    }
  });
}

if (!isMainThread && parentPort) {
  const port = parentPort;
  const server = createServer(serve);
  server.listen(0, '127.0.0.1', () => port.postMessage((server.address() as { port: number }).port));
}
