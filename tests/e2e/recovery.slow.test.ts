import { describe, expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'nats';
import { readNatsUrl } from '../../platform/addresses/nats.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { EcsClient } from '../../sdk/index.ts';
import { eventually } from '../harness/engines.ts';
import { freeze } from '../harness/freeze.ts';
import { storeOffer } from '../harness/offers.ts';
import { type Customer, json, emotionOf, newCustomer, useSystem } from '../harness/system.ts';
import { fastestMs } from '../harness/time.ts';

/** Services and engines that die, freeze or forget, while somebody waits for the effect. */
describe('a system with failing services', () => {
  const system = useSystem({ isPrivate: true, split: true });

  const pidOf = (name: string): number => {
    const child = system()
      .state()
      .children.find((candidate) => candidate.name === name);
    if (!child?.pid) throw new Error(`${name} does not run`);
    return child.pid;
  };
  const isBack = (name: string, before: number) =>
    eventually(
      `${name} is back`,
      () => {
        const child = system()
          .state()
          .children.find((candidate) => candidate.name === name);
        return child?.state === 'running' && child.pid !== before;
      },
      30_000,
    );

  const openOffer = ({ id }: Customer) => storeOffer(system().sql, id);

  async function isSettled(offerId: string): Promise<boolean> {
    const [row] = await system().sql`
      select c.status, (select count(*)::int from notifications n where n.offer_id = c.id) as notifications,
        (select count(*)::int from outbox o where o.payload->>'offerId' = c.id::text and sent_at is null) as unsent
      from credit_limits c where c.id = ${offerId}`;
    return row?.status === 'active' && row.notifications === 1 && row.unsent === 0;
  }

  async function waitingPulls(): Promise<number> {
    const connection = await connect(readNatsUrl(system().natsUrl));
    try {
      const {
        stream,
        durables: [durable],
      } = TOPICS.creditOffersApproved;
      return (await (await connection.jetstreamManager()).consumers.info(stream, durable)).num_waiting;
    } finally {
      await connection.close();
    }
  }

  test("an accepted offer becomes active even when the broker's whole store is wiped in between", async () => {
    const customer = await newCustomer(system().url);
    const offerId = await openOffer(customer);
    const worker = pidOf('credit-application');
    freeze(worker);
    // A pull that still waits would have the message delivered into the frozen worker's socket.
    await eventually('the worker waits for nothing', async () => (await waitingPulls()) === 0);
    await new EcsClient({ baseUrl: system().url, token: customer.token }).offers.accept(offerId);
    await eventually('the message is in the stream', async () => {
      const rows = await system()
        .sql`select from outbox where payload->>'offerId' = ${offerId} and sent_at is not null`;
      return rows.length === 1;
    });
    const broker = pidOf('nats');
    process.kill(broker, 'SIGKILL');
    rmSync(join(system().dataDir, 'nats', 'jetstream'), { recursive: true, force: true });
    await isBack('nats', broker);
    process.kill(worker, 'SIGCONT');
    await eventually('it is active, with one notification', () => isSettled(offerId), 30_000);
  });

  test('events that were accepted while their worker is dead are stored when it is back', async () => {
    const customer = await newCustomer(system().url);
    const worker = pidOf('emotion-processing');
    process.kill(worker, 'SIGKILL');
    const ids: string[] = [];
    for (let index = 0; index < 50; index += 1) {
      const init = json(emotionOf(customer.id), { 'x-internal-key': system().internalKey });
      const response = await fetch(`${system().url}/v1/emotions/stream`, init);
      expect(response.status).toBe(202);
      ids.push(((await response.json()) as { eventId: string }).eventId);
    }
    await isBack('emotion-processing', worker);
    await eventually(
      'each is stored once',
      async () => {
        const rows = await system().sql`select id from emotional_events where user_id = ${customer.id}`;
        return (
          rows
            .map(({ id }) => id as string)
            .toSorted()
            .join() === ids.toSorted().join()
        );
      },
      30_000,
    );
  });

  test('without Redis an analysis is returned and its cooldown holds', async () => {
    const customer = await newCustomer(system().url);
    const ecs = new EcsClient({ baseUrl: system().url, token: customer.token });
    freeze(pidOf('redis'));
    try {
      const first = await ecs.analyses.create(customer.id);
      const second = await ecs.analyses.create(customer.id);
      expect(second).toEqual({ ...first, replayed: true });
    } finally {
      process.kill(pidOf('redis'), 'SIGCONT');
    }
  });

  test('without the broker an event is refused with 503 and Retry-After, never accepted', async () => {
    const customer = await newCustomer(system().url);
    freeze(pidOf('nats'));
    try {
      const init = json(emotionOf(customer.id), { 'x-internal-key': system().internalKey });
      const response = await fetch(`${system().url}/v1/emotions/stream`, init);
      expect(response.status).toBe(503);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    } finally {
      process.kill(pidOf('nats'), 'SIGCONT');
    }
  });

  test('without the model an analysis is refused with 503, five times slowly, then at once', async () => {
    const customer = await newCustomer(system().url);
    const before = pidOf('ml-mock');
    freeze(before);
    try {
      const headers = { authorization: `Bearer ${customer.token}` };
      const ask = () =>
        fetch(`${system().url}/v1/users/${customer.id}/credit-analysis`, { method: 'POST', headers });
      for (let call = 0; call < 5; call += 1) expect((await ask()).status).toBe(503);
      let refused = await ask();
      const refusedMs = await fastestMs(async () => (refused = await ask()));
      expect(refused.status).toBe(503);
      expect(refusedMs).toBeLessThan(400);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(20);
      expect(await refused.json()).toMatchObject({ code: 'model_unavailable' });
    } finally {
      process.kill(before, 'SIGCONT');
    }
  });
});
