import type { Server } from 'bun';
import { Webhook } from 'standardwebhooks';
import { createSecretBox, createWebhookSecret } from '../../platform/webhooks/webhook-secret.ts';
import { EcsClient } from '../../sdk/client.ts';
import { eventually } from '../harness/engines.ts';
import { createCustomers, type Customer } from './customers.ts';
import type { Drill, Stage } from './drill.ts';

const DOWN_SECONDS = 6;
const CUSTOMERS = 8;
const ARRIVED_MS = 120_000;
const TYPES = ['offer.accepted', 'limit.activated', 'limit.closed', 'credit.denied', 'review.decided'];

/**
 * Customers accept, get and close limits, again and again, while their receiver is down, then fails now and
 * then, and the service that sends is killed. The receiver forgets repeated ids, as each has to.
 */
export const webhookReceiverDown: Drill = {
  name: 'webhook-receiver-down',
  summary: 'a receiver of webhooks is down under load (--seconds), and the service that sends is killed',
  events: 600,
  variables: () => ({ WEBHOOK_ALLOW_NETWORKS: '127.0.0.1' }),
  async run(stage) {
    const { system, sql, random, faults } = stage;
    const secret = createWebhookSecret();
    const receiver = createReceiver(secret, () => random.next() < 0.03);
    await sql`
      insert into webhook_endpoints (url, event_types, secret, created_by)
      values (${receiver.url}, ${TYPES}, ${createSecretBox(system.secretKey).seal(secret)}, 'drill')`;
    const customers = await createCustomers(system, sql, random, CUSTOMERS);
    const load = stage.startLoad();
    const over = new AbortController();
    const acting = Promise.all(customers.map((customer) => act(stage, customer, over.signal)));
    // A drill that fails before ends the system under their hands.
    acting.catch(() => {});
    await eventually('events arrive', () => receiver.arrivedOf(customers[0]?.id ?? '').length > 0, 30_000);
    receiver.stop();
    const downMs = 1000 * (stage.seconds ?? DOWN_SECONDS);
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
    await eventually('all have arrived', () => receiver.distinct() >= expected.length, ARRIVED_MS);
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

type Receiver = ReturnType<typeof createReceiver>;

/** A receiver on one port, which comes and goes; it checks signatures, and fails now and then. */
function createReceiver(secret: string, isFailing: () => boolean) {
  /** Ids by customer in the order of their first arrival. */
  const arrived = new Map<string, string[]>();
  const ids = new Set<string>();
  const figures = { forged: 0, repeated: 0, sinceStart: 0 };
  let port = 0;
  let server: Server<undefined> | undefined;
  const receiver = {
    url: '',
    figures,
    distinct: () => ids.size,
    countSinceStart: () => figures.sinceStart,
    arrivedOf: (userId: string) => arrived.get(userId) ?? [],
    customers: () => [...arrived.keys()],
    stop: () => void server?.stop(true),
    start() {
      figures.sinceStart = 0;
      server = Bun.serve({ port, hostname: '127.0.0.1', fetch: receive });
      port = server.port ?? 0;
      receiver.url = `http://127.0.0.1:${port}/hooks`;
    },
  };
  async function receive(request: Request): Promise<Response> {
    const body = await request.text();
    const id = request.headers.get('webhook-id') ?? '';
    let event: { data: { user_id: string } };
    try {
      event = new Webhook(secret).verify(body, Object.fromEntries(request.headers)) as typeof event;
    } catch {
      figures.forged += 1;
      return new Response('', { status: 400 });
    }
    if (isFailing()) return new Response('', { status: 500 });
    figures.sinceStart += 1;
    if (ids.has(id)) figures.repeated += 1;
    else {
      ids.add(id);
      const { user_id: userId } = event.data;
      arrived.set(userId, [...receiver.arrivedOf(userId), id]);
    }
    return new Response('ok');
  }
  receiver.start();
  return receiver;
}

interface ExpectedEvent {
  id: string;
  userId: string;
}

/** Returns all events of the database in the order of each customer, once none is on its way. */
async function untilAllExpected(sql: Stage['sql']): Promise<ExpectedEvent[]> {
  await eventually('every limit is active', async () => {
    const [row] = await sql`
      select (select count(*)::int from credit_limits where status = 'accepted') as accepted,
        (select count(*)::int from outbox where sent_at is null) as unsent`;
    return row?.accepted === 0 && row.unsent === 0;
  });
  return sql<ExpectedEvent[]>`
    select id, user_id as "userId" from (
      select id, user_id, created_at as at, position from notifications
      union all
      select id, user_id, accepted_at, 0 from credit_limits where accepted_at is not null
    ) as event
    order by user_id, at, position`;
}

function untilNothingWaits(sql: Stage['sql']) {
  // The claims of a killed worker end after 15 s.
  return eventually(
    'no delivery waits',
    async () => {
      const [row] = await sql`
        select count(*)::int as count from webhook_deliveries where state <> 'delivered'`;
      return row?.count === 0;
    },
    ARRIVED_MS,
  );
}

function judge({ claim }: Stage, receiver: Receiver, expected: ExpectedEvent[]): Record<string, number> {
  const byCustomer = Map.groupBy(expected, ({ userId }) => userId);
  let unordered = 0;
  for (const [userId, events] of byCustomer) {
    const order = events.map(({ id }) => id).join();
    if (receiver.arrivedOf(userId).join() !== order) unordered += 1;
  }
  const { forged, repeated } = receiver.figures;
  claim('every event arrived once by its id', receiver.distinct() === expected.length);
  claim(
    'no event is of nobody',
    receiver.customers().every((userId) => byCustomer.has(userId)),
  );
  claim('the events of each customer arrived in order', unordered === 0);
  claim('every webhook was signed', forged === 0);
  return { webhooks: expected.length, unordered, repeated };
}
