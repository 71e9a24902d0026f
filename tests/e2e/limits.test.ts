import { beforeAll, describe, expect, test } from 'bun:test';
import { bearer, type Customer, json, newCustomer, useSystem } from '../harness/system.ts';

const PER_SECOND = 10;

describe('a rate limit', () => {
  const system = useSystem({
    split: false,
    variables: {
      USER_QUOTA_PER_SECOND: String(PER_SECOND),
      KEY_QUOTA_PER_SECOND: '5',
      REGISTRATIONS_PER_ADDRESS: '8',
    },
  });
  let customer: Customer;
  beforeAll(async () => {
    customer = await newCustomer(system().url);
  });

  const readOffers = (who: Customer) =>
    fetch(`${system().url}/v1/users/${who.id}/offers`, { headers: bearer(who) });

  test('is in the headers of every response, and a 429 says the seconds to wait', async () => {
    const first = await readOffers(customer);
    expect(first.headers.get('ratelimit-policy')).toBe('"user";q=20;w=2');
    expect(first.headers.get('ratelimit')).toMatch(/^"user";r=1[0-9];t=[12]$/);
    const responses = await Promise.all(Array.from({ length: 60 }, () => readOffers(customer)));
    const refused = responses.filter(({ status }) => status === 429);
    expect(responses.every(({ status }) => status === 200 || status === 429)).toBe(true);
    expect(refused.length).toBeGreaterThan(20);
    const [rejection] = refused;
    expect(await rejection?.json()).toMatchObject({ code: 'quota_exceeded' });
    expect(rejection?.headers.get('ratelimit')).toMatch(/^"user";r=0;t=[12]$/);
    expect(Number(rejection?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  test('is of each customer, and of the internal key by itself', async () => {
    const otherCustomer = await newCustomer(system().url);
    expect((await readOffers(otherCustomer)).status).toBe(200);
    const send = () =>
      fetch(`${system().url}/v1/emotions/stream`, json({}, { 'x-internal-key': system().internalKey }));
    const responses = await Promise.all(Array.from({ length: 30 }, send));
    // A rejection for its content counts as well.
    expect(responses.some(({ status }) => status === 422)).toBe(true);
    expect(responses.filter(({ status }) => status === 429).length).toBeGreaterThan(10);
    expect(responses[0]?.headers.get('ratelimit-policy')).toBe('"key";q=10;w=2');
    expect((await readOffers(otherCustomer)).status).toBe(200);
  });

  test('counts the events of a batch: they are spent afterwards', async () => {
    const sender = await newCustomer(system().url);
    const lines = Array.from({ length: 8 }, () => JSON.stringify({ userId: sender.id, amount: 1 })).join(
      '\n',
    );
    const send = () => {
      const headers = { ...bearer(sender), 'content-type': 'application/x-ndjson' };
      return fetch(`${system().url}/v1/transactions/batch`, { method: 'POST', headers, body: lines });
    };
    const first = await send();
    expect([first.status, first.headers.get('ratelimit')]).toMatchObject([
      202,
      expect.stringMatching(/^"user";r=1[2-4];t=1$/),
    ]);
    const responses = [];
    for (let count = 0; count < 3; count += 1) responses.push(await send());
    const refused = responses.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await refused?.json()).toMatchObject({ code: 'quota_exceeded' });
  });

  test('an unchanged response that is read again costs nothing, and no cache ever keeps it', async () => {
    const reader = await newCustomer(system().url);
    for (const path of ['offers', 'notifications', 'emotions/summary']) {
      const url = `${system().url}/v1/users/${reader.id}/${path}`;
      const first = await fetch(url, { headers: bearer(reader) });
      const etag = first.headers.get('etag') ?? '';
      expect(etag).toMatch(/^W\/"\w+"$/);
      expect(first.headers.get('cache-control')).toBe('no-store');
      // A hop may make a weak tag of a strong one, and the other way.
      for (const tags of [etag.replace('W/', ''), '*']) {
        const same = await fetch(url, { headers: { ...bearer(reader), 'if-none-match': tags } });
        expect([tags, same.status]).toEqual([tags, 304]);
      }
      const again = await fetch(url, { headers: { ...bearer(reader), 'if-none-match': `"x", ${etag}` } });
      expect({ status: again.status, body: await again.text() }).toEqual({ status: 304, body: '' });
      const changed = await fetch(url, { headers: { ...bearer(reader), 'if-none-match': 'W/"other"' } });
      expect(changed.status).toBe(200);
    }
  });

  test('of an address is on its registrations, and says when the next one may come', async () => {
    const register = (place: number) =>
      fetch(
        `${system().url}/v1/auth/register`,
        json({ email: `registration-${place}@example.com`, password: 'a long passphrase' }),
      );
    const responses = await Promise.all(Array.from({ length: 9 }, (_, place) => register(place)));
    const refused = responses.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    for (const response of refused) {
      expect([response.status, await response.json()]).toMatchObject([429, { code: 'quota_exceeded' }]);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(1);
    }
  });
});
