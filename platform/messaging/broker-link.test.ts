import { expect, test } from 'bun:test';
import { createBrokerLink, LinkLostError } from './broker-link.ts';

const LONG_MS = 10_000;

test('a request that is under way when the connection breaks is rejected at once; later ones wait for the next', async () => {
  const link = createBrokerLink();
  const unanswered = link.send(LONG_MS, () => new Promise<string>(() => {}));
  link.markLost();
  await expect(unanswered).rejects.toBeInstanceOf(LinkLostError);
  const requests: string[] = [];
  const later = link.send(LONG_MS, async () => requests.push('later'));
  link.markLost();
  await Promise.resolve();
  expect(requests).toEqual([]);
  link.markRegained();
  expect(await later).toBe(1);
  expect(await link.send(LONG_MS, async () => requests.push('again'))).toBe(2);
});

test('without another connection a request fails at its deadline, unsent', async () => {
  const link = createBrokerLink();
  link.markLost();
  let requestCount = 0;
  await expect(link.send(20, async () => (requestCount += 1))).rejects.toThrow('the broker is down');
  expect(requestCount).toBe(0);
});

test('a rejection of the request is passed on', async () => {
  const link = createBrokerLink();
  await expect(link.send(LONG_MS, () => Promise.reject(new Error('no room')))).rejects.toThrow('no room');
  link.markLost();
  link.markRegained();
  expect(await link.send(LONG_MS, async () => 'kept')).toBe('kept');
});
