import { afterAll, afterEach, expect, setSystemTime, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { startWebhookReceiver, storeEndpoint, storeEvents } from '../../../tests/harness/webhook-receiver.ts';
import { createSecretBox } from '../../../platform/webhooks/webhook-secret.ts';
import { createManageWebhooks } from './manage-webhooks.ts';

const runtime = createTestRuntime();
const secrets = createSecretBox('a secret key of at least 32 characters');
const receiver = startWebhookReceiver();
afterAll(() => receiver.stop());
afterEach(() => void setSystemTime());

test('a redelivery without an end has the newest events, where the clock of the service is half an hour behind', async () => {
  const database = await openTestDatabase(runtime);
  const webhooks = createManageWebhooks({ database, secrets, allowed: null });
  const owner = { partnerId: null, actor: { kind: 'operator', name: 'ada' }, name: 'ada' } as const;
  const { id } = await storeEndpoint(database, secrets, receiver, ['offer.accepted']);
  await storeEvents(database, 2);
  const since = new Date(Date.now() - 3_600_000).toISOString();
  setSystemTime(new Date(Date.now() - 1_800_000));
  const count = await webhooks.redeliver(owner, id, { since });
  expect(count).toBe(1);
});

test('refuses the changes of a partner beyond a bound, and none of operators or other partners', async () => {
  const database = await openTestDatabase(runtime);
  const webhooks = createManageWebhooks({ database, secrets, allowed: null });
  const { id } = await storeEndpoint(database, secrets, receiver, ['offer.accepted']);
  const partner = (name: string) => ({ partnerId: name, actor: { kind: 'system', name }, name }) as const;
  const refusal = (changing: Promise<unknown>) => changing.then(String, (error) => error.code);
  const codes = new Map<string, number>();
  for (let at = 0; at < 220; at += 1) {
    const changing =
      at % 2 === 0 ? webhooks.disable(partner('ptn_a'), id) : webhooks.remove(partner('ptn_a'), id);
    const code = await refusal(changing);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  expect(codes.get('webhook_not_found')).toBeGreaterThanOrEqual(200);
  expect(codes.get('quota_exceeded')).toBeGreaterThan(0);
  const acts = [
    webhooks.add(partner('ptn_a'), { url: 'https://8.8.8.8/', event_types: ['offer.accepted'] }),
    webhooks.rotate(partner('ptn_a'), id, 0),
    webhooks.change(partner('ptn_a'), id, { enabled: false }),
    webhooks.enable(partner('ptn_a'), id),
    webhooks.test(partner('ptn_a'), id),
    webhooks.redeliver(partner('ptn_a'), id, { since: new Date().toISOString() }),
  ];
  expect(await Promise.all(acts.map(refusal))).toEqual(acts.map(() => 'quota_exceeded'));
  expect(await refusal(webhooks.disable(partner('ptn_b'), id))).toBe('webhook_not_found');
  const operator = { partnerId: null, actor: { kind: 'operator', name: 'ada' }, name: 'ada' } as const;
  expect((await webhooks.disable(operator, id)).webhook_id).toBe(id);
});
