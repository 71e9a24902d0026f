import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import postgres from 'postgres';
import type { Child } from '../../deploy/local/processes/child.ts';
import { startSystem, type System } from '../../deploy/local/stack/system.ts';
import { askStatus } from '../../deploy/local/stack/service-status.ts';
import { readPostgresUrl } from '../../platform/addresses/postgres.ts';
import { EcsClient } from '../../sdk/index.ts';
import { createCli } from '../cli/harness.ts';
import { makeAuthority } from '../harness/certificates.ts';
import { eventually, startEngine, temporaryFolder } from '../harness/engines.ts';
import { emotionOf } from '../harness/system.ts';
import { natsTls, offerTls, startNatsWith, startRedisWith } from '../harness/tls-engines.ts';

// needs: redis, openssl

/**
 * The journey in a process per service, with TLS on every hop: to the engines, between services, to the
 * model.
 */

const START_MS = 90_000;
const authority = makeAuthority();
const certificates = authority.sign('DNS:localhost,IP:127.0.0.1');
const children: Child[] = [];
let system: System;
let sql: postgres.Sql;

beforeAll(async () => {
  const ca = encodeURIComponent(certificates.caFile);
  const [database, nats, redis] = await Promise.all([
    startEngine('postgresql'),
    startNatsWith([natsTls(certificates), `jetstream { store_dir: "${temporaryFolder()}" }`]),
    startRedisWith([], certificates),
  ]);
  children.push(nats, redis);
  await offerTls(database.url, certificates);
  const databaseUrl = `${database.url}?sslmode=verify-full&sslrootcert=${ca}`;
  system = await startSystem({
    dataDir: temporaryFolder(),
    port: 0,
    split: true,
    given: {
      databaseUrl,
      natsUrl: `tls://localhost:${nats.port}?tls_ca_file=${ca}`,
      redisUrl: `rediss://localhost:${redis.port}?ssl_ca_certs=${ca}`,
    },
    variables: {
      TLS_REQUIRED: 'true',
      TLS_CERT_FILE: certificates.certFile,
      TLS_KEY_FILE: certificates.keyFile,
      TLS_CA_FILE: certificates.caFile,
      TLS_CLIENT_CA_FILE: certificates.caFile,
      CHALLENGER_MODEL_URL: '/scorecard-2',
    },
  });
  const { address } = readPostgresUrl(databaseUrl);
  sql = postgres({ ...address, max: 2 } as unknown as postgres.Options<Record<string, never>>);
}, START_MS);
afterAll(async () => {
  await sql.end({ timeout: 1 });
  system.kill();
  await system.stop();
  await Promise.all(children.map((child) => child.stop('SIGKILL', 1000)));
}, START_MS);

const read = (file: string) => readFileSync(file, 'utf8');
/** `fetch` of a client that trusts the authority, and has a certificate of it. */
const securedFetch = (url: string, init?: RequestInit) =>
  fetch(url, {
    ...init,
    tls: {
      ca: read(certificates.caFile),
      cert: read(certificates.certFile),
      key: read(certificates.keyFile),
    },
  } as RequestInit);

test('an emotion, an analysis and an acceptance go through', async () => {
  const connect = (credentials: object) =>
    new EcsClient({ baseUrl: system.url, fetch: securedFetch, ...credentials });
  const credentials = { email: 'tls@example.com', password: 'a long password' };
  const { id } = await connect({}).auth.register(credentials);
  const { access_token: token } = await connect({}).auth.login(credentials);
  const customer = connect({ token });
  const platform = connect({ internalKey: system.internalKey });
  await platform.emotions.send(emotionOf(id));
  await customer.transactions.sendBatch(
    Array.from({ length: 40 }, (_, index) => ({ userId: id, amount: 100 + index })),
  );
  await eventually('both are stored', async () => {
    const [row] = await sql`select
      (select count(*)::int from emotional_events where user_id = ${id}) as emotions,
      (select count(*)::int from transactions where user_id = ${id}) as transactions`;
    return row?.emotions === 1 && row.transactions === 40;
  });
  const analysis = await customer.analyses.create(id);
  expect(analysis.approved).toBe(true);
  const active = await customer.offers.accept(analysis.offer?.offer_id ?? '').waitUntilActive();
  expect(active.status).toBe('active');
  for await (const notification of customer.notifications.subscribe(id)) {
    expect(notification.offer_id).toBe(active.offer_id);
    break;
  }
});

test('every process reports every hop verified, and PostgreSQL has no session without TLS', async () => {
  const processes = system.state().children.filter(({ opsUrl }) => opsUrl !== undefined);
  expect(processes.length).toBeGreaterThan(10);
  for (const { name, opsUrl } of processes) {
    const page = await askStatus(opsUrl);
    expect({ name, hops: new Set(Object.values(page?.protections ?? {})) }).toEqual({
      name,
      hops: new Set(name === 'ml-mock' ? [] : ['verified']),
    });
  }
  const rows = await sql`
    select application_name from pg_stat_ssl join pg_stat_activity using (pid)
    where not ssl and backend_type = 'client backend'`;
  expect([...rows]).toEqual([]);
});

test('ecs doctor shows each hop', async () => {
  const opsUrls = system.state().children.flatMap(({ opsUrl }) => opsUrl ?? []);
  const env = { ECS_OPS_URLS: opsUrls.join(','), NODE_EXTRA_CA_CERTS: certificates.caFile };
  const { stdout } = await createCli({ env }).ecs(['doctor', '--all', '--url', 'https://localhost:1']);
  expect(stdout).toMatch(/-> DATABASE_URL +verified/);
  expect(stdout).toMatch(/-> CREDIT_ANALYSIS_SERVICE_URL +verified/);
});

test('the gateway takes no client in plain text, nor one without a certificate', async () => {
  const path = '/readyz';
  expect((await securedFetch(system.url + path)).status).toBe(200);
  await expect(fetch(system.url.replace('https:', 'http:') + path)).rejects.toThrow();
  const ca = read(certificates.caFile);
  await expect(fetch(system.url + path, { tls: { ca } } as RequestInit)).rejects.toThrow();
});
