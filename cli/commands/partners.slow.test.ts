import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { createCli } from '../../tests/cli/harness.ts';
import { temporaryFolder } from '../../tests/harness/engines.ts';
import { newOperator } from '../../tests/harness/operators.ts';
import { newCustomer, useSystem } from '../../tests/harness/system.ts';
import { EcsClient } from '../../sdk/index.ts';

/** A partner from its first secret to its end, as it is typed, with the SDK as its client. */
const system = useSystem({ split: false });
const { ecs, data } = createCli({ args: () => ['--data-dir', system().dataDir] });
let env: { ECS_OPERATOR_TOKEN: string } | undefined;
const partners = async (...words: string[]) => {
  env ??= { ECS_OPERATOR_TOKEN: (await newOperator(system())).token };
  return ecs(['partners', ...words], { env });
};

test('the secret is alone on stdout, and the SDK sends events with it until the partner is disabled', async () => {
  const added = await partners('add', 'shop', '--scope', 'transactions:write', '--scope', 'emotions:write');
  expect(added.stdout).toMatch(/^ecs_secret_[\w-]{43}\n$/);
  expect(added.stderr).toContain('client id ptn_');
  const clientSecret = added.stdout.trim();
  const clientId = /ptn_\w+/.exec(added.stderr)?.[0] ?? '';
  const { url: baseUrl } = system();
  const { id: userId } = await newCustomer(baseUrl);
  const shop = new EcsClient({ baseUrl, clientId, clientSecret });
  await shop.transactions.send({ userId, amount: 12.5 });
  const metrics = { positivity: 1, intensity: 0, stress_level: 0 };
  await shop.emotions.sendBatch([{ userId, emotionEvent: { type: 'calm', metrics } }]);
  const shown = await partners('show', 'SHOP');
  expect(shown.stdout).toContain(`client id    ${clientId}`);
  expect(shown.stdout + (await partners('ls')).stdout).not.toContain(clientSecret);
  expect((await partners('disable', clientId)).stdout).toBe(`disabled the partner shop (${clientId})\n`);
  const refused = new EcsClient({ baseUrl, clientId, clientSecret }).transactions.send({ userId, amount: 1 });
  await expect(refused).rejects.toMatchObject({ code: 'invalid_client' });
  expect((await partners('enable', 'shop')).code).toBe(0);
  const rotated = JSON.parse((await partners('rotate', 'shop', '--grace', '0', '--json')).stdout) as {
    data: { client_secret: string };
  };
  const renewed = new EcsClient({ baseUrl, clientId, clientSecret: rotated.data.client_secret });
  await renewed.transactions.send({ userId, amount: 2 });
  expect((await partners('change', 'shop', '--events-per-second', '5')).stdout).toContain('rate         5 ');
  expect((await partners('rm', 'shop')).code).toBe(0);
  expect((await partners('show', 'shop')).code).toBe(3);
}, 60_000);

test('a partner signs with its own key, and its private half is refused', async () => {
  const folder = temporaryFolder();
  const { publicKey, privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  const [publicFile, privateFile] = [join(folder, 'public.jwk'), join(folder, 'private.jwk')];
  await Bun.write(publicFile, JSON.stringify(await exportJWK(publicKey)));
  await Bun.write(privateFile, JSON.stringify(await exportJWK(privateKey)));
  const scope = ['--scope', 'transactions:write'];
  const refused = await partners('add', 'bank', ...scope, '--public-key-file', privateFile);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('private members')]);
  const added = await partners('add', 'bank', ...scope, '--public-key-file', publicFile);
  expect(added.stdout).toBe('');
  const { url: baseUrl } = system();
  const { id: userId } = await newCustomer(baseUrl);
  const clientId = /ptn_\w+/.exec(added.stderr)?.[0];
  const bank = new EcsClient({
    baseUrl,
    clientId,
    privateKey: (await exportJWK(privateKey)) as { kty: string },
  });
  await bank.transactions.send({ userId, amount: 42.5 });
}, 60_000);

test('bad words are refused by name', async () => {
  expect((await partners('add', 'x')).stderr).toContain('--scope <scope> is missing');
  expect((await partners('add', 'x', '--scope', 'king')).stderr).toContain('"king" is no scope');
  expect((await partners('change', 'x')).code).toBe(2);
  expect((await partners('disable', 'nobody')).code).toBe(3);
  expect(await data<object[]>(['partners', 'ls'], env ? { env } : {})).toBeArray();
});
