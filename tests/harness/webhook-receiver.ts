import { BlockList } from 'node:net';
import { type Outcome, startDeliveries } from '../../apps/webhooks/deliver.ts';
import { createSendWebhook } from '../../apps/webhooks/send-webhook.ts';
import {
  createSecretBox,
  createWebhookSecret,
  type SecretBox,
} from '../../platform/webhooks/webhook-secret.ts';
import type { Database } from '../../platform/data/sql.ts';
import type { Runtime } from '../../platform/http/runtime.ts';

/** A webhook as its receiver got it. */
interface ReceivedWebhook {
  id: string;
  headers: Record<string, string>;
  body: string;
  path: string;
}

export const TEST_SECRETS = createSecretBox('a secret key of at least 32 characters');

/** Deliveries may go to receivers of this machine. */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');

/** Delivers what is stored, as the service does; `wake` has it look at once. */
export function startTestDeliveries(
  database: Database,
  runtime: Runtime,
  {
    attemptMs = 2000,
    onOutcome = () => {},
  }: { attemptMs?: number; onOutcome?: (outcome: Outcome) => void } = {},
) {
  const send = createSendWebhook({ allowed: LOOPBACK, tls: runtime.tls, attemptMs });
  return startDeliveries({ database, secrets: TEST_SECRETS, send, onOutcome, ...runtime });
}

/** Listens on loopback, notes every webhook, and responds as `respond` says; by default with 200. */
export function startWebhookReceiver() {
  const received: ReceivedWebhook[] = [];
  const receiver = {
    received,
    respond: (_message: ReceivedWebhook): Response | Promise<Response> => new Response('ok'),
    url: '',
    stop: () => server.stop(true),
  };
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const headers = Object.fromEntries(request.headers);
      const message = {
        id: headers['webhook-id'] ?? '',
        headers,
        body: await request.text(),
        path: new URL(request.url).pathname,
      };
      received.push(message);
      return receiver.respond(message);
    },
  });
  receiver.url = `http://127.0.0.1:${server.port}`;
  return receiver;
}

/** Stores an endpoint with a path of its own at a receiver, for events of the last minute as well. */
export async function storeEndpoint(
  database: Database,
  secrets: SecretBox,
  receiver: ReturnType<typeof startWebhookReceiver>,
  types = ['offer.accepted', 'limit.activated', 'limit.closed'],
) {
  const secret = createWebhookSecret();
  const path = `/${crypto.randomUUID()}`;
  const [row] = await database.query(
    (sql) => sql<{ id: string }[]>`
      insert into webhook_endpoints (url, event_types, secret, created_by, events_from)
      values (${`${receiver.url}${path}`}, ${types}, ${secrets.seal(secret)}, 'ada',
        now() - interval '1 minute')
      returning id`,
  );
  const arrived = () => receiver.received.filter((message) => message.path === path);
  return { id: row?.id ?? '', secret, path, arrived };
}

/** Stores a customer with an active limit and `count` notifications: the limit's first, then closings. */
export async function storeEvents(database: Database, count: number) {
  const [userId, offerId] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()];
  const ids = Array.from({ length: count }, () => Bun.randomUUIDv7());
  await database.query(
    (sql) => sql`insert into users (id, email, password_hash) values (${userId}, ${userId}, 'x')`,
  );
  await database.query(
    (sql) => sql`
      insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at,
        accepted_at, activated_at)
      values (${offerId}, ${userId}, 'active', 8200, 7.7, 'LONG_TERM_PERSONAL_LOAN', now(), now(), now())`,
  );
  await database.query(
    (sql) => sql`
      insert into notifications (id, user_id, position, type, title, message, offer_id)
      select id, ${userId}, n, case when n = 1 then 'CREDIT_LIMIT_APPLIED' else 'CREDIT_LIMIT_CLOSED' end,
        'a title', 'a text', case when n = 1 then ${offerId}::uuid end
      from unnest(${ids}::uuid[]) with ordinality as made (id, n)`,
  );
  return { userId, eventIds: [offerId, ...ids] };
}
