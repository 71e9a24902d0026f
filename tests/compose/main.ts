import { join } from 'node:path';
import { EcsClient } from '../../sdk/index.ts';
import { Compose } from './compose.ts';
import { startTraffic } from './traffic.ts';

/**
 * `npm run test:compose`: builds the image, brings compose.yaml up, runs the journey, restarts every service
 * and kills replicas under load through nginx, counts what was acknowledged against the rows, and takes all
 * down again. Needs Docker and its base images; not part of `npm test`.
 */
const ROOT = join(import.meta.dir, '..', '..');
const PORT = 9999;
const URL = `http://localhost:${PORT}`;

let passed = 0;
const failures: string[] = [];
const say = (text: string) => process.stdout.write(`${text}\n`);

function expectThat(what: string, holds: boolean, told: string): void {
  if (holds) passed += 1;
  else failures.push(what);
  say(`  ${holds ? 'ok' : 'no'} ${what}: ${told}`);
}

async function test(compose: Compose): Promise<void> {
  say('build and up');
  const startedMs = performance.now();
  await compose.run('build');
  await compose.run('up', '-d');
  await compose.untilHealthy();
  say(`  ready after ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);

  say('the journey');
  const demo = Bun.spawnSync([process.execPath, 'cli/main.ts', '--url', URL, 'demo', '--quiet'], {
    cwd: ROOT,
  });
  expectThat('every step holds through nginx', demo.exitCode === 0, `exit ${demo.exitCode}`);

  await expectClosed(compose);
  await restartAll(compose);
}

/** Only nginx is reachable from outside, and a part reaches only what it needs. */
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
  const reach = async (service: string, target: string) => {
    const [host = '', port = ''] = target.split(':');
    const script = `Bun.connect({hostname:'${host}',port:${port},socket:{data(){}}}).then(()=>process.exit(0),()=>process.exit(1));setTimeout(()=>process.exit(1),2000)`;
    return compose.succeeds('exec', '-T', service, 'bun', '-e', script);
  };
  for (const [service, target, open] of [
    ['api-gateway-ecs-1', 'postgres:5432', false],
    ['api-gateway-ecs-1', 'nats:4222', false],
    ['emotion-ingestion-service', 'postgres:5432', false],
    ['emotion-ingestion-service', 'nats:4222', true],
    ['credit-analysis-service', 'postgres:5432', false],
    ['user-and-credit-service', 'postgres:5432', true],
  ] as const) {
    const reached = await reach(service, target);
    expectThat(
      `${service} ${open ? 'reaches' : 'does not reach'} ${target}`,
      reached === open,
      String(reached),
    );
  }
  const metrics = await fetch(`${URL}/metrics`);
  expectThat('metrics are not for the outside', metrics.status === 404, String(metrics.status));
}

async function restartAll(compose: Compose): Promise<void> {
  say('every container restarted, then replicas killed, under load');
  const email = `${crypto.randomUUID()}@example.com`;
  const credentials = { email, password: 'a long passphrase' };
  const anonymous = new EcsClient({ baseUrl: URL });
  const { id } = await anonymous.auth.register(credentials);
  const { access_token: token } = await anonymous.auth.login(credentials);
  const internalKey = compose.secret('INTERNAL_SERVICE_API_KEY') ?? '';
  const traffic = startTraffic({ url: URL, userId: id, token, internalKey, workers: 16 });
  const containers = await compose.containers();
  const parts = containers.filter(({ service }) => !/postgres|nats|redis|nginx|migrations/.test(service));
  for (const { name } of parts) {
    await compose.docker('restart', '-t', '15', name);
    await compose.untilHealthy();
  }
  const restarted = traffic.counts();
  say(`  ${parts.length} restarts, ${restarted.sent} requests so far`);
  for (const { name } of parts.filter(({ replicas }) => replicas > 1)) {
    await compose.docker('kill', name);
    await compose.docker('start', name);
    await compose.untilHealthy();
  }
  const { sent, refused, accepted } = await traffic.stop();
  const told = Object.entries(refused)
    .map(([what, count]) => `${what}: ${count}`)
    .join(', ');
  expectThat(
    'a rolling restart refuses no request',
    Object.keys(restarted.refused).length === 0,
    `${restarted.sent} sent, refused: ${JSON.stringify(restarted.refused)}`,
  );
  say(`  in all ${sent} sent, ${told || 'none refused'}`);
  const count = async () =>
    Number(await compose.sql(`select count(*) from emotional_events where user_id = '${id}'`));
  const deadline = Date.now() + 30_000;
  while ((await count()) < accepted && Date.now() < deadline) await Bun.sleep(500);
  const stored = await count();
  // What was refused may be stored as well: nobody knows of a request whose answer was lost.
  const unanswered = sent - accepted;
  expectThat('every 202 is stored', stored >= accepted, `${accepted} accepted, ${stored} stored`);
  expectThat('none is stored twice', stored <= accepted + unanswered, `${unanswered} not acknowledged`);
}

const compose = new Compose(ROOT);
try {
  await test(compose);
} finally {
  await compose.run('down', '-v', '--remove-orphans');
}
say(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
