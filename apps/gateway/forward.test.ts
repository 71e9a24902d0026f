import { describe, expect, test } from 'bun:test';
import { createBodyReader } from '../../platform/http/request-body.ts';
import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { EVENT_STAMP_HEADER, newStamp, readStamp } from '../../platform/http/event-stamp.ts';
import { readForwarded, headersOf, isNamed, withStamp } from './forward.ts';
import { costOf } from './rate-limit.ts';

const clientAddress = () => '203.0.113.9';
const bodies = createBodyReader({ addressOf: clientAddress });
const arrival = (requestId: string) => ({
  principal: { kind: 'internal' } as const,
  requestId,
  span: null,
  clientAddress,
  bodies,
});
const event = JSON.stringify({ userId: Bun.randomUUIDv7() });

function ask(init: RequestInit = {}): Request {
  const headers = {
    'content-type': 'application/json',
    'x-internal-key': 'k',
    cookie: 'session=1',
    'x-forwarded-for': '203.0.113.7',
    'x-client-address': '203.0.113.7',
    'transfer-encoding': 'chunked',
    host: 'elsewhere',
    traceparent: 'not one',
    'x-request-id': 'not a sane one\t',
  };
  return new Request('http://localhost/v1/emotions/stream', {
    method: 'POST',
    headers,
    body: event,
    ...init,
  });
}

test('a body of another customer stops at the gateway, one of the customer goes on as it was parsed', async () => {
  const userId = Bun.randomUUIDv7();
  const customer = { kind: 'customer', userId, tokenExpiresAtMs: 0 } as const;
  const forward = (body: string) =>
    readForwarded(ask({ body }), ENDPOINTS.sendTransaction, {
      ...arrival('request-1'),
      principal: customer,
    });
  await expect(forward(event)).rejects.toMatchObject({ code: 'not_your_user' });
  const text = JSON.stringify({ userId });
  expect((await forward(text)).json).toEqual({ text, value: { userId } });
  expect((await forward('{')).json).toBeNull();
});

describe('the forwarded request', () => {
  test('are the headers it knows, with its own ids: to a service in its process and over HTTP alike', async () => {
    const forwarded = await readForwarded(ask(), ENDPOINTS.sendEmotion, arrival('request-1'));
    const { traceparent = '', ...headers } = headersOf(forwarded);
    expect(headers).toEqual({
      'content-type': 'application/json',
      'x-internal-key': 'k',
      'x-request-id': 'request-1',
    });
    expect(traceparent).toMatch(new RegExp(`^00-${forwarded.trace.traceId}-[0-9a-f]{16}-01$`));
    expect(forwarded.headers.get('x-internal-key')).toBe('k');
    for (const name of ['cookie', 'x-forwarded-for', 'x-client-address', 'transfer-encoding', 'host']) {
      expect([name, forwarded.headers.get(name), forwarded.headers.has(name)]).toEqual([name, null, false]);
    }
    expect(new TextDecoder().decode(forwarded.body ?? undefined)).toBe(event);
  });

  test('is stamped by a load balancer only where it is one event', async () => {
    const stamp = newStamp();
    const stamped = () =>
      ask({ headers: { 'content-type': 'application/json', [EVENT_STAMP_HEADER]: stamp } });
    const event = await readForwarded(stamped(), ENDPOINTS.sendEmotion, arrival('request-1'));
    expect(withStamp(event).headers.get(EVENT_STAMP_HEADER)).toBe(stamp);
    const acceptance = await readForwarded(stamped(), ENDPOINTS.analyzeCredit, arrival('request-2'));
    expect([acceptance.headers.get(EVENT_STAMP_HEADER), isNamed(acceptance.headers)]).toEqual([null, false]);
  });

  test.each(['order-1', `${Bun.randomUUIDv7()}@now`, `${newStamp()}, ${newStamp()}`, ' '])(
    'has a stamp of the gateway where the one that came, %p, says no id: it would be sent again without one',
    async (stamp) => {
      const headers = { 'content-type': 'application/json', [EVENT_STAMP_HEADER]: stamp };
      const event = await readForwarded(ask({ headers }), ENDPOINTS.sendEmotion, arrival('request-1'));
      expect([event.headers.get(EVENT_STAMP_HEADER), isNamed(event.headers)]).toEqual([null, false]);
      expect(readStamp(withStamp(event), Date.now())).not.toBeNull();
    },
  );

  test('has no type where it has no body', async () => {
    const empty = ask({ body: null, headers: { 'content-type': 'application/json', 'content-length': '0' } });
    const forwarded = await readForwarded(empty, ENDPOINTS.analyzeCredit, arrival('request-1'));
    expect([forwarded.body, forwarded.headers.get('content-type')]).toEqual([null, null]);
  });

  test('has the body that an endpoint without one was sent, for the service to refuse it', async () => {
    const forwarded = await readForwarded(ask(), ENDPOINTS.analyzeCredit, arrival('request-1'));
    expect(new TextDecoder().decode(forwarded.body ?? undefined)).toBe(event);
    const form = ask({ headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect(readForwarded(form, ENDPOINTS.analyzeCredit, arrival('request-2'))).rejects.toMatchObject({
      code: 'unsupported_media_type',
    });
  });

  test('has lines where a batch came as an array, and so its events are counted', async () => {
    const batch = (body: string, contentType = 'application/json; charset=utf-8') =>
      readForwarded(
        ask({ body, headers: { 'content-type': contentType } }),
        ENDPOINTS.sendEmotionBatch,
        arrival('request-1'),
      );
    const events = [{ userId: 'a', note: 'line\nbreak, caf\u00e9' }, 7, null];
    const forwarded = await batch(JSON.stringify(events, null, 2));
    expect(forwarded.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = new TextDecoder().decode(forwarded.body ?? undefined).split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(events);
    expect(costOf(ENDPOINTS.sendEmotionBatch, forwarded.body)).toBe(3);
    for (const [body, code] of [
      ['{}', 'invalid_request'],
      ['[]', 'invalid_request'],
      ['[', 'malformed_body'],
      ['', 'malformed_body'],
    ] as const) {
      expect(batch(body)).rejects.toMatchObject({ code });
    }
    for (const type of ['text/plain', 'application/json; charset=utf-16']) {
      expect(batch('[1]', type)).rejects.toMatchObject({ code: 'unsupported_media_type' });
    }
  });

  test.each<[string, string, Record<string, string>, boolean]>([
    ['a write whose tag is another', 'POST', { 'if-match': 'W/"1"' }, false],
    ['a write if nothing is there', 'POST', { 'if-none-match': '*' }, false],
    ['a write of whatever is there', 'POST', { 'if-match': '*' }, true],
    ['a read of one tag, which is weak', 'GET', { 'if-match': 'W/"1"' }, false],
    ['a read of another tag', 'GET', { 'if-none-match': 'W/"1"' }, true],
  ])('%s by %s if %p goes on: %p', async (_, method, condition, goesOn) => {
    const headers = { 'content-type': 'application/json', ...condition };
    const request = method === 'GET' ? ask({ method, headers, body: null }) : ask({ headers });
    const endpoint = method === 'GET' ? ENDPOINTS.listOffers : ENDPOINTS.sendEmotion;
    const forwarded = readForwarded(request, endpoint, arrival('request-1'));
    if (goesOn) expect((await forwarded).method).toBe(method);
    else expect(forwarded).rejects.toMatchObject({ code: 'precondition_failed' });
  });

  test('goes on to be written when its client has left, and is no longer read', async () => {
    const client = new AbortController();
    const write = ask({ signal: client.signal });
    const written = await readForwarded(write, ENDPOINTS.sendEmotion, arrival('request-1'));
    const read = new Request('http://localhost/v1/credit-offers', { signal: client.signal });
    const readOn = await readForwarded(read, ENDPOINTS.listOffers, arrival('request-2'));
    client.abort();
    expect([written.signal.aborted, readOn.signal.aborted]).toEqual([false, true]);
  });
});
