import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { createWebhookSecret, signWebhook } from '../../platform/webhooks/webhook-secret.ts';
import { verifyWebhook } from './verify-webhook.ts';

const secret = createWebhookSecret();
const id = crypto.randomUUID();
const payload = JSON.stringify({ id, type: 'webhook.test', timestamp: '2026-11-28T20:00:00.000Z', data: {} });
const signed = (atMs = Date.now(), secrets = [secret]) =>
  signWebhook({ id, payload, at: new Date(atMs) }, secrets);

describe('verifyWebhook', () => {
  test('returns the event of a webhook that the reference library has signed', async () => {
    const at = new Date();
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, payload),
    };
    expect(await verifyWebhook(payload, headers, secret)).toMatchObject({ id, type: 'webhook.test' });
    expect(signed(at.getTime())).toEqual(headers);
  });

  test('takes headers of every kind, and bytes', async () => {
    const headers = signed();
    const bytes = new TextEncoder().encode(payload);
    const upper = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]),
    );
    for (const kind of [headers, upper, new Headers(headers)]) {
      expect(await verifyWebhook(bytes, kind, secret)).toMatchObject({ id });
    }
  });

  test('refuses options that it would ignore: with a tolerance of NaN a replay of any age would be new', async () => {
    const old = signed(Date.now() - 3_600_000);
    const verify = (options: object, body: unknown = payload) =>
      verifyWebhook(body as string, old, secret, options);
    await expect(verify({ toleranceSeconds: Number.NaN })).rejects.toThrow('toleranceSeconds must be');
    await expect(verify({ toleranceSeconds: '7200' })).rejects.toThrow('toleranceSeconds must be');
    await expect(verify({ tolerance: 7200 })).rejects.toThrow('is it toleranceSeconds?');
    await expect(verify({ nowMs: new Date() })).rejects.toThrow('nowMs must be');
    await expect(verify({}, JSON.parse(payload))).rejects.toThrow('the body as it came');
    await expect(verify({}, new ArrayBuffer(8))).rejects.toThrow('the body as it came');
    await expect(verifyWebhook(payload, signed(), undefined as never)).rejects.toThrow('begins with whsec_');
  });

  test('reads repeated headers as HTTP joins them', async () => {
    const headers = signed();
    const other = signed(Date.now(), [createWebhookSecret()])['webhook-signature'];
    const repeated = { ...headers, 'webhook-signature': [other, headers['webhook-signature']] };
    expect(await verifyWebhook(payload, repeated, secret)).toMatchObject({ id });
    const twoIds = { ...headers, 'webhook-id': [id, crypto.randomUUID()] };
    await expect(verifyWebhook(payload, twoIds, secret)).rejects.toMatchObject({
      code: 'webhook_signature_invalid',
    });
  });

  test('takes either secret while one is rotated', async () => {
    const next = createWebhookSecret();
    const headers = signed(Date.now(), [next, secret]);
    for (const secrets of [secret, next, [createWebhookSecret(), next]]) {
      expect(await verifyWebhook(payload, headers, secrets)).toMatchObject({ id });
    }
  });

  test.each([
    ['another secret', () => [payload, signed(), createWebhookSecret()], 'webhook_signature_invalid'],
    ['another payload', () => [`${payload} `, signed(), secret], 'webhook_signature_invalid'],
    [
      'another id',
      () => [payload, { ...signed(), 'webhook-id': crypto.randomUUID() }, secret],
      'webhook_signature_invalid',
    ],
    [
      'a signature of another scheme',
      () => [
        payload,
        { ...signed(), 'webhook-signature': signed()['webhook-signature'].replace('v1,', 'v1a,') },
        secret,
      ],
      'webhook_signature_invalid',
    ],
    ['an old one', () => [payload, signed(Date.now() - 302_000), secret], 'webhook_too_old'],
    ['one of the future', () => [payload, signed(Date.now() + 302_000), secret], 'webhook_too_new'],
    [
      'a time that is none',
      () => [payload, { ...signed(), 'webhook-timestamp': '1e9' }, secret],
      'webhook_timestamp_invalid',
    ],
    ['no headers', () => [payload, {}, secret], 'webhook_headers_missing'],
    ['a text that is no secret', () => [payload, signed(), 'secret'], 'webhook_secret_invalid'],
    ['a list without a secret', () => [payload, signed(), [] as never], 'webhook_secret_invalid'],
    ['headers that are none', () => [payload, undefined as never, secret], 'invalid_argument'],
  ] as [string, () => [string, Record<string, string>, string], string][])(
    'rejects %s',
    async (_, make, code) => {
      await expect(verifyWebhook(...make())).rejects.toMatchObject({ code });
    },
  );

  test('takes a time at the edge of the tolerance, in either direction, and none a second beyond', async () => {
    const atMs = Date.UTC(2026, 10, 28, 20);
    for (const toleranceSeconds of [undefined, 60, 0]) {
      const edge = toleranceSeconds ?? 300;
      const verifyAt = (nowMs: number) =>
        verifyWebhook(payload, signed(atMs), secret, { toleranceSeconds, nowMs });
      for (const seconds of [edge, -edge]) {
        expect(await verifyAt(atMs + seconds * 1000)).toMatchObject({ id });
      }
      // The time of a webhook has whole seconds: a part of one is none.
      expect(await verifyAt(atMs + edge * 1000 + 999)).toMatchObject({ id });
      await expect(verifyAt(atMs + (edge + 1) * 1000)).rejects.toMatchObject({ code: 'webhook_too_old' });
      await expect(verifyAt(atMs - edge * 1000 - 1)).rejects.toMatchObject({ code: 'webhook_too_new' });
    }
  });

  test('rejects a signed payload that is no event', async () => {
    for (const text of ['', '[]', '{}', 'null', JSON.stringify({ id: 'x', type: 'y', data: {} })]) {
      const headers = signWebhook({ id, payload: text, at: new Date() }, [secret]);
      await expect(verifyWebhook(text, headers, secret)).rejects.toMatchObject({
        code: 'webhook_payload_invalid',
      });
    }
  });

  test('rejects every change of a byte, and any headers', async () => {
    const headers = signed();
    const bytes = new TextEncoder().encode(payload);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: bytes.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (place, change) => {
          const changed = bytes.map((byte, index) => (index === place ? byte ^ change : byte));
          await expect(verifyWebhook(changed, headers, secret)).rejects.toMatchObject({
            code: 'webhook_signature_invalid',
          });
        },
      ),
      { numRuns: 50 },
    );
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (timestamp, signature) => {
        const forged = { ...headers, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
        await expect(verifyWebhook(payload, forged, secret)).rejects.toMatchObject({
          code: expect.stringMatching(/^webhook_/),
        });
      }),
      { numRuns: 50 },
    );
  });
});
