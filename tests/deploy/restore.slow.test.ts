import { beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import postgres from 'postgres';
import { withBus } from '../../cli/config/broker.ts';
import { ensurePrograms } from '../../deploy/local/engines/install.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import type { Topic } from '../../platform/messaging/topic.ts';
import { createCli } from '../cli/harness.ts';
import { consumerLagOf } from '../harness/consumer-lag.ts';
import { createOffers, createCustomers, type Customer } from '../drills/customers.ts';
import { createRandom } from '../drills/random.ts';
import { eventually, temporaryFolder } from '../harness/engines.ts';
import { bearer, emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';
import { consumptionsOf } from '../../platform/messaging/topology.ts';

/** Follows docs/operations/backup.md: a dump, the loss of the whole database while services run, the restore. */
const LONG_MS = 90_000;
const system = useSystem({ isPrivate: true, split: false });
let cli: ReturnType<typeof createCli>;
let customers: Customer[];
const eventIds: string[] = [];

beforeAll(async () => {
  cli = createCli({ args: ['--data-dir', system().dataDir] });
  customers = await createCustomers(system(), system().sql, createRandom(1), 10);
}, LONG_MS);

/** Acknowledged events, of each kind, of everybody. */
async function sendEvents(each: number): Promise<void> {
  const internal = { 'x-internal-key': system().internalKey };
  const send = async (path: string, body: unknown, headers: Record<string, string>) => {
    const response = await fetch(`${system().url}${path}`, json(body, headers));
    expect(response.status).toBe(202);
    eventIds.push(((await response.json()) as { eventId: string }).eventId);
  };
  await Promise.all(
    customers.flatMap((customer) =>
      Array.from({ length: each }, async () => {
        await send('/v1/emotions/stream', emotionOf(customer.id), internal);
        await send('/v1/transactions', { userId: customer.id, amount: 12.5 }, bearer(customer));
      }),
    ),
  );
}

async function accept(offerId: string, customer: Customer): Promise<number> {
  const headers = { ...bearer(customer), 'idempotency-key': crypto.randomUUID() };
  const { status } = await fetch(`${system().url}/v1/credit-offers/${offerId}/accept`, json('', headers));
  return status;
}

async function statusOf(offerId: string): Promise<string> {
  const [row] = await system().sql`select status from credit_limits where id = ${offerId}`;
  return String(row?.status);
}

const notificationsOf = async (offerId: string) =>
  (await system().sql`select from notifications where offer_id = ${offerId}`).length;

async function storedOnce(): Promise<{ stored: number; rows: number }> {
  const [row] = await system().sql`
    with stored as (select id from emotional_events union all select id from transactions)
    select count(*)::int as rows, count(distinct id) filter (where id = any(${eventIds}::uuid[]))::int as stored
    from stored`;
  return row as unknown as { stored: number; rows: number };
}

const CHOICES = ['emotion_capture', 'emotion_scoring', 'offers'] as const;

/** Each of three customers withdraws another consent. */
async function withdrawConsents(): Promise<void> {
  for (const [index, purpose] of CHOICES.entries()) {
    const customer = customers[index + 3] as Customer;
    const consent = json({ granted: false, text_version: '1' }, bearer(customer));
    const path = `/v1/users/${customer.id}/consents/${purpose}`;
    const { status } = await fetch(`${system().url}${path}`, { ...consent, method: 'PUT' });
    expect(status).toBe(200);
  }
}

const withdrawnConsents = async () =>
  (await system().sql`select user_id, purpose from consents where not granted order by purpose`).map(
    (row) => `${row.user_id} ${row.purpose}`,
  );

async function erase({ id, password, token }: { id: string; password: string; token: string }) {
  const request = json({ password }, bearer({ token }));
  const { status } = await fetch(`${system().url}/v1/users/${id}`, { ...request, method: 'DELETE' });
  expect(status).toBe(202);
  await eventually('the account is gone', () => isErased(id));
}

const isErased = async (id: string) => (await system().sql`select from users where id = ${id}`).length === 0;

/** Waits until every act so far is in an anchor. */
const untilAnchored = () =>
  withBus(system().natsUrl, async (bus) => {
    const { stream, subject } = TOPICS.auditAnchors;
    await eventually(
      'the acts are anchored',
      async () => {
        const [chain] = await system().sql`select max(position)::int as head from audit_chain`;
        const [queue] = await system().sql`select count(*)::int as count from audit_unlinked`;
        const message = await bus.client().jsm.streams.getMessage(stream, { last_by_subj: subject });
        return (
          queue?.count === 0 && message.json<{ acts: { position: number } }>().acts.position === chain?.head
        );
      },
      30_000,
    );
  });

/** When each worker's consumer was made: one that reads again is a new one. No challenger runs here. */
const workersSince = () =>
  withBus(system().natsUrl, async (bus) => {
    const { jsm } = bus.client();
    const workers = Object.values<Topic>(TOPICS)
      .flatMap(consumptionsOf)
      .filter(({ bystanders, durable }) => !bystanders?.includes(durable));
    return Promise.all(
      workers.map(async ({ stream, durable }) => (await jsm.consumers.info(stream, durable)).created),
    );
  });

const allStored = () =>
  eventually(
    'all that was acknowledged is stored',
    async () => (await storedOnce()).stored === eventIds.length,
    30_000,
  );

function runProgram(program: 'pgDump' | 'pgRestore', args: string[]): void {
  const path = ensurePrograms([program])[program] ?? '';
  const ran = Bun.spawnSync([path, ...args], { stdout: 'ignore', stderr: 'pipe' });
  if (ran.exitCode !== 0) throw new Error(ran.stderr.toString());
}

/** While every service goes on asking. */
async function loseDatabase(): Promise<void> {
  const url = new URL(system().databaseUrl);
  const name = url.pathname.slice(1);
  url.pathname = '/template1';
  const sql = postgres(url.href, { max: 1, onnotice: () => {} });
  await sql`drop database ${sql(name)} with (force)`;
  await sql`create database ${sql(name)}`;
  await sql.end();
}

test(
  'after a restore everything acknowledged that the streams keep is stored again, exactly once',
  async () => {
    const { sql, databaseUrl } = system();
    const offers = [...(await createOffers(sql, createRandom(2), customers.slice(0, 2))).entries()];
    const [[early, first], [late, second]] = offers as [[string, Customer], [string, Customer]];
    await sendEvents(20);
    expect(await accept(early, first)).toBe(202);
    await eventually('it is active', async () => (await statusOf(early)) === 'active');
    await allStored();
    const leaver = await newCustomer(system().url);

    const dump = join(temporaryFolder(), 'ecs.dump');
    const dumpedAt = new Date();
    runProgram('pgDump', ['--format=custom', `--file=${dump}`, `--dbname=${databaseUrl}`]);

    await sendEvents(10);
    expect(await accept(late, second)).toBe(202);
    await eventually('it is active', async () => (await statusOf(late)) === 'active');
    await allStored();
    await withdrawConsents();
    const withdrawn = await withdrawnConsents();
    expect(withdrawn).toHaveLength(CHOICES.length);
    await erase(leaver);
    await untilAnchored();

    await loseDatabase();
    runProgram('pgRestore', ['--no-owner', '--single-transaction', `--dbname=${databaseUrl}`, dump]);
    const restored = await eventually('it responds again', storedOnce);
    expect(restored).toEqual({ stored: customers.length * 40, rows: customers.length * 40 });

    const since = new Date(dumpedAt.getTime() - 1000).toISOString();
    const before = await workersSince();
    const dry = await cli.ecs(['events', 'reprocess', '--since', since, '--dry-run']);
    expect(dry.code).toBe(0);
    expect(await workersSince()).toEqual(before);
    const { streams } = await cli.data<{ streams: { stream: string; complete: boolean }[] }>([
      'events',
      'replay',
      '--since',
      since,
    ]);
    expect(streams.map(({ stream, complete }) => [stream, complete])).toEqual([
      ['emotions', true],
      ['transactions', true],
      ['credits', true],
      ['decisions', true],
      ['closings', true],
      ['reviews', true],
      ['notifications', true],
    ]);
    await allStored();
    expect(await storedOnce()).toEqual({ stored: eventIds.length, rows: eventIds.length });
    const [sums] = await sql`select (select sum(event_count)::int from emotional_daily_sums) as emotions,
      (select sum(transaction_count)::int from transaction_daily_sums) as transactions`;
    expect(sums).toEqual({ emotions: eventIds.length / 2, transactions: eventIds.length / 2 });

    await eventually(
      'consents are as they were, and the erased customer is gone again',
      async () => Bun.deepEquals(await withdrawnConsents(), withdrawn) && (await isErased(leaver.id)),
      60_000,
    );
    expect((await cli.ecs(['audit', 'verify'])).code).toBe(1);
    expect((await cli.ecs(['audit', 'restored', '--by', 'carol', '--note', 'the dump'])).code).toBe(0);
    const verified = await cli.ecs(['audit', 'verify']);
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('by carol: the dump')]);

    // Messages in the dump stay as they were; later ones are open again, and dead-lettered with the same
    // cause.
    expect([await statusOf(early), await notificationsOf(early)]).toEqual(['active', 1]);
    expect(await statusOf(late)).toBe('offered');
    const deadLetters = await eventually(
      'the acceptance that the database forgot is dead-lettered',
      async () => {
        const openLetters = await cli.data<{ code: string; id: number }[]>(['dead-letters', 'ls']);
        return openLetters.length > 0 && openLetters;
      },
    );
    expect(deadLetters.map(({ code }) => code)).toEqual(['offer_not_accepted']);
    expect(await accept(late, second)).toBe(202);
    await eventually('it is active once more', async () => (await statusOf(late)) === 'active');
    await cli.ecs(['events', 'reprocess', '--since', since]);
    await eventually('all is worked off again', async () => (await consumerLagOf(system())) === 0);
    expect(await storedOnce()).toEqual({ stored: eventIds.length, rows: eventIds.length });
    expect([await notificationsOf(early), await notificationsOf(late)]).toEqual([1, 1]);
  },
  LONG_MS,
);
