import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Redis } from 'ioredis';
import { connect, type NatsConnection } from 'nats';
import postgres from 'postgres';
import { TOPICS, topicsPublishedBy } from '../../platform/messaging/topics.ts';
import { partitionOf, partitionsOf, subjectFor } from '../../platform/messaging/topology.ts';
import { ENDPOINT_LIST } from '../../sdk/contracts/endpoints.ts';
import { EcsClient } from '../../sdk/index.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { newOperator } from '../harness/operators.ts';
import { eventually } from '../harness/engines.ts';
import { emotionOf, newCustomer } from '../harness/system.ts';
import { startWebhookReceiver } from '../harness/webhook-receiver.ts';
import { changePolicies, decideReviews, liveCustomer, readDecisions } from './operator-journey.ts';
import { livePartner, readEverything, useWebhooks } from './partner-journey.ts';
import { PARTITIONS, type SecuredEngines, startSecuredEngines } from './secured-engines.ts';
import { type SecuredServices, startSecuredServices } from './secured-services.ts';

const SERVICES = [
  'emotion-ingestion',
  'transaction-ingestion',
  'emotion-processing',
  'transaction-processing',
  'credit',
  'credit-application',
  'challenger',
  'webhooks',
] as const;

let engines: SecuredEngines;
beforeAll(async () => {
  engines = await startSecuredEngines();
}, 60_000);
afterAll(() => engines.stop());

describe('each service with its own credentials and no others', () => {
  let services: SecuredServices;
  beforeAll(async () => {
    services = await startSecuredServices(engines);
  }, 60_000);
  afterAll(() => services?.stop());

  test('lives the whole journey, and no engine has refused it anything', async () => {
    const { url, internalKey, logs } = services;
    const anonymous = new EcsClient({ baseUrl: url });
    const customer = { email: `${crypto.randomUUID()}@example.com`, password: 'a long passphrase' };
    const { id: userId } = await anonymous.auth.register(customer, { idempotencyKey: crypto.randomUUID() });
    const { access_token: token } = await anonymous.auth.login(customer);
    const ecs = new EcsClient({ baseUrl: url, token });
    const platform = new EcsClient({ baseUrl: url, internalKey });

    await platform.emotions.sendBatch(Array.from({ length: 30 }, () => emotionOf(userId)));
    await platform.emotions.send(emotionOf(userId));
    // Ingestion keeps its memory in Redis: the same id with another content is rejected.
    const eventId = crypto.randomUUID();
    await platform.emotions.send({ ...emotionOf(userId), eventId });
    await ecs.transactions.send({ userId, amount: 1, eventId });
    const reused = { code: 'idempotency_key_reused' };
    const later = new Date(Date.now() - 1000);
    const sentAgain = platform.emotions.send({ ...emotionOf(userId), timestamp: later, eventId });
    await expect(sentAgain).rejects.toMatchObject(reused);
    await expect(ecs.transactions.send({ userId, amount: 2, eventId })).rejects.toMatchObject(reused);
    await ecs.transactions.sendBatch(Array.from({ length: 60 }, () => ({ userId, amount: 150.25 })));
    // Poison, so that both workers dead-letter events.
    const operator = await natsAs('operator');
    for (const topic of ['emotions', 'transactions', 'creditOffersApproved'] as const) {
      await operator.jetstream().publish(TOPICS[topic].subject, 'poison');
    }
    await eventually('the emotions are stored', async () => {
      const { items } = await ecs.emotions.summary(userId, { days: 30 });
      return items.reduce((sum, day) => sum + day.event_count, 0) === 32;
    });
    const owner = postgres(engines.postgresUrl('ecsuser'), { max: 1 });
    await eventually('the transactions are stored', async () => {
      const [row] = await owner`select count(*)::int as n from transactions where user_id = ${userId}`;
      return row?.n === 61;
    });
    const { offer } = await ecs.analyses.create(userId);
    expect(offer).not.toBeNull();
    await ecs.offers.accept(offer?.offer_id ?? '').waitUntilActive({ timeoutMs: 10_000 });
    await eventually('the customer is notified', async () => {
      return (await ecs.notifications.list(userId)).items.length === 1;
    });
    const jsm = await operator.jetstreamManager();
    await eventually('the poison is dead-lettered', async () => {
      return (await jsm.streams.info('dead-letters')).state.messages === 3;
    });
    await operator.close();
    const account = await newOperator({ url, sql: owner });
    const office = new EcsOperatorClient({ baseUrl: url, token: account.token });
    const { limits } = await office.customers.get((await office.customers.find(customer.email)).user_id);
    const receiver = startWebhookReceiver();
    await office.webhooks.add({ url: `${receiver.url}/`, event_types: ['limit.closed'] });
    await office.limits.close(limits[0]?.offer_id ?? '', 'of a test');
    await eventually('the webhook has arrived', async () => receiver.received.length === 1);
    await receiver.stop();
    const exported = await new Response(await ecs.customers.export(userId)).json();
    expect(exported).toMatchObject({ user_id: userId, data: { users: [{ id: userId }] } });
    await owner`insert into erasures (customer_hash, user_id, requested_by)
      values (${'h'.repeat(43)}, ${userId}, 'customer')`;
    await eventually(
      'the customer is erased',
      async () => (await owner`select from erasures where erased_at is not null and user_id is null`).length,
      30_000,
    );
    expect(await owner`select from emotional_events where user_id = ${userId}`).toHaveLength(0);
    const [first, second] = (await office.deadLetters.list()).items.map(({ id }) => id);
    expect((await office.deadLetters.get(first ?? '')).payload).toBe('poison');
    await office.deadLetters.replay({ ids: [first ?? ''] });
    await office.deadLetters.drop({ ids: [second ?? ''], reason: 'of a test' });
    expect((await office.deadLetters.dropped()).items).toMatchObject([{ by: account.name }]);
    const { document, hash } = await office.policies.get('v1');
    await office.policies.add({ ...(document as object), version: 'mine-1' });
    await expect(office.policies.propose('mine-1', 'why')).rejects.toMatchObject({
      code: 'wrong_policy_state',
    });
    await office.policies.recordTest('v1', { hash, note: 'nothing flips', figures: {} });
    await office.policies.activate('prudent-1', {});
    await office.policies.rollBack({ note: 'of a test' });
    await overrideDenial(url, office);
    const colleague = await newOperator({ url, sql: owner });
    const offices = { office, approver: new EcsOperatorClient({ baseUrl: url, token: colleague.token }) };
    await liveCustomer(url);
    await livePartner(url, office);
    await useWebhooks(office.webhooks);
    await readDecisions(url, offices);
    await decideReviews(url, offices);
    await changePolicies(offices);
    await readEverything(url, account);
    await owner.end();
    // A new endpoint belongs in the journey: its statements, messages and keys need rights.
    const paths = await services.servedPaths();
    expect(ENDPOINT_LIST.map(([, { path }]) => path).filter((path) => !paths.has(path))).toEqual([]);

    const refused = Bun.spawnSync(['grep', '-rhiE', 'permission|NOPERM|authoriz|42501', logs]);
    expect(refused.stdout.toString()).toBe('');
    expect(engines.natsLog().match(/.*Violation.*/g)).toBeNull();
  }, 60_000);

  test('has its streams and consumers back when the broker has lost its store, and is refused nothing', async () => {
    const { url, internalKey, readiness } = services;
    const anonymous = new EcsClient({ baseUrl: url });
    const customer = { email: `${crypto.randomUUID()}@example.com`, password: 'a long passphrase' };
    const { id: userId } = await anonymous.auth.register(customer);
    const { access_token: token } = await anonymous.auth.login(customer);
    const ecs = new EcsClient({ baseUrl: url, token });
    const platform = new EcsClient({ baseUrl: url, internalKey });

    await engines.wipeBroker();
    await eventually('every service is ready again', async () => {
      const reports = await Promise.all([...SERVICES, 'stream-keeper'].map(readiness));
      return reports.every(({ status }) => status === 200);
    });
    await platform.emotions.sendBatch(Array.from({ length: 30 }, () => emotionOf(userId)));
    await ecs.transactions.sendBatch(Array.from({ length: 60 }, () => ({ userId, amount: 150.25 })));
    const owner = postgres(engines.postgresUrl('ecsuser'), { max: 1 });
    await eventually('what was acknowledged since is stored', async () => {
      const [row] = await owner`select
        (select count(*) from emotional_events where user_id = ${userId})::int as emotions,
        (select count(*) from transactions where user_id = ${userId})::int as transactions`;
      return row?.emotions === 30 && row.transactions === 60;
    });
    await owner.end();
    const { offer } = await ecs.analyses.create(userId);
    await ecs.offers.accept(offer?.offer_id ?? '').waitUntilActive({ timeoutMs: 10_000 });
    expect(engines.natsLog()).not.toContain('Violation');
  }, 60_000);

  test('says in its readiness which stream it waits for', async () => {
    const { readiness } = services;
    const operator = await natsAs('operator');
    const jsm = await operator.jetstreamManager();
    const { stream } = partitionOf(TOPICS.emotions, 3);
    // The keeper may make it again at any moment: asked until it was seen missing.
    await eventually('both say so', async () => {
      await jsm.streams.delete(stream).catch(() => {});
      const [publisher, worker] = await Promise.all(
        ['emotion-ingestion', 'emotion-processing'].map(readiness),
      );
      return (
        publisher?.status === 503 &&
        publisher.dependencies.nats === `the stream ${stream} is missing` &&
        worker?.status === 503 &&
        worker.dependencies['emotion-processing consumer'] ===
          `the consumer emotion-processing of the stream ${stream} is missing`
      );
    });
    await operator.close();
    await eventually('it is there again', async () => (await readiness('emotion-ingestion')).status === 200);
  }, 30_000);
});

describe('PostgreSQL refuses', () => {
  const REFUSED: [role: string, statement: string][] = [
    ['ecs_emotion_processing', 'select password_hash from users'],
    ['ecs_emotion_processing', 'select * from transactions'],
    ['ecs_emotion_processing', 'delete from emotional_events'],
    ['ecs_emotion_processing', 'update emotional_events set positivity = 1'],
    ['ecs_emotion_processing', 'drop table emotional_events'],
    ['ecs_emotion_processing', 'create table mine (id int)'],
    ['ecs_emotion_processing', 'select * from credit_limits'],
    ['ecs_transaction_processing', 'select email from users'],
    ['ecs_transaction_processing', 'select * from emotional_events'],
    ['ecs_transaction_processing', 'delete from transactions'],
    ['ecs_transaction_processing', 'insert into credit_limits default values'],
    ['ecs_credit', 'insert into transactions default values'],
    ['ecs_credit', 'select * from emotional_events'],
    ['ecs_credit', 'update emotional_daily_sums set event_count = 0'],
    ['ecs_credit', 'delete from users'],
    ['ecs_credit', 'delete from credit_analyses'],
    ['ecs_credit', 'update credit_analyses set approved = true'],
    ['ecs_credit', 'delete from credit_limits'],
    ['ecs_credit', 'insert into notifications default values'],
    ['ecs_credit', 'select password_hash from operators'],
    ['ecs_credit', 'update operators set roles = $${approver}$$'],
    ['ecs_back_office', 'select password_hash from users'],
    ['ecs_back_office', 'insert into operators default values'],
    ['ecs_back_office', 'update operators set roles = $${approver}$$'],
    ['ecs_back_office', 'select * from emotional_events'],
    ['ecs_back_office', 'select positivity from emotional_events'],
    ['ecs_back_office', 'select amount from transactions'],
    ['ecs_back_office', 'select message from notifications'],
    ['ecs_back_office', 'select statement from reviews'],
    ['ecs_back_office', 'update users set email = $$x$$'],
    ['ecs_back_office', 'update credit_limits set credit_limit = 1'],
    ['ecs_privacy', 'select password_hash from operators'],
    ['ecs_privacy', 'update users set email = $$x$$'],
    ['ecs_privacy', 'delete from credit_analyses'],
    ['ecs_privacy', 'delete from erasures'],
    ['ecs_privacy', 'delete from audit_log'],
    ['ecs_privacy', 'insert into transactions default values'],
    ['ecs_privacy', 'drop table emotional_events'],
    ['ecs_credit', 'update erasures set erased_at = now()'],
    ['ecs_emotion_processing', 'select user_id from erasures'],
    ['ecs_webhooks', 'select email from users'],
    ['ecs_webhooks', 'select message from notifications'],
    ['ecs_webhooks', 'select * from operators'],
    ['ecs_webhooks', 'insert into webhook_endpoints default values'],
    ['ecs_webhooks', 'update credit_limits set credit_limit = 1'],
    ['ecs_back_office', 'delete from webhook_deliveries'],
    ['ecs_privacy', 'select secret from webhook_endpoints'],
    ['ecs_credit_application', 'select email from users'],
    ['ecs_credit_application', 'select password_hash from users'],
    ['ecs_credit_application', 'update users set password_hash = $$x$$'],
    ['ecs_credit_application', 'insert into credit_limits default values'],
    ['ecs_credit_application', 'select * from credit_analyses'],
    ['ecs_credit_application', 'select * from idempotency_keys'],
    ['ecs_credit_application', 'select grant_to_parts()'],
    ['ecs_credit_application', 'create role mine'],
    ['ecs_credit_application', 'select pg_read_file($$/etc/passwd$$)'],
  ];

  test.each(REFUSED)('%s: %s', async (role, statement) => {
    const sql = postgres(engines.postgresUrl(role), { max: 1, onnotice: () => {} });
    const error = await sql.unsafe(statement).then(
      () => null,
      (reason: { code?: string }) => reason,
    );
    await sql.end();
    // 42501: insufficient privilege.
    expect(error).toMatchObject({ code: '42501' });
  });

  test("a service with another service's password", async () => {
    const stolen = engines.postgresUrl('ecs_credit', engines.passwordOf('ecs_emotion_processing'));
    const sql = postgres(stolen, { max: 1 });
    // 28P01: invalid password.
    await expect(sql`select 1`).rejects.toMatchObject({ code: '28P01' });
    await sql.end();
  });
});

describe('NATS refuses', () => {
  const partitions = (name: keyof typeof TOPICS) =>
    partitionsOf(TOPICS[name], { partitions: PARTITIONS }).map((topic) => ({
      subject: subjectFor(topic, '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a'),
    }));
  const foreign = SERVICES.flatMap((service) =>
    (Object.keys(TOPICS) as (keyof typeof TOPICS)[])
      .filter((topic) => !topicsPublishedBy(service).includes(topic))
      .flatMap((topic) => partitions(topic).map(({ subject }) => [service, subject] as const)),
  );
  const STREAMS = [
    'emotions',
    'emotions-3',
    'transactions',
    'credits',
    'notifications',
    'dead-letters',
    'mine',
  ];
  const CHANGES = STREAMS.flatMap((stream) => [
    `$JS.API.STREAM.CREATE.${stream}`,
    `$JS.API.STREAM.UPDATE.${stream}`,
    `$JS.API.STREAM.DELETE.${stream}`,
    `$JS.API.STREAM.RESTORE.${stream}`,
    `$JS.API.STREAM.MSG.DELETE.${stream}`,
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.STREAM.SNAPSHOT.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}.mine`,
    `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.mine`,
  ]);
  /** A worker makes room in its own stream, and nowhere else. */
  const PURGES: Partial<Record<(typeof SERVICES)[number], string[]>> = {
    'emotion-processing': ['emotions', 'emotions-3'],
    'transaction-processing': ['transactions'],
    'credit-application': ['credits'],
  };
  const JETSTREAM = SERVICES.flatMap((service) =>
    [
      ...CHANGES,
      ...STREAMS.filter((stream) => !PURGES[service]?.includes(stream)).map(
        (stream) => `$JS.API.STREAM.PURGE.${stream}`,
      ),
      // Nor its own worker's consumer: its start position decides which messages are processed again.
      '$JS.API.CONSUMER.CREATE.emotions.emotion-processing.user.emotions.topic',
      '$JS.API.CONSUMER.DURABLE.CREATE.emotions.emotion-processing',
      '$JS.API.CONSUMER.DELETE.emotions.emotion-processing',
      '$SYS.REQ.SERVER.PING',
      // Ingestion reads consents; nobody changes their stream.
      ...['STREAM.UPDATE', 'STREAM.PURGE', 'STREAM.MSG.DELETE', 'STREAM.MSG.GET'].map(
        (action) => `$JS.API.${action}.consents`,
      ),
      ...(service === 'emotion-ingestion' ? [] : ['$JS.API.CONSUMER.CREATE.consents.mine']),
    ].map((subject) => [service, subject] as const),
  );
  /** It makes streams, and neither publishes, takes, reads nor removes a message. */
  const KEEPER = [
    ...(Object.keys(TOPICS) as (keyof typeof TOPICS)[]).map((topic) => TOPICS[topic].subject),
    ...STREAMS.flatMap((stream) =>
      ['STREAM.DELETE', 'STREAM.PURGE', 'STREAM.MSG.GET', 'STREAM.SNAPSHOT', 'CONSUMER.CREATE'].map(
        (action) => `$JS.API.${action}.${stream}`,
      ),
    ),
    '$JS.API.STREAM.CREATE.mine',
    '$JS.API.CONSUMER.DURABLE.CREATE.emotions.mine',
    '$JS.API.CONSUMER.CREATE.emotions.mine.user.emotions.topic',
    '$JS.API.CONSUMER.MSG.NEXT.emotions.emotion-processing',
    '$JS.ACK.emotions.emotion-processing.1.1.1.1.1',
    '$SYS.REQ.SERVER.PING',
  ].map((subject) => ['stream-keeper', subject] as const);

  /** It takes single messages out of streams, and reads the ledger of erasures alone. */
  const ERASER = [
    ...STREAMS.flatMap((stream) =>
      ['CREATE', 'UPDATE', 'DELETE', 'PURGE', 'RESTORE', 'SNAPSHOT'].map(
        (action) => `$JS.API.STREAM.${action}.${stream}`,
      ),
    ),
    '$JS.API.STREAM.MSG.DELETE.erasures',
    '$JS.API.STREAM.PURGE.erasures',
    '$JS.API.STREAM.MSG.DELETE.mine',
    '$JS.ACK.emotions.emotion-processing.1.1.1.1.1',
    '$SYS.REQ.SERVER.PING',
  ].map((subject) => ['privacy', subject] as const);

  test('nothing that a service publishes itself', async () => {
    for (const service of SERVICES) {
      for (const { subject } of topicsPublishedBy(service).flatMap(partitions)) {
        expect(await publish(service, subject)).not.toContain('Violation');
      }
    }
  });

  test.each([...foreign, ...JETSTREAM, ...KEEPER, ...ERASER])(
    '%s to publish %s',
    async (service, subject) => {
      expect(await publish(service, subject)).toContain(`Permissions Violation for Publish to "${subject}"`);
    },
  );

  /** It reads, replays and drops dead letters, and nothing else of a stream. */
  const OFFICE = [
    TOPICS.customerConsents.subject,
    ...STREAMS.filter((stream) => stream !== 'dead-letters').flatMap((stream) =>
      ['STREAM.MSG.GET', 'STREAM.MSG.DELETE', 'CONSUMER.CREATE', 'STREAM.INFO'].map(
        (action) => `$JS.API.${action}.${stream}`,
      ),
    ),
    ...STREAMS.flatMap((stream) =>
      ['STREAM.CREATE', 'STREAM.UPDATE', 'STREAM.DELETE', 'STREAM.PURGE', 'STREAM.SNAPSHOT'].map(
        (action) => `$JS.API.${action}.${stream}`,
      ),
    ),
    '$JS.API.CONSUMER.MSG.NEXT.emotions.emotion-processing',
    '$SYS.REQ.SERVER.PING',
  ].map((subject) => ['back-office', subject] as const);

  test.each(OFFICE)('%s to publish %s', async (service, subject) => {
    expect(await publish(service, subject)).toContain(`Permissions Violation for Publish to "${subject}"`);
  });

  test.each(
    [...SERVICES, 'back-office', 'stream-keeper'].flatMap((service) =>
      ['user.emotions.*', '>', '_INBOX_operator.>'].map((subject) => [service, subject] as const),
    ),
  )('%s to listen to %s', async (service, subject) => {
    const reply = await sayAs(service, `SUB ${subject} 1`);
    expect(reply).toContain(`Permissions Violation for Subscription to "${subject}"`);
  });

  test.each([
    ['emotion-ingestion', '$JS.API.CONSUMER.MSG.NEXT.emotions.emotion-processing'],
    ['emotion-processing', '$JS.API.CONSUMER.MSG.NEXT.transactions.transaction-processing'],
    ['emotion-processing', '$JS.API.CONSUMER.MSG.NEXT.transactions-3.transaction-processing'],
    ['transaction-processing', '$JS.ACK.emotions-2.emotion-processing.1.1.1.1.1'],
    // There are four.
    ['emotion-processing', '$JS.API.CONSUMER.MSG.NEXT.emotions-4.emotion-processing'],
    ['transaction-processing', '$JS.API.STREAM.PURGE.emotions'],
    ['credit-application', '$JS.ACK.emotions.emotion-processing.1.1.1.1.1'],
  ] as const)('%s to publish %s', async (service, subject) => {
    expect(await publish(service, subject)).toContain(`Permissions Violation for Publish to "${subject}"`);
  });

  test('a client without a password', async () => {
    const servers = new URL(engines.natsUrl('operator')).host;
    for (const credentials of [{}, { user: 'credit', pass: engines.passwordOf('operator') }]) {
      const refused = connect({ servers, reconnect: false, ...credentials });
      await expect(refused).rejects.toThrow('Authorization Violation');
    }
  });
});

describe('Redis refuses', () => {
  const REFUSED: [user: string, command: string[]][] = [
    ['gateway', ['get', 'analysis:1']],
    ['gateway', ['hset', 'quota:login:1', 'a', '1']],
    ['gateway', ['keys', '*']],
    ['emotion-ingestion', ['get', 'analysis:1']],
    ['emotion-ingestion', ['get', 'event-key:transactions:1']],
    ['emotion-ingestion', ['del', 'event-key:emotions:1']],
    ['transaction-ingestion', ['set', 'event-key:emotions:1', 'mine']],
    ['transaction-ingestion', ['keys', '*']],
    ['credit', ['get', 'event-key:emotions:1']],
    ['credit', ['hset', 'quota:user:1', 'a', '1']],
    ['credit', ['flushall']],
    ['credit', ['config', 'get', '*']],
    ['credit', ['client', 'kill', 'type', 'normal']],
    ['back-office', ['get', 'analysis:1']],
    ['back-office', ['hset', 'quota:login:1', 'a', '1']],
    ['back-office', ['keys', '*']],
    ['privacy', ['get', 'analysis:1']],
    ['privacy', ['del', 'event-key:emotions:1']],
    ['privacy', ['keys', '*']],
    ['health', ['get', 'analysis:1']],
  ];

  test.each(REFUSED)('%s: %p', async (user, [name = '', ...args]) => {
    const redis = await redisAs(user, user === 'health' ? 'health' : undefined);
    const problem = await redis.call(name, ...args).then(String, (error: Error) => error.message);
    redis.disconnect();
    expect(problem).toStartWith('NOPERM');
  });

  test('a client without a password', async () => {
    const redis = await redisAs('gateway', 'wrong').catch((error: Error) => error);
    expect(redis).toBeInstanceOf(Error);
  });
});

async function natsAs(user: string): Promise<NatsConnection> {
  const servers = new URL(engines.natsUrl(user)).host;
  return connect({ servers, user, pass: engines.passwordOf(user), inboxPrefix: `_INBOX_${user}` });
}

/** Returns the broker's reply to a command of its protocol, up to the reply to the ping that follows. */
function sayAs(service: string, command: string): Promise<string> {
  const { hostname, port } = new URL(engines.natsUrl(service));
  const credentials = { user: service, pass: engines.passwordOf(service), verbose: false, pedantic: false };
  return new Promise((resolve, reject) => {
    const socket = createConnection(Number(port), hostname);
    let reply = '';
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      reply += chunk.toString();
      if (!reply.includes('PONG')) return;
      socket.destroy();
      resolve(reply);
    });
    socket.write(`CONNECT ${JSON.stringify(credentials)}\r\n${command}\r\nPING\r\n`);
  });
}

const publish = (service: string, subject: string) => sayAs(service, `PUB ${subject} 1\r\nx`);

async function redisAs(user: string, password?: string): Promise<Redis> {
  const redis = new Redis(engines.redisUrl(user, password), {
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
  });
  redis.on('error', () => {});
  await redis.connect();
  // The connection is made before the password is checked.
  await redis.ping();
  return redis;
}

/** Has a denial reviewed, overridden and proved, with the rights that each service has. */
async function overrideDenial(url: string, office: EcsOperatorClient): Promise<void> {
  const { id: userId, token } = await newCustomer(url);
  const ecs = new EcsClient({ baseUrl: url, token });
  const { analysis_id: analysisId } = await ecs.analyses.create(userId);
  const { review_id: reviewId } = await ecs.reviews.request(analysisId);
  await office.reviews.override(reviewId, {
    reason_code: 'hardship',
    note: 'of a test',
    credit_limit: 1500,
    interest_rate: 12,
    credit_type: 'SHORT_TERM_PERSONAL_LOAN',
  });
  await eventually('the customer is notified of the review', async () => {
    const { items } = await ecs.notifications.list(userId);
    return items.some(({ type }) => type === 'REVIEW_DECIDED');
  });
  const { items } = await office.audit.list({ subject: analysisId });
  expect(items.map(({ act }) => act)).toContain('review.override');
  expect((await office.audit.evidence(analysisId)).files['verify.mjs']).toContain('import');
}
