import { join } from 'node:path';
import { EcsClient } from '../../sdk/index.ts';
import { readOptions } from '../harness/read-options.ts';
import { Compose } from './compose.ts';
import { addPerson, erasePerson, tracesOf } from './erasure.ts';
import { killBroker, killPrimary } from './nodes.ts';
import { changePassword } from './new-password.ts';
import { restoreDatabase } from './restore.ts';
import { reviewDenial } from './review.ts';
import { startTraffic, type Traffic } from './traffic.ts';
import { until } from './until.ts';

/**
 * `npm run test:compose [-- --cluster]`: builds the image, brings compose.yaml (and compose.cluster.yaml)
 * up, runs the journey, restarts every service, kills replicas and engines under load through nginx,
 * compares the acknowledged events with the rows, and takes everything down again. Needs Docker and its base
 * images; not run by `npm test`. ECS_PORT and ECS_GATEWAYS_NET are as in compose.yaml.
 */
const ROOT = join(import.meta.dir, '..', '..');
const URL = `http://localhost:${process.env.ECS_PORT ?? 9999}`;
const CLUSTER = readOptions(process.argv.slice(2), { cluster: 'flag' }).options.cluster ?? false;
const FILES = ['compose.yaml', ...(CLUSTER ? ['compose.cluster.yaml'] : [])];
/** Killed one by one. Alone, each is down for a while; in a cluster another takes over. */
const ENGINES = CLUSTER ? ['redis', 'redis-sentinel-1', 'etcd-1'] : ['nats', 'redis', 'postgres'];
/** After all are healthy again, nothing may be refused. */
const SETTLED_MS = 10_000;
const ENGINE = /^(nats|redis|postgres|etcd|nginx|migrations)|nginx$/;

let passed = 0;
const failures: string[] = [];
const say = (text: string) => process.stdout.write(`${text}\n`);

function expectThat(what: string, holds: boolean, evidence: string): void {
  if (holds) passed += 1;
  else failures.push(what);
  say(`  ${holds ? 'ok' : 'no'} ${what}: ${evidence}`);
}

async function test(compose: Compose): Promise<void> {
  say('build and up');
  const startedMs = performance.now();
  await compose.run('build');
  await compose.up();
  await compose.untilHealthy();
  say(`  ready after ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);

  say('the journey');
  const demo = Bun.spawnSync([process.execPath, 'cli/main.ts', '--url', URL, 'demo', '--quiet'], {
    cwd: ROOT,
  });
  expectThat('every step holds through nginx', demo.exitCode === 0, `exit ${demo.exitCode}`);

  say('the operator');
  const operator = ['run', '--rm', 'operator', 'doctor'];
  expectThat(
    'sees every service, and finds nothing wrong',
    await compose.succeeds(...operator),
    'ecs doctor',
  );

  await expectClosed(compose);
  await expectConsole();
  await expectOriginalClient(compose);
  await expectReviewed(compose);
  await expectErased(compose);
  await breakAll(compose);
}

/** Only nginx is reachable from outside, and a service reaches only its own dependencies. */
async function expectClosed(compose: Compose): Promise<void> {
  say('what is closed');
  const published = (await compose.docker('ps', '--format', '{{.Names}} {{.Ports}}'))
    .split('\n')
    .filter((line) => line.includes('->') && line.includes(compose.project));
  const names = published.map((line) => line.split(' ')[0] ?? '');
  expectThat(
    'only nginx has a port',
    names.every((name) => name.includes('nginx')),
    names.join(', '),
  );
  const reach = async (service: string, address: string) => {
    const [host = '', port = ''] = address.split(':');
    const script = `Bun.connect({hostname:'${host}',port:${port},socket:{data(){}}}).then(()=>process.exit(0),()=>process.exit(1));setTimeout(()=>process.exit(1),2000)`;
    return compose.succeeds('exec', '-T', service, 'bun', '-e', script);
  };
  for (const [service, address, open] of [
    ['api-gateway-ecs-1', 'postgres:5432', false],
    ['api-gateway-ecs-1', 'nats:4222', false],
    ['emotion-ingestion-service', 'postgres:5432', false],
    ['emotion-ingestion-service', 'nats:4222', true],
    ['emotion-ingestion-service', 'redis:6379', true],
    ['credit-analysis-service', 'postgres:5432', false],
    ['back-office-service', 'credit-analysis-service:8000', false],
    ['privacy-service', 'postgres:5432', true],
    ['challenger-worker', 'redis:6379', false],
    ['webhooks-worker', 'redis:6379', false],
    ['webhooks-worker', 'postgres:5432', true],
    ['user-and-credit-service', 'postgres:5432', true],
    ...(CLUSTER
      ? ([
          ['user-and-credit-service', 'postgres-2:6432', true],
          ['user-and-credit-service', 'etcd-1:2379', false],
        ] as const)
      : []),
  ] as const) {
    const reached = await reach(service, address);
    expectThat(
      `${service} ${open ? 'reaches' : 'does not reach'} ${address}`,
      reached === open,
      String(reached),
    );
  }
  const metrics = await fetch(`${URL}/metrics`);
  expectThat('metrics are not for the outside', metrics.status === 404, String(metrics.status));
}

/**
 * The console's page comes with its files, and its way through nginx and gateway to the back office works.
 */
async function expectConsole(): Promise<void> {
  say('the console');
  const origin = `http://${process.env.ECS_CONSOLE_BIND ?? '127.0.0.1:9998'}`;
  const page = await fetch(`${origin}/console/`);
  const script = /src="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  const asset = await fetch(origin + script);
  const refused = await fetch(`${origin}/console/session`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'sec-fetch-site': 'same-origin',
      'x-ecs-console': 'page',
    },
    body: JSON.stringify({ name: 'nobody', password: 'wrong' }),
  });
  const { code } = (await refused.json()) as { code?: string };
  const outcome = [page.status, asset.status, code].join(', ');
  expectThat('has its page, its files and its sign-in', outcome === '200, 200, invalid_credentials', outcome);
}

/** Requests of a client of the original system: no ids, no idempotency keys, times without offset. */
async function expectOriginalClient(compose: Compose): Promise<void> {
  say("the original's client");
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${URL}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: body === null ? null : JSON.stringify(body),
    });
    return { code: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const customer = { email: `${crypto.randomUUID()}@example.com`, password: 'original password' };
  const userId = String((await post('/v1/auth/register', customer)).body.id);
  const { access_token: token } = (await post('/v1/auth/login', customer)).body;
  const bearer = { authorization: `Bearer ${String(token)}` };
  const metrics = { positivity: 0.9, intensity: 0.5, stress_level: 0.1 };
  const timestamp = new Date().toISOString().replace('Z', '123');
  const emotion = await post(
    '/v1/emotions/stream',
    { userId, timestamp, emotionEvent: { type: 'joy', metrics } },
    { 'x-internal-key': compose.secret('INTERNAL_SERVICE_API_KEY') ?? '' },
  );
  const transaction = await post('/v1/transactions', { userId, amount: 150.25 }, bearer);
  const analysis = await post(`/v1/users/${userId}/credit-analysis`, null, bearer);
  const offers = await fetch(`${URL}/v1/users/${userId}/offers?page=1&page_size=10`, { headers: bearer });
  const codes = [emotion.code, transaction.code, analysis.code, offers.status];
  const outcome = [emotion.body.status, transaction.body.status, typeof analysis.body.approved];
  expectThat(
    'is understood',
    `${codes.join()} ${outcome.join()}` === '202,202,200,200 event received,event received,boolean',
    `${codes.join(', ')}, ${outcome.join(', ')}`,
  );
}

async function expectReviewed(compose: Compose): Promise<void> {
  say('a review');
  const { approved, status, isNotified } = await reviewDenial(compose, URL);
  expectThat(
    'a denial that an operator overrides is an active limit, and its customer is notified',
    !approved && status === 'active' && isNotified,
    `${approved ? 'approved' : 'denied'}, ${status}`,
  );
}

async function expectErased(compose: Compose): Promise<void> {
  say('an erasure');
  const [erased, other] = await Promise.all([addPerson(compose, URL), addPerson(compose, URL)]);
  const before = await tracesOf(compose, erased);
  const isErased = await erasePerson(compose, erased);
  // The logs by which the brokers of a cluster agree hold messages until they are compacted.
  if (CLUSTER) await until(async () => (await tracesOf(compose, erased)).length === 0);
  const after = await tracesOf(compose, erased);
  expectThat(
    'leaves nothing of the customer in the database, the broker and Redis',
    isErased && before.includes('postgres') && before.includes('nats') && after.length === 0,
    `in ${before.join(', ')} before, in ${after.join(', ') || 'none'} after`,
  );
  const stored = await compose.storedEvents(other.id);
  expectThat('leaves another customer all of theirs', stored === 2, `${stored} of 2 events`);
}

async function breakAll(compose: Compose): Promise<void> {
  say('every service restarted, then replicas and engines killed, under load');
  const email = `${crypto.randomUUID()}@example.com`;
  const credentials = { email, password: 'a long passphrase' };
  const anonymous = new EcsClient({ baseUrl: URL });
  const { id } = await anonymous.auth.register(credentials);
  const { access_token: token } = await anonymous.auth.login(credentials);
  const internalKey = compose.secret('INTERNAL_SERVICE_API_KEY') ?? '';
  const traffic = startTraffic({ url: URL, userId: id, token, internalKey, workers: 16 });
  const containers = (await compose.containers()).filter(({ service }) => !ENGINE.test(service));
  const replicas = containers.filter((container) => container.replicas > 1);
  for (const { name } of containers) {
    await compose.docker('restart', '-t', '15', name);
    await compose.untilHealthy();
  }
  const restarted = traffic.counts();
  expectThat(
    `a rolling restart of ${containers.length} containers refuses no request`,
    restarted.failures === 0,
    `${restarted.sent} events sent, refused: ${JSON.stringify(restarted.refused)}`,
  );
  for (const { name } of replicas) await killAndStart(compose, name);
  const killed = traffic.counts();
  expectThat(
    `the death of ${replicas.length} replicas, one by one, refuses no read and no event`,
    killed.failures === restarted.failures,
    `${killed.sent - restarted.sent} events sent, refused: ${JSON.stringify(killed.refused)}`,
  );
  if (CLUSTER) await killNodes(compose, traffic);
  for (const service of ENGINES) {
    const { sent: sentCount, failures } = traffic.counts();
    for (const { name } of await compose.containers(service)) await killAndStart(compose, name);
    const now = traffic.counts();
    say(
      `  ${service} killed: ${now.sent - sentCount} events sent, ${now.failures - failures} requests refused ` +
        `(so far ${JSON.stringify(now.refused)})`,
    );
  }
  if (!CLUSTER) await expectNewPassword(compose, traffic);
  const { sent: sentTotal, accepted } = await traffic.stop();
  await expectStored(compose, id, { sent: sentTotal, accepted });
  await expectRestored(compose, { id, internalKey });
}

/**
 * The promises of a cluster: the death of a broker's node refuses nothing, that of the primary loses nothing.
 */
async function killNodes(compose: Compose, traffic: Traffic): Promise<void> {
  for (const node of ['nats', 'nats-2', 'nats-3']) {
    const { sentCount, refused, kinds, gapMs } = await killBroker(compose, traffic, node);
    expectThat(
      `the death of ${node} refuses no event, and holds none up for a second`,
      refused === 0 && gapMs < 1000,
      `${sentCount} events sent, ${refused} refused (so far ${kinds}), at most ${gapMs} ms without a 202`,
    );
  }
  for (let count = 0; count < 2; count += 1) {
    const { primary, successor, backMs, rejoinMs, lostCount } = await killPrimary(compose, URL);
    expectThat(
      `${primary}, the primary, dies for good: ${successor} takes over, and analyses are back in 15 s`,
      successor !== primary && backMs < 15_000,
      `${backMs} ms`,
    );
    expectThat('no decision is lost with it', lostCount === 0, `${lostCount} lost`);
    expectThat('it rejoins by itself as a synchronous standby', rejoinMs !== null, `after ${rejoinMs} ms`);
  }
}

async function expectNewPassword(compose: Compose, traffic: Traffic): Promise<void> {
  say('a new password of a service, under load');
  const before = traffic.counts();
  const { former, latest } = await changePassword(compose, ROOT);
  const changed = traffic.counts();
  expectThat(
    'is the only one that the engines take',
    former.length === 0 && latest.length === 3,
    `${latest.join(', ')} take the new one`,
  );
  const { refused } = changed;
  expectThat(
    'ends no connection of a client, and refuses with 503 alone',
    Object.keys(refused).every((what) => what.startsWith('503 ') || refused[what] === before.refused[what]),
    `${changed.sent - before.sent} events sent, refused so far: ${JSON.stringify(refused)}`,
  );
  await Bun.sleep(SETTLED_MS);
  const settled = traffic.counts();
  expectThat(
    'and then nothing is refused any more',
    settled.failures === changed.failures && settled.sent > changed.sent,
    `${settled.sent - changed.sent} events sent`,
  );
}

async function killAndStart(compose: Compose, name: string): Promise<void> {
  await compose.docker('kill', name);
  await compose.docker('start', name);
  await compose.untilHealthy();
}

async function expectStored(
  compose: Compose,
  userId: string,
  { sent, accepted }: { sent: number; accepted: number },
): Promise<void> {
  const count = () => compose.storedEvents(userId);
  const deadline = Date.now() + 30_000;
  while ((await count()) < accepted && Date.now() < deadline) await Bun.sleep(500);
  const stored = await count();
  expectThat('every 202 is stored', stored >= accepted, `${accepted} accepted, ${stored} stored`);
  // A failed request may be stored as well: its response may have been lost on the way.
  expectThat('none is stored twice', stored <= sent, `${sent} sent, ${sent - accepted} not acknowledged`);
}

/** The whole database is lost, and had back from a dump and the streams. */
async function expectRestored(
  compose: Compose,
  { id, internalKey }: { id: string; internalKey: string },
): Promise<void> {
  say('the database lost and restored');
  const client = new EcsClient({ baseUrl: URL, internalKey });
  const emotionEvent = { type: 'calm', metrics: { positivity: 0.5, intensity: 0.5, stress_level: 0.5 } };
  const send = async () => {
    await client.emotions.send({ userId: id, timestamp: new Date().toISOString(), emotionEvent });
  };
  const erased = await addPerson(compose, URL);
  const { before, dumped, after } = await restoreDatabase(compose, id, send, () =>
    erasePerson(compose, erased),
  );
  expectThat(
    'what came after the dump is read from the streams again, once',
    after === before && after > dumped,
    `${before} stored, ${dumped} in the dump, ${after} after the restore`,
  );
  const isErased = await until(async () => (await tracesOf(compose, erased)).length === 0);
  expectThat('a customer who was erased after the dump is erased again', isErased, erased.id);
}

const compose = new Compose(ROOT, FILES, CLUSTER);
try {
  await test(compose);
} finally {
  await compose.run('down', '-v', '--remove-orphans');
}
say(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
