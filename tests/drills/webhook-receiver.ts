import type { Server } from 'bun';
import { Webhook } from 'standardwebhooks';
import { createSecretBox, createWebhookSecret } from '../../platform/webhooks/webhook-secret.ts';
import { eventually } from '../harness/engines.ts';
import type { Stage } from './drill.ts';

export const ARRIVED_MS = 120_000;
const TYPES = ['offer.accepted', 'limit.activated', 'limit.closed', 'credit.denied', 'review.decided'];

/** Registers a receiver of every webhook; it fails now and then. */
export async function addReceiver({ sql, system }: Stage, isFailing: () => boolean): Promise<Receiver> {
  const secret = createWebhookSecret();
  const receiver = createReceiver(secret, isFailing);
  await sql`
    insert into webhook_endpoints (url, event_types, secret, created_by)
    values (${receiver.url}, ${TYPES}, ${createSecretBox(system.secretKey).seal(secret)}, 'drill')`;
  return receiver;
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

/** An event of a customer; a notice, once it is one of the customer's limits, follows its acceptance. */
interface ExpectedEvent {
  id: string;
  userId: string;
  /** Of a notification, among those of its customer; null of an acceptance. */
  position: number | null;
  /** The acceptance that it follows. */
  offerId: string | null;
}

/** Returns all events of the database, once none is on its way. */
export async function untilAllExpected(sql: Stage['sql']): Promise<ExpectedEvent[]> {
  await eventually('every limit is active', async () => {
    const [row] = await sql`
      select (select count(*)::int from credit_limits where status = 'accepted') as accepted,
        (select count(*)::int from outbox where sent_at is null) as unsent`;
    return row?.accepted === 0 && row.unsent === 0;
  });
  return sql<ExpectedEvent[]>`
    select id, user_id as "userId", position::int, offer_id as "offerId" from notifications
    union all
    select id, user_id, null, null from credit_limits where accepted_at is not null`;
}

export function untilArrived(receiver: Receiver, expected: ExpectedEvent[]) {
  return eventually('all have arrived', () => receiver.distinct() >= expected.length, ARRIVED_MS);
}

export function untilNothingWaits(sql: Stage['sql']) {
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

export function judge(
  { claim, note }: Stage,
  receiver: Receiver,
  expected: ExpectedEvent[],
): Record<string, number> {
  const byCustomer = Map.groupBy(expected, ({ userId }) => userId);
  const unordered = [...byCustomer].filter(
    ([userId, events]) => !isOrdered(receiver.arrivedOf(userId), events),
  );
  for (const [userId] of unordered)
    note(`webhooks of ${userId} came as ${receiver.arrivedOf(userId).join()}`);
  const { forged, repeated } = receiver.figures;
  claim('every event arrived once by its id', receiver.distinct() === expected.length);
  claim(
    'no event is of nobody',
    receiver.customers().every((userId) => byCustomer.has(userId)),
  );
  claim('the events of each customer arrived in order', unordered.length === 0);
  claim('every webhook was signed', forged === 0);
  return { webhooks: expected.length, unordered: unordered.length, repeated };
}

/** Whether notifications came in their order, and each after the acceptance of its offer. */
function isOrdered(arrived: string[], events: ExpectedEvent[]): boolean {
  const placeOf = new Map(arrived.map((id, place) => [id, place]));
  const notices = events.filter(({ position }) => position !== null);
  const places = notices
    .toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0))
    .map(({ id }) => placeOf.get(id) ?? -1);
  const isRising = places.every((place, at) => at === 0 || place > (places[at - 1] ?? -1));
  return (
    isRising &&
    notices.every(({ id, offerId }) => {
      const accepted = offerId === null ? undefined : placeOf.get(offerId);
      return accepted === undefined || accepted < (placeOf.get(id) ?? -1);
    })
  );
}
