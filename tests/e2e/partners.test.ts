import { beforeAll, describe, expect, test } from 'bun:test';
import { exportJWK, generateKeyPair } from 'jose';
import type { Partner, PartnerSecret } from '../../sdk/contracts/operator-partners.ts';
import { JWT_ASSERTION } from '../../sdk/contracts/partner.ts';
import { eventually } from '../harness/engines.ts';
import { type TestPartners, usePartners } from '../harness/partners.ts';
import { emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';

/** Partners: their credentials, their tokens, and the endpoints that these open. */
const system = useSystem({ split: false, variables: { LOGIN_GUESSES_PER_ACCOUNT: '5' } });
let partners: TestPartners;
beforeAll(async () => {
  partners = await usePartners(system());
}, 60_000);

const authorized = (token: string) => ({ authorization: `Bearer ${token}` });
const codeOf = async (response: Response) =>
  `${response.status} ${((await response.json()) as { code?: string }).code ?? ''}`.trim();
const basic = ({ client_id, client_secret }: PartnerSecret) => ({
  authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}`,
});
const sendEmotion = async (token: string) =>
  fetch(
    `${system().url}/v1/emotions/stream`,
    json(emotionOf((await newCustomer(system().url)).id), authorized(token)),
  );

describe('the token endpoint', () => {
  test('gives a token for 15 minutes, by Basic or in the form, with the scopes that were asked for', async () => {
    const partner = await partners.add({ scopes: ['emotions:write', 'transactions:write'] });
    const { client_id, client_secret } = partner;
    const inForm = await partners.requestToken({ client_id, client_secret, scope: 'transactions:write' });
    expect(inForm.headers.get('cache-control')).toBe('no-store');
    expect([inForm.status, await inForm.json()]).toEqual([
      200,
      {
        access_token: expect.any(String),
        token_type: 'bearer',
        expires_in: 900,
        scope: 'transactions:write',
      },
    ]);
    const inHeader = await partners.requestToken({}, basic(partner));
    expect(await inHeader.json()).toMatchObject({ scope: 'emotions:write transactions:write' });
  });

  test('has errors as RFC 6749 writes them, and ignores parameters that it does not know', async () => {
    const partner = await partners.add({ scopes: ['emotions:write'] });
    const { client_id, client_secret } = partner;
    const client = { client_id, client_secret };
    const url = `${system().url}/v1/oauth/token`;
    const outcomeOf = async (response: Response) => {
      const { error, error_description } = (await response.json()) as Record<string, unknown>;
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
      return [response.status, error];
    };
    const post = (body: string) =>
      fetch(url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    const wrong = await partners.requestToken({}, basic({ ...partner, client_secret: 'wrong' }));
    expect(wrong.headers.get('www-authenticate')).toStartWith('Basic ');
    expect(await outcomeOf(wrong)).toEqual([401, 'invalid_client']);
    expect(await outcomeOf(await partners.requestToken({ client_id }))).toEqual([401, 'invalid_client']);
    const cases: [Record<string, string>, unknown[]][] = [
      [{ ...client, grant_type: 'password' }, [400, 'unsupported_grant_type']],
      [{ ...client, grant_type: '' }, [400, 'invalid_request']],
      [{ ...client, scope: 'transactions:write' }, [400, 'invalid_scope']],
      [{ ...client, scope: 'king' }, [400, 'invalid_scope']],
      [
        { ...client, client_assertion: 'a.b.c', client_assertion_type: JWT_ASSERTION },
        [400, 'invalid_request'],
      ],
      [{ client_assertion: 'a.b.c', client_assertion_type: JWT_ASSERTION }, [401, 'invalid_client']],
      [{ client_assertion: 'a.b.c' }, [400, 'invalid_request']],
    ];
    for (const [fields, expected] of cases) {
      expect([fields, await outcomeOf(await partners.requestToken(fields))]).toEqual([fields, expected]);
    }
    // No text of a client is an error of ours, not even one that the database does not take.
    expect(await outcomeOf(await partners.requestToken({ client_id: 'ptn_\0', client_secret: 'x' }))).toEqual(
      [400, 'invalid_request'],
    );
    const nul = { client_id: 'ptn_%00', client_secret: 'x' };
    expect((await partners.requestToken({}, basic(nul as PartnerSecret))).status).toBe(401);
    const twice = 'grant_type=client_credentials&grant_type=client_credentials';
    expect(await outcomeOf(await post(twice))).toEqual([400, 'invalid_request']);
    expect(await outcomeOf(await fetch(url, json(client)))).toEqual([415, 'invalid_request']);
    expect((await partners.requestToken({ ...client, resource: 'https://example.com' })).status).toBe(200);
  });

  test('bounds guesses of a client at an address, and lets right secrets in elsewhere', async () => {
    const [target, bystander] = [await partners.add(), await partners.add()];
    for (let guess = 0; guess < 5; guess += 1) {
      expect(await codeOf(await partners.requestToken({}, basic({ ...target, client_secret: 'no' })))).toBe(
        '401 invalid_client',
      );
    }
    const barred = await partners.requestToken({}, basic(target));
    expect(barred.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await codeOf(barred)).toBe('429 too_many_attempts');
    expect((await partners.requestToken({}, basic(bystander))).status).toBe(200);
  });
});

describe('a token', () => {
  test('writes for every customer, as the platform does, and batches count by their events', async () => {
    const { url, sql } = system();
    const partner = await partners.add({ scopes: ['transactions:write'], events_per_second: 10 });
    const token = await partners.tokenOf(partner);
    const { id } = await newCustomer(url);
    const sent = await fetch(`${url}/v1/transactions`, json({ userId: id, amount: 12.5 }, authorized(token)));
    expect(sent.status).toBe(202);
    expect(sent.headers.get('ratelimit-policy')).toBe('"partner";q=20;w=2');
    await eventually('it is stored', async () => {
      const rows = await sql`select source from transactions where user_id = ${id}`;
      return rows.length === 1 && rows[0]?.source === 'platform';
    });
    const batch = Array.from({ length: 15 }, () => JSON.stringify({ userId: id, amount: 1 })).join('\n');
    const send = () =>
      fetch(`${url}/v1/transactions/batch`, {
        method: 'POST',
        headers: { ...authorized(token), 'content-type': 'application/x-ndjson' },
        body: batch,
      });
    const statuses = [await send(), await send(), await send()].map(({ status }) => status);
    expect(statuses).toContain(202);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe('an operator', () => {
  test('disables a partner: its tokens are refused at once, also after it is enabled again', async () => {
    const partner = await partners.add({ scopes: ['emotions:write'] });
    const token = await partners.tokenOf(partner);
    expect((await sendEmotion(token)).status).toBe(202);
    const disabled = await partners.act('POST', `/${partner.client_id}/disable`);
    expect(await disabled.json()).toMatchObject({ status: 'disabled' });
    await eventually('its token is refused', async () => (await sendEmotion(token)).status === 401);
    expect(await codeOf(await partners.requestToken({}, basic(partner)))).toBe('401 invalid_client');
    expect((await partners.act('POST', `/${partner.client_id}/enable`)).status).toBe(200);
    const renewed = await partners.tokenOf(partner);
    await eventually('the new token is taken', async () => (await sendEmotion(renewed)).status === 202);
    expect((await sendEmotion(token)).status).toBe(401);
  });

  test('rotates a secret: the one before stays valid for its grace, and no third one does', async () => {
    const partner = await partners.add();
    const rotate = async (grace_seconds: number) =>
      (await (
        await partners.act('POST', `/${partner.client_id}/rotate`, { grace_seconds })
      ).json()) as PartnerSecret;
    const statusOf = async ({ client_secret }: PartnerSecret) =>
      (await partners.requestToken({}, basic({ ...partner, client_secret }))).status;
    const second = await rotate(3600);
    expect(Date.parse(second.former_expires_at ?? '')).toBeGreaterThan(Date.now());
    expect([await statusOf(partner), await statusOf(second)]).toEqual([200, 200]);
    const third = await rotate(3600);
    expect([await statusOf(partner), await statusOf(second), await statusOf(third)]).toEqual([401, 200, 200]);
    const token = await partners.tokenOf({ ...partner, client_secret: third.client_secret });
    const fourth = await rotate(0);
    expect([await statusOf(third), await statusOf(fourth)]).toEqual([401, 200]);
    await eventually('its tokens are void', async () => (await sendEmotion(token)).status === 401);
    const shown = await partners.act('GET', `/${partner.client_id}`);
    const text = await shown.text();
    expect((JSON.parse(text) as Partner).credentials).toHaveLength(1);
    expect(text).not.toContain(fourth.client_secret ?? 'none');
  });

  test('changes and removes a partner, whose name is free again and whose id is not', async () => {
    const name = `shop ${crypto.randomUUID()}`;
    const partner = await partners.add({ name, scopes: ['emotions:write'] });
    const token = await partners.tokenOf(partner);
    const path = `/${partner.client_id}`;
    const taken = await partners.act('POST', '', { name: name.toUpperCase(), scopes: ['emotions:write'] });
    expect(await codeOf(taken)).toBe('409 partner_name_taken');
    const change = () => partners.act('PUT', path, { scopes: ['transactions:write'] });
    const changed = await (await change()).json();
    expect(await (await change()).json()).toEqual(changed);
    await eventually('the scope is gone', async () => (await sendEmotion(token)).status === 403);
    for (const _ of ['first', 'again']) {
      expect(await (await partners.act('DELETE', path)).json()).toMatchObject({
        status: 'removed',
        credentials: [],
      });
    }
    await eventually('its token is refused', async () => (await sendEmotion(token)).status === 401);
    expect(await codeOf(await partners.act('POST', `${path}/enable`))).toBe('409 partner_removed');
    expect(await codeOf(await partners.act('POST', `${path}/rotate`))).toBe('409 partner_removed');
    expect(await codeOf(await partners.act('PUT', path, { events_per_second: 5 }))).toBe(
      '409 partner_removed',
    );
    await partners.add({ name });
    const acts = await system().sql<{ act: string }[]>`
      select act from audit_log where subject_id = ${partner.client_id} and act like 'partner.%' order by created_at`;
    expect(acts.map(({ act }) => act)).toEqual(['partner.add', 'partner.change', 'partner.remove']);
  });

  test('registers public keys alone, of algorithms that only their owner can sign with', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const scopes = ['emotions:write'];
    const refusals = [
      await exportJWK(privateKey),
      { kty: 'oct', k: 'c2VjcmV0' },
      { kty: 'RSA', n: 'AQAB', e: 'AQAB' },
      { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' },
      { kty: 'EC', crv: 'P-256', alg: 'none', x: 'AA', y: 'AA' },
    ];
    for (const public_key of refusals) {
      const response = await partners.act('POST', '', { name: crypto.randomUUID(), scopes, public_key });
      expect(await codeOf(response)).toBe('422 invalid_request');
    }
  });
});
