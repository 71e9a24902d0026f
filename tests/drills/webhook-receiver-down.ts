import { EcsClient } from '../../sdk/client.ts';
import { eventually } from '../harness/engines.ts';
import { createCustomers, type Customer } from './customers.ts';
import type { Drill, Stage } from './drill.ts';
import {
  addReceiver,
  ARRIVED_MS,
  judge,
  untilAllExpected,
  untilArrived,
  untilNothingWaits,
} from './webhook-receiver.ts';

const CUSTOMERS = 8;

/**
 * Customers accept, get and close limits, again and again, while their receiver is down, then fails now and
 * then, and the service that sends is killed. The receiver forgets repeated ids, as each has to.
 */
export const webhookReceiverDown: Drill = {
  name: 'webhook-receiver-down',
  summary: 'a receiver of webhooks is down under load (--seconds), and the service that sends is killed',
  events: 600,
  seconds: 6,
  variables: () => ({ WEBHOOK_ALLOW_NETWORKS: '127.0.0.1' }),
  async run(stage) {
    const { system, sql, random, faults } = stage;
    const receiver = await addReceiver(stage, () => random.next() < 0.03);
    const customers = await createCustomers(system, sql, random, CUSTOMERS);
    const load = stage.startLoad();
    const over = new AbortController();
    const acting = Promise.all(customers.map((customer) => act(stage, customer, over.signal)));
    // A drill that fails before ends the system under their hands.
    acting.catch(() => {});
    await eventually('events arrive', () => receiver.arrivedOf(customers[0]?.id ?? '').length > 0, 30_000);
    receiver.stop();
    const downMs = 1000 * stage.seconds;
    await Bun.sleep(downMs / 2);
    await faults.kill('webhooks');
    await Bun.sleep(downMs / 2);
    receiver.start();
    await eventually('events arrive again', () => receiver.countSinceStart() > CUSTOMERS, ARRIVED_MS);
    await faults.kill('webhooks');
    over.abort();
    await acting;
    await load.done;
    const expected = await untilAllExpected(sql);
    await untilArrived(receiver, expected);
    await faults.allBack();
    await untilNothingWaits(sql);
    receiver.stop();
    return judge(stage, receiver, expected);
  },
};

/** Accepts, gets and closes one limit after the other. */
async function act({ system, sql, random }: Stage, customer: Customer, over: AbortSignal): Promise<void> {
  const ecs = new EcsClient({ baseUrl: system.url, token: customer.token });
  while (!over.aborted) {
    const offerId = random.uuid();
    await sql`
      insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
      values (${offerId}, ${customer.id}, 'offered', 500, 9.5, 'SHORT_TERM_PERSONAL_LOAN',
        now() + interval '1 day')`;
    await ecs.offers.accept(offerId).waitUntilActive({ timeoutMs: 60_000 });
    await ecs.offers.close(offerId, {});
    await Bun.sleep(random.integer(100, 400));
  }
}
