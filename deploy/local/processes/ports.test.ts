import { expect, test } from 'bun:test';
import { createServer } from 'node:net';
import { freePort, isListening } from './ports.ts';

test('ports asked for at once all differ, are free, and lie below those of outgoing connections', async () => {
  const ports = await Promise.all(Array.from({ length: 200 }, freePort));
  expect(new Set(ports).size).toBe(200);
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(15_000);
  expect(Math.max(...ports)).toBeLessThan(32_000);
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
