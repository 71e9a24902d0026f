import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Child, startChild } from '../../deploy/local/processes/child.ts';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { createFaults } from '../drills/faults.ts';
import { type Certificates, makeAuthority } from '../harness/certificates.ts';
import { eventually, temporaryFolder } from '../harness/engines.ts';
import { storeDecisions } from '../harness/stored-decisions.ts';
import { bearer, emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';
import { DRILLED } from './drilled-alerts.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';

/**
 * Faults that do not touch each other, in one system at once: exactly their alerts fire. In the order of the
 * tests, since a population does not shift back, and a dead letter waits for an operator.
 */
const LONG_MS = 240_000;
const STORED = 2600;
const SHIFTED = 1200;
/** Of each denial: a few hundred are denied. */
const COPIES = 4;
const folder = temporaryFolder();
const anchorFile = join(folder, 'anchors.jsonl');
const certificates = makeLongAndShort();
let isModelDead = false;
/** The challenger's model: the mock of the system, until it fails. */
const challengerModel = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  async fetch(request) {
    if (isModelDead) return new Response('dead', { status: 500 });
    const { pathname } = new URL(request.url);
    return fetch(`${system().state().modelUrl}${pathname}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: await request.text(),
    });
  },
});
const system = useSystem({
  split: false,
  variables: {
    CHALLENGER_MODEL_URL: `${challengerModel.url.origin}/scorecard-2`,
    AUDIT_ANCHOR_FILE: anchorFile,
    CHAIN_VERIFICATION_SECONDS: '1',
  },
});
const sockets: Socket[] = [];
let secured: Child;
let prometheus: Prometheus;

beforeAll(async () => {
  const opsPort = await freePort();
  secured = await startSecured(opsPort);
  await storeDecisions(system().sql, STORED);
  const { children } = system().state();
  const targets = children.flatMap(({ opsUrl }) => (opsUrl ? [new URL(opsUrl).host] : []));
  prometheus = await startPrometheus([...targets, `127.0.0.1:${opsPort}`]);
  await eventually('every process was read, and nothing fires', async () => {
    const up = await prometheus.query('count(up == 1)');
    const isRead = Number(up[0]?.value[1]) === targets.length + 1;
    return (isRead && (await prometheus.firing()).length === 0) || null;
  });
}, LONG_MS);

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await prometheus?.stop();
  await secured?.stop('SIGKILL', 1000);
  await challengerModel.stop(true);
});

describe('independent faults at once', () => {
  test(
    'no alert of them fires before',
    async () => {
      const untilMs = performance.now() + 15_000;
      while (performance.now() < untilMs) await analyzeNew();
      expect(await prometheus.firedWithin(10)).toEqual([]);
    },
    LONG_MS,
  );

  test(
    'fire exactly their alerts, and those end with them that can',
    async () => {
      const { sql } = system();
      await requestOldReview();
      const mendChain = await breakChain();
      useCertificate(certificates.short);
      isModelDead = true;
      rmSync(anchorFile, { force: true });
      mkdirSync(anchorFile);
      await sql.unsafe(`
        create function refuse_link() returns trigger language plpgsql as $$ begin raise 'no room'; end $$;
        create trigger refuse_link before insert on credit_analysis_chain execute function refuse_link()`);
      await shiftPopulation();
      await createFaults(system()).whileFrozen('redis', async () => {
        await requestOldErasure();
        await eventually(
          'all of them fire',
          async () => {
            await misbehave();
            const firing = await prometheus.firing();
            return DRILLED.together.every((alert) => firing.includes(alert)) || null;
          },
          150_000,
        );
        expect(await prometheus.firing()).toEqual(DRILLED.together.toSorted());
      });

      isModelDead = false;
      rmSync(anchorFile, { recursive: true });
      useCertificate(certificates.long);
      await takeShiftBack();
      await sql.unsafe('drop trigger refuse_link on credit_analysis_chain');
      await mendChain();
      const lasting = ['DeadLetters', 'DeadLettersOld', 'PopulationShift', 'ReviewsOld'];
      await eventually(
        'the others end',
        async () => {
          await analyzeNew();
          const unended = (await prometheus.firing()).filter((alert) => !lasting.includes(alert));
          if (unended.length > 0) throw new Error(`they still fire: ${unended.join(', ')}`);
          return true;
        },
        90_000,
      );
    },
    LONG_MS,
  );
});

async function analyzeNew() {
  const customer = await newCustomer(system().url);
  const path = `/v1/users/${customer.id}/credit-analysis`;
  const response = await fetch(system().url + path, json('', bearer(customer)));
  return { customer, analysis: (await response.json()) as { analysis_id: string } };
}

/** A denial under review since eight days. */
async function requestOldReview(): Promise<void> {
  const { customer, analysis } = await analyzeNew();
  const path = `/v1/credit-analyses/${analysis.analysis_id}/review`;
  const requested = await fetch(system().url + path, json({}, bearer(customer)));
  expect(requested.status).toBeLessThan(300);
  await system().sql`update reviews set requested_at = requested_at - interval '8 days'`;
}

/** An erasure from ten minutes ago; without Redis it does not end. */
async function requestOldErasure(): Promise<void> {
  const customer = await newCustomer(system().url);
  const init = { ...json({ password: customer.password }, bearer(customer)), method: 'DELETE' };
  expect((await fetch(`${system().url}/v1/users/${customer.id}`, init)).status).toBe(202);
  await system().sql`
    update erasures set requested_at = requested_at - interval '10 minutes' where erased_at is null`;
}

/** The newest decisions are about customers with other scores and facts; they wait for their link. */
async function shiftPopulation(): Promise<void> {
  await system().sql`
    with shifted as (
      insert into credit_analyses
      select (jsonb_populate_record(denied, jsonb_build_object(
        'id', gen_random_uuid(), 'created_at', now(), 'risk_score', 0.99, 'offer_id', null))).*
      from (
        select decided as denied from credit_analyses decided where not approved
        order by created_at limit ${SHIFTED / COPIES}) as denials, generate_series(1, ${COPIES})
      returning id
    )
    insert into credit_analyses_unlinked (analysis_id) select id from shifted`;
}

/** Copies are no decisions: with a link they break their chain. */
async function takeShiftBack(): Promise<void> {
  await system().sql`
    with copies as (delete from credit_analyses where risk_score = 0.99 returning id)
    delete from credit_analyses_unlinked where analysis_id in (select id from copies)`;
}

/** Changes an act that has its link; returns the way back. */
async function breakChain(): Promise<() => Promise<unknown>> {
  const { sql } = system();
  const [row] = await sql`
    update audit_log changed set act = 'review.refuse' from audit_log before
    where changed.id = before.id and before.id = (select act_id from audit_chain order by position limit 1)
    returning before.id, before.act`;
  return async () => sql`update audit_log set act = ${row?.act} where id = ${row?.id}`;
}

/** Two events under one id, a decision, and clients that hang up or hold their body back. */
async function misbehave(): Promise<void> {
  const { url, internalKey } = system();
  const { customer } = await analyzeNew();
  const eventId = Bun.randomUUIDv7();
  for (const type of ['calm', 'tense']) {
    const event = { ...emotionOf(customer.id), eventId };
    const body = { ...event, emotionEvent: { ...event.emotionEvent, type } };
    const sent = await fetch(`${url}/v1/emotions/stream`, json(body, { 'x-internal-key': internalKey }));
    expect(sent.status).toBe(202);
  }
  for (let count = 0; count < 6; count += 1) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      'POST /v1/transactions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n' +
        `authorization: Bearer ${customer.token}\r\ncontent-length: 50\r\n\r\n`,
    );
    sockets.push(socket);
    // Half of them hang up, the others wait for their 408.
    if (count % 2 === 0) setTimeout(() => socket.destroy(), 200);
  }
  await Bun.sleep(300);
}

/** The mock of the model alone, with a certificate. */
async function startSecured(opsPort: number): Promise<Child> {
  copyCertificate(certificates.long);
  const logFile = join(folder, 'secured.log');
  const child = startChild({
    name: 'secured',
    command: [process.execPath, join(import.meta.dir, '..', '..', 'apps', 'main.ts'), 'ml-mock'],
    logFile,
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(await freePort()),
      OPS_PORT: String(opsPort),
      TLS_CERT_FILE: join(folder, 'cert.pem'),
      TLS_KEY_FILE: join(folder, 'key.pem'),
    },
  });
  await eventually('it runs', async () => (await fetch(`http://127.0.0.1:${opsPort}/livez`)).ok, 20_000);
  return child;
}

function useCertificate(certificate: Certificates): void {
  copyCertificate(certificate);
  process.kill(secured.pid, 'SIGHUP');
}

function copyCertificate({ certFile, keyFile }: Certificates): void {
  copyFileSync(certFile, join(folder, 'cert.pem'));
  copyFileSync(keyFile, join(folder, 'key.pem'));
}

function makeLongAndShort() {
  const { sign } = makeAuthority();
  return { long: sign('DNS:localhost,IP:127.0.0.1', 30), short: sign('DNS:localhost,IP:127.0.0.1', 3) };
}
