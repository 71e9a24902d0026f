import { expect, test } from 'bun:test';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { freePort, isListening } from './ports.ts';

test('ports asked for at once all differ, are free, and lie below those of outgoing connections', async () => {
  const ports = await Promise.all(Array.from({ length: 200 }, freePort));
  expect(new Set(ports).size).toBe(200);
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(15_000);
  expect(Math.max(...ports)).toBeLessThan(32_000);
});

const CHOOSER = `
  import { freePort } from ${JSON.stringify(join(import.meta.dir, 'ports.ts'))};
  console.log(JSON.stringify(await Promise.all(Array.from({ length: 400 }, freePort))));
  for await (const _ of Bun.stdin.stream());`;

test('processes that ask at the same moment never get the same port', async () => {
  // Each keeps its ports while the others choose theirs.
  const choosers = Array.from({ length: 3 }, () =>
    Bun.spawn([process.execPath, '-e', CHOOSER], { stdin: 'pipe', stdout: 'pipe' }),
  );
  const given = await Promise.all(
    choosers.map(async ({ stdout }) => {
      const { value } = await stdout.getReader().read();
      return JSON.parse(new TextDecoder().decode(value)) as number[];
    }),
  );
  for (const chooser of choosers) chooser.kill('SIGKILL');
  await Promise.all(choosers.map(({ exited }) => exited));
  expect(new Set(given.flat()).size).toBe(3 * 400);
});

test('a port is listening from the moment that a server is, until it is closed', async () => {
  const port = await freePort();
  expect(await isListening(port)).toBe(false);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  expect(await isListening(port)).toBe(true);
  await new Promise((resolve) => server.close(resolve));
  expect(await isListening(port)).toBe(false);
});
