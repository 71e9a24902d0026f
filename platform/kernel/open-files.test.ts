import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { startChild } from '../../deploy/local/processes/child.ts';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { eventually, temporaryFolder } from '../../tests/harness/engines.ts';

const MAIN = join(import.meta.dir, '..', '..', 'apps', 'main.ts');
const FILES_MAX = 64;

test('a process whose files are all taken by idle connections says so, and serves on when they end', async () => {
  const [port, opsPort] = [await freePort(), await freePort()];
  const logFile = join(temporaryFolder(), 'log');
  const child = startChild({
    name: 'ml-mock',
    command: ['sh', '-c', `ulimit -n ${FILES_MAX} && exec "$0" "$@"`, process.execPath, MAIN, 'ml-mock'],
    logFile,
    env: { PATH: process.env.PATH, PORT: String(port), OPS_PORT: String(opsPort) },
  });
  const sockets: Socket[] = [];
  try {
    const getText = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${opsPort}${path}`, {
        signal: AbortSignal.timeout(1000),
      });
      return response.text();
    };
    const metrics = await eventually('it serves', () => getText('/metrics'));
    expect(metrics).toContain(`\nprocess_max_fds ${FILES_MAX}\n`);
    expect(Number(/^process_open_fds (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(2);
    for (let count = 0; count < 2 * FILES_MAX; count += 1) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      sockets.push(socket);
    }
    const line = `${FILES_MAX} of ${FILES_MAX} files are open: connections wait`;
    await eventually('the line of the log', () => readFileSync(logFile, 'utf8').includes(line), 20_000);
    for (const socket of sockets) socket.destroy();
    await eventually('it serves again', () => getText('/readyz'));
  } finally {
    for (const socket of sockets) socket.destroy();
    await child.stop('SIGKILL', 1000);
  }
});
