import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { startChild } from '../../deploy/local/processes/child.ts';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { findProgram, PROGRAMS } from '../../deploy/local/engines/find.ts';
import { erasureKeyFile } from '../../deploy/local/stack/secrets.ts';
import type { System } from '../../deploy/local/stack/system.ts';
import { createCustomerHash } from '../../platform/privacy/customer-hash.ts';
import { eventually } from '../harness/engines.ts';
import { createCustomers, type Customer } from './customers.ts';
import type { Drill, Stage } from './drill.ts';

const SUBJECTS = 100;
const ERASED = 50;
const LINES = 40;
const DEADLINE_MS = 120_000;
const ENTRY = join(import.meta.dir, '..', '..', 'apps', 'main.ts');

/** A customer with a word that stands in every field that takes one. */
interface Subject extends Customer {
  word: string;
}

/**
 * Half of a hundred customers are erased while everything is under load, and services and the broker are
 * killed. Their words and ids must then be nowhere, and all of the others' events everywhere as before; an
 * old dump that is restored is erased again.
 */
export const erasure: Drill = {
  name: 'erasure',
  summary: `${ERASED} of ${SUBJECTS} customers are erased under load and kills: nothing of theirs is left, all of the others'`,
  events: 100_000,
  impossible: () => (findProgram(PROGRAMS.pgDump) ? null : 'pg_dump is not installed'),
  variables: () => ({ ERASURE_SETTLE_SECONDS: '3' }),
  async run(stage) {
    const { system, sql, events, claim, note } = stage;
    const load = stage.startLoad({ events: Math.round(events / 2) });
    const subjects = await createSubjects(stage);
    const eventCount = await sendMixed(stage, subjects, Math.round(events / 2));
    await eventually('the events of all are stored', () => isStored(sql, eventCount), DEADLINE_MS);
    await consent(system, subjects);
    await analyze(system, subjects);
    const erased = subjects.slice(0, ERASED);
    const remaining = subjects.slice(ERASED);
    const oldDump = join(system.dataDir, 'old.dump');
    run('pgDump', ['-Fc', '-f', oldDump, system.databaseUrl]);
    const before = await tracesOf(stage, system.databaseUrl, remaining);

    await requestErasures(stage, erased);
    const killing = killWhileOpen(stage);
    await eventually('all are erased', () => countErased(sql, ERASED), DEADLINE_MS);
    await killing;
    await load.done;
    await stage.faults.allBack();
    await eventually('late events are taken out', () => hasNoStrays(sql), DEADLINE_MS);

    const traces = await tracesOf(stage, system.databaseUrl, erased);
    const after = await tracesOf(stage, system.databaseUrl, remaining);
    note(`of the erased: ${JSON.stringify(traces)}; of the others: ${JSON.stringify(after)}`);
    claim(
      'nothing of the erased is in the dump, in Redis and the logs',
      sum(traces, ['dump', 'redis', 'logs']) === 0,
    );
    claim('nothing of the erased is in the files of the broker', traces.broker === 0);
    claim('every event of the others is in the dump', after.dump === before.dump);

    const restored = await restoreAndErase(stage, oldDump, erased);
    claim('an old dump was restored with the erased in it', restored.before > 0);
    claim('a restored dump is erased again', restored.after === 0);
    return { events: eventCount, erased: ERASED, kept: after.dump, restored: restored.before };
  },
};

async function createSubjects({ system, sql, random }: Stage): Promise<Subject[]> {
  const customers = await createCustomers(system, sql, random, SUBJECTS);
  const subjects = customers.map((customer) => ({ ...customer, word: `canary${random.uuid().slice(24)}` }));
  await sql`
    update users set email = word || '@drill.example'
    from unnest(${subjects.map(({ id }) => id)}::uuid[], ${subjects.map(({ word }) => word)}::text[])
      as subject (id, word)
    where users.id = subject.id`;
  return subjects;
}

/** Sends events by the platform's key, lines of many customers in a request; returns how many. */
async function sendMixed({ system, random }: Stage, subjects: Subject[], events: number): Promise<number> {
  const batches = Math.max(SUBJECTS / LINES, Math.round(events / LINES));
  for (let batch = 0; batch < batches; batch += 1) {
    const lines = Array.from({ length: LINES }, (_, line) => {
      const subject = subjects[(batch * LINES + line) % SUBJECTS] as Subject;
      return JSON.stringify({
        userId: subject.id,
        eventId: random.uuid(),
        timestamp: new Date().toISOString(),
        emotionEvent: {
          type: subject.word,
          metrics: { positivity: 0.5, intensity: 0.5, stress_level: 0.25 },
        },
      });
    });
    const body = lines.join('\n');
    const headers = { 'x-internal-key': system.internalKey, 'content-type': 'application/x-ndjson' };
    const url = `${system.url}/v1/emotions/batch`;
    await insist(() => fetch(url, { method: 'POST', body, headers }), 202);
  }
  return batches * LINES;
}

/** Changed twice, so that the stream which keeps the newest consent of each customer has replaced some. */
async function consent(system: System, subjects: Subject[]): Promise<void> {
  for (const { id, token, word } of subjects) {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const url = `${system.url}/v1/users/${id}/consents/emotion_capture`;
    for (const granted of [false, true]) {
      const body = JSON.stringify({ granted, text_version: word });
      await insist(() => fetch(url, { method: 'PUT', headers, body }), 200);
    }
  }
}

/** Some of the customers, so that decisions, messages of them and cached analyses are there. */
async function analyze(system: System, subjects: Subject[]): Promise<void> {
  for (const { id, token, word } of subjects.filter((_, index) => index % 5 === 0)) {
    const headers = { authorization: `Bearer ${token}`, 'x-request-id': word, 'idempotency-key': word };
    const url = `${system.url}/v1/users/${id}/credit-analysis`;
    await insist(() => fetch(url, { method: 'POST', headers }), 200);
  }
}

async function insist(send: () => Promise<Response>, status: number): Promise<void> {
  await eventually(
    `a response ${status}`,
    async () => (await send().catch(() => null))?.status === status,
    DEADLINE_MS,
  );
}

export async function requestErasures(
  { system, sql }: Pick<Stage, 'system' | 'sql'>,
  subjects: Customer[],
): Promise<void> {
  const hashOf = createCustomerHash(readFileSync(erasureKeyFile(system.dataDir), 'utf8').trim());
  await sql`
    insert into erasures (customer_hash, user_id, requested_by)
    select hash, id, 'customer' from unnest(
      ${subjects.map(({ id }) => hashOf(id))}::text[], ${subjects.map(({ id }) => id)}::uuid[]) as asked (hash, id)
    on conflict do nothing`;
}

/** Kills the service that erases, the workers and the broker, one after the other, while erasures are open. */
async function killWhileOpen({ sql, faults, random }: Stage): Promise<void> {
  const names = ['privacy', 'nats', 'emotion-processing', 'privacy', 'credit', 'credit-application'];
  for (let round = 0; !(await countErased(sql, ERASED).catch(() => false)) && round < 12; round += 1) {
    await Bun.sleep(random.integer(300, 900));
    await faults.kill(names[round % names.length] ?? 'privacy');
  }
}

async function isStored(sql: postgres.Sql, count: number): Promise<boolean> {
  const [row] = await sql`
    select count(*)::int as count from emotional_events where event_type like 'canary%'`;
  return row?.count === count;
}

async function countErased(sql: postgres.Sql, count: number): Promise<boolean> {
  const [row] = await sql`
    select count(*)::int as count from erasures where erased_at is not null and user_id is null`;
  return row?.count === count;
}

async function hasNoStrays(sql: postgres.Sql): Promise<boolean> {
  return (await sql`select from stray_messages`).length === 0;
}

/** How often words and ids of customers stand in each place. */
async function tracesOf({ system }: Stage, databaseUrl: string, subjects: Subject[]) {
  const folder = join(system.dataDir, 'traces');
  run('pgDump', ['--inserts', '-f', `${folder}.sql`, databaseUrl]);
  const redis = new Redis(system.redisUrl);
  const keys = await redis.keys('*');
  const values = await Promise.all(keys.map(async (key) => `${key} ${await redis.get(key).catch(() => '')}`));
  redis.disconnect();
  await Bun.write(`${folder}.redis`, values.join('\n'));
  await Bun.write(`${folder}.words`, subjects.flatMap(({ id, word }) => [id, word]).join('\n'));
  // Line by line, since a binary file has no lines of its own.
  const count = async (...places: string[]) => {
    const grep = Bun.spawn(['grep', '-raoiF', '-f', `${folder}.words`, ...places], { stdout: 'pipe' });
    const text = await new Response(grep.stdout).text();
    return text.split('\n').length - 1;
  };
  return {
    dump: await count(`${folder}.sql`),
    broker: await count(join(system.dataDir, 'nats')),
    redis: await count(`${folder}.redis`),
    logs: await count(join(system.dataDir, 'logs')),
  };
}

type Traces = Awaited<ReturnType<typeof tracesOf>>;

const sum = (traces: Traces, places: (keyof Traces)[]) =>
  places.reduce((total, place) => total + traces[place], 0);

/** Restores a dump into a database of its own, and has the service erase there by the broker's ledger. */
async function restoreAndErase(stage: Stage, dump: string, subjects: Subject[]) {
  const { system, sql } = stage;
  const url = new URL(system.databaseUrl);
  url.pathname = '/restored';
  await sql.unsafe('create database restored');
  run('pgRestore', ['--no-owner', '-d', url.href, dump]);
  const { dump: before } = await tracesOf(stage, url.href, subjects);
  const child = startChild({
    name: 'privacy of the restored database',
    command: [process.execPath, ENTRY, 'privacy'],
    logFile: join(system.dataDir, 'privacy-restored.log'),
    env: {
      ...process.env,
      DATABASE_URL: url.href,
      NATS_URL: system.natsUrl,
      REDIS_URL: system.redisUrl,
      SECRET_KEY: system.secretKey,
      ERASURE_KEY: readFileSync(erasureKeyFile(system.dataDir), 'utf8').trim(),
      ERASURE_SETTLE_SECONDS: '1',
      PORT: String(await freePort()),
      OPS_PORT: String(await freePort()),
    },
  });
  const restored = postgres(url.href, { max: 1, onnotice: () => {} });
  try {
    await eventually('all are erased again', () => countErased(restored, ERASED), DEADLINE_MS);
  } finally {
    await restored.end({ timeout: 1 });
    await child.stop('SIGTERM', 10_000);
  }
  const { dump: after } = await tracesOf(stage, url.href, subjects);
  return { before, after };
}

function run(name: 'pgDump' | 'pgRestore', args: string[]): void {
  const program = findProgram(PROGRAMS[name]);
  if (program === null) throw new Error(`${PROGRAMS[name].name} is not installed`);
  const { exitCode, stderr } = Bun.spawnSync([program, ...args]);
  if (exitCode !== 0) throw new Error(`${PROGRAMS[name].name}: ${stderr.toString()}`);
}
