import { expect, test } from 'bun:test';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { eventually, temporaryFolder } from '../../../tests/harness/engines.ts';
import { holderOfPort } from './port-holder.ts';
import { freePort } from './ports.ts';

test('the process that listens on a port is named by its pid and command, over IPv4 and IPv6', async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const port = await freePort();
    const code = `require('node:net').createServer().listen(${port}, '${host}')`;
    const child = Bun.spawn([process.execPath, '-e', code], { stdio: ['ignore', 'ignore', 'ignore'] });
    try {
      await eventually('it listens', () => holderOfPort(port) !== 'another process');
      expect(holderOfPort(port)).toStartWith(`pid ${child.pid}, ${basename(process.execPath)} -e`);
    } finally {
      child.kill('SIGKILL');
      await child.exited;
    }
  }
});

test('later words of a command are left out: they may be secrets', async () => {
  const port = await freePort();
  const cwd = temporaryFolder();
  await Bun.write(join(cwd, 'listen.js'), `require('node:net').createServer().listen(${port}, '127.0.0.1')`);
  const command = [process.execPath, 'listen.js', '--key', 'hunter2'];
  const child = Bun.spawn(command, { cwd, stdio: ['ignore', 'ignore', 'ignore'] });
  try {
    await eventually('it listens', () => holderOfPort(port) !== 'another process');
    expect(holderOfPort(port)).toBe(`pid ${child.pid}, ${basename(process.execPath)} listen.js --key`);
  } finally {
    child.kill('SIGKILL');
    await child.exited;
  }
});

test('a port without a listener is said to be of another process, and a long command is cut', async () => {
  const port = await freePort();
  expect(holderOfPort(port)).toBe('another process');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  expect(holderOfPort(port).length).toBeLessThan(90);
  server.close();
});
