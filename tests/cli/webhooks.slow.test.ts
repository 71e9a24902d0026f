import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { EcsClient, verifyWebhook } from '../../sdk/index.ts';
import { eventually } from '../harness/engines.ts';
import { storeOffer } from '../harness/offers.ts';
import { newOperator } from '../harness/operators.ts';
import { newCustomer, useSystem } from '../harness/system.ts';
import { startWebhookReceiver } from '../harness/webhook-receiver.ts';
import { createCli } from './harness.ts';

/** Webhooks as an operator at a terminal meets them. */
const system = useSystem({ split: false, variables: { WEBHOOK_ALLOW_NETWORKS: '127.0.0.1' } });
const receiver = startWebhookReceiver();
afterAll(() => receiver.stop());
let cli: ReturnType<typeof createCli>;
beforeAll(async () => {
  const { token } = await newOperator(system(), ['operator']);
  cli = createCli({ args: ['--url', system().url], env: { ECS_OPERATOR_TOKEN: token } });
}, 30_000);

async function activateLimit(): Promise<string> {
  const { url: baseUrl, sql } = system();
  const { id, token } = await newCustomer(baseUrl);
  const offerId = await storeOffer(sql, id);
  await new EcsClient({ baseUrl, token }).offers.accept(offerId).waitUntilActive({ timeoutMs: 10_000 });
  return id;
}

type Added = { webhook_id: string; secret: string; state: string };

describe('ecs webhooks', () => {
  test('adds, tests, shows, rotates, disables, enables and removes an endpoint', async () => {
    const { ecs, data } = cli;
    const added = await data<Added>(['webhooks', 'add', `${receiver.url}/a`, '--events', 'limit.activated']);
    const id = added.webhook_id;
    const tested = await data<{ state: string }>(['webhooks', 'test', id]);
    expect(tested.state).toBe('delivered');
    const shown = await ecs(['webhooks', 'show', id]);
    expect(shown.stdout).toContain('state     enabled');
    expect(shown.stdout).not.toContain('whsec_');
    const { stdout: list } = await ecs(['webhooks', 'ls']);
    const short = id.slice(0, 8);
    expect(list).toMatch(new RegExp(`${short} +enabled +0 +127\\.0\\.0\\.1`));
    expect(await data<Added>(['webhooks', 'rotate', id])).toMatchObject({ secret: expect.any(String) });
    const changes = ['--to', `${receiver.url}/b`, '--events', 'limit.closed,credit.denied'];
    expect((await ecs(['webhooks', 'change', short, ...changes])).stdout).toContain(
      `url       ${receiver.url}/b\nevents    limit.closed,credit.denied\n`,
    );
    expect(await ecs(['webhooks', 'change', id])).toMatchObject({ code: 2 });
    expect((await ecs(['webhooks', 'change', id, '--to', 'https://10.0.0.1/'])).stderr).toContain(
      'public address',
    );
    expect(await data<Added>(['webhooks', 'disable', short])).toMatchObject({ state: 'disabled' });
    expect(await data<Added>(['webhooks', 'enable', id])).toMatchObject({ state: 'enabled' });
    receiver.respond = () => new Response('no', { status: 503 });
    const failed = await ecs(['webhooks', 'test', id, '--json']);
    receiver.respond = () => new Response('ok');
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.stdout)).toMatchObject({
      ok: false,
      data: { state: 'given_up', last_status: 503 },
      error: { message: 'the test was not delivered: status 503' },
    });
    const { stdout: log } = await ecs(['webhooks', 'deliveries', id]);
    expect(log.split('\n').filter((line) => line.includes('webhook.test'))).toHaveLength(2);
    expect(Math.max(...`${list}\n${log}`.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
    const [, first = ''] = log.split('\n');
    const { stdout: details } = await ecs(['webhooks', 'deliveries', short, first.slice(0, 8)]);
    expect(details).toContain('given_up, 1 attempt');
    expect((await ecs(['webhooks', 'show', 'ffff'])).code).toBe(3);
    expect((await ecs(['webhooks', 'rm', id])).stdout).toBe(`removed ${id}\n`);
    expect((await ecs(['webhooks', 'show', id])).code).toBe(3);
  }, 60_000);

  test('refuses a private address and a type that there is not', async () => {
    const refused = await cli.ecs(['webhooks', 'add', 'https://10.0.0.1/hooks']);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('must be of a public address');
    const nowhere = await cli.ecs(['webhooks', 'add', `https://${'a'.repeat(64)}.example/`]);
    expect(nowhere.stderr).toContain('must be of a host that has an address: its name has none');
    const unknown = await cli.ecs(['webhooks', 'add', 'https://example.com/', '--events', 'offer.made']);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('no type offer.made') });
  }, 30_000);
});

test('ecs listen forwards events to a receiver, signed with the secret that it prints', async () => {
  const child = cli.start(['listen', '--forward-to', `${receiver.url}/listen`, '--json']);
  const reader = child.stderr.getReader();
  let talk = '';
  const secret = await eventually('it listens', async () => {
    talk += new TextDecoder().decode((await reader.read()).value);
    return /whsec_\S+/.exec(talk)?.[0];
  });
  const userId = await activateLimit();
  const arrived = await eventually('both events are forwarded', async () => {
    const messages = receiver.received.filter(
      ({ path, body }) => path === '/listen' && body.includes(userId),
    );
    return messages.length === 2 && messages;
  });
  const events = await Promise.all(arrived.map(({ body, headers }) => verifyWebhook(body, headers, secret)));
  expect(events.map(({ type }) => type)).toEqual(['offer.accepted', 'limit.activated']);
  // Not ended before the response of the receiver: an attempt that is interrupted is printed as such.
  const output = child.stdout.getReader();
  let printed = '';
  const line = await eventually('the last one is printed', async () => {
    printed += new TextDecoder().decode((await output.read()).value);
    return printed
      .split('\n')
      .slice(0, -1)
      .find((candidate) => candidate.includes('limit.activated'));
  });
  child.kill('SIGINT');
  expect(JSON.parse(line)).toMatchObject({
    ok: true,
    data: { event_type: 'limit.activated', forwarded: { status: 200, error: null } },
  });
}, 60_000);
