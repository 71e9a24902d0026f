import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DASHBOARDS } from '../../apps/gateway/docs/dashboards.ts';
import { createFaults, type Faults } from '../drills/faults.ts';
import { eventually, temporaryFolder } from '../harness/engines.ts';
import { storeDecisions } from '../harness/stored-decisions.ts';
import { useSystem } from '../harness/system.ts';
import { createCustomerActs } from './customers-of-alerts.ts';
import {
  ageErasures,
  ageReviews,
  breakChain,
  refuseLinks,
  shiftPopulation,
  stopReceiver,
  stopVerification,
} from './data-faults.ts';
import { DRILLED } from './drilled-alerts.ts';
import { labelsIn, readMetrics } from './existing-metrics.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';
import { alertsOf, namesIn, readRules, recordingsOf } from './rules.ts';
import { startSecuredProcess } from './secured-process.ts';

/**
 * The rules that ship, on Debian's Prometheus, over a real system of a process per service. In the order of
 * the tests: a dead letter waits for an operator, and nothing is quiet after the last of them.
 */
const LONG_MS = 240_000;
/** Some windows of the shortened rules. */
const QUIET_SECONDS = 25;
/** A quick machine would make so many equal decisions that they are another population. */
const PACE_MS = 500;
const STORED = 2600;
const rules = readRules();
const anchorFile = join(temporaryFolder(), 'anchors.jsonl');
let isCollectorAway = false;
let isChallengerDead = false;
const collector = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: () => (isCollectorAway ? new Response(null, { status: 503 }) : Response.json({})),
});
/** The challenger's model: the mock of the system, until it fails. */
const challengerModel = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  async fetch(request) {
    if (isChallengerDead) return new Response('dead', { status: 500 });
    const { pathname } = new URL(request.url);
    return fetch(`${system().state().modelUrl}${pathname}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: await request.text(),
      // The system ends while a question is on its way.
    }).catch(() => new Response('away', { status: 502 }));
  },
});
const system = useSystem({
  split: true,
  isPrivate: true,
  variables: {
    CHALLENGER_MODEL_URL: `${challengerModel.url.origin}/scorecard-2`,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.origin,
    AUDIT_ANCHOR_FILE: anchorFile,
    CHAIN_VERIFICATION_SECONDS: '1',
  },
});
const customers = createCustomerActs(system);
let secured: Awaited<ReturnType<typeof startSecuredProcess>>;
let prometheus: Prometheus;
let faults: Faults;

const opsUrls = () =>
  system()
    .state()
    .children.flatMap(({ opsUrl }) => opsUrl ?? []);

beforeAll(async () => {
  const targets = opsUrls().map((url) => new URL(url).host);
  faults = createFaults(system());
  // Before the first decision of the system: they begin the chain.
  await storeDecisions(system().sql, STORED);
  secured = await startSecuredProcess();
  await customers.acceptOffer();
  prometheus = await startPrometheus([...targets, secured.target]);
  await eventually('every process was read, and nothing fires', async () => {
    const up = await prometheus.query('count(up == 1)');
    const isRead = Number(up[0]?.value[1]) === targets.length + 1;
    return (isRead && (await prometheus.firing()).length === 0) || null;
  });
}, LONG_MS);

afterAll(async () => {
  customers.close();
  await prometheus?.stop();
  await secured?.stop();
  await Promise.all([collector.stop(true), challengerModel.stop(true)]);
});

const untilFiring = (alerts: string[], meanwhile: () => Promise<unknown> = async () => {}) =>
  eventually(
    `${alerts.join(', ')} fire`,
    async () => {
      await meanwhile();
      const firing = await prometheus.firing();
      const missing = alerts.filter((alert) => !firing.includes(alert));
      if (missing.length > 0) throw new Error(`they do not fire: ${missing.join(', ')}`);
      return true;
    },
    120_000,
  );

const untilQuiet = (lasting: string[] = [], meanwhile: () => Promise<unknown> = async () => {}) =>
  eventually(
    'nothing else fires',
    async () => {
      await meanwhile();
      const firing = await prometheus.firing();
      const unended = firing.filter((alert) => !lasting.includes(alert));
      if (unended.length > 0) throw new Error(`they still fire: ${unended.join(', ')}`);
      return true;
    },
    90_000,
  );

describe('of a healthy system', () => {
  test(
    'no alert fires, under load',
    async () => {
      const untilMs = performance.now() + QUIET_SECONDS * 1000;
      while (performance.now() < untilMs) await Promise.all([customers.acceptOffer(), Bun.sleep(PACE_MS)]);
      expect(await prometheus.firedWithin(QUIET_SECONDS)).toEqual([]);
    },
    LONG_MS,
  );

  test('every metric and label of rules and dashboards exists', async () => {
    const { metrics, labels } = await readMetrics(opsUrls());
    const panels = Object.values(DASHBOARDS).flatMap((dashboard) => dashboard.panels);
    const queries = panels.flatMap((panel) => Object.entries(panel.queries));
    const expressions = [
      ...queries.map(([, expr]) => expr),
      ...[...alertsOf(rules), ...recordingsOf(rules)].map(({ expr }) => expr),
    ];
    const recorded = recordingsOf(rules).map(({ record }) => record);
    const existing = new Set([...metrics, ...recorded, 'up']);
    expect(expressions.flatMap(namesIn).filter((name) => !existing.has(name))).toEqual([]);
    // A label that no metric of the query has.
    const strangers = expressions.flatMap((expr) => {
      const metricLabels = namesIn(expr).flatMap((name) => [...(labels.get(name) ?? [])]);
      if (metricLabels.length === 0) return [];
      const allowed = new Set([...metricLabels, 'instance', 'job', 'le']);
      return labelsIn(expr)
        .filter((label) => !allowed.has(label))
        .map((label) => `${label} in ${expr}`);
    });
    expect(strangers).toEqual([]);
    // A legend names labels that the result has.
    for (const [legend, expr] of queries) {
      const [sample] = await prometheus.query(expr.replaceAll('$__rate_interval', '30s'));
      const legendLabels = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '');
      if (sample)
        expect(
          legendLabels.filter((name) => !(name in sample.metric)),
          expr,
        ).toEqual([]);
    }
  });
});

describe('a fault fires its alerts, and its end ends them', () => {
  test(
    'a frozen worker',
    async () => {
      await faults.whileFrozen('emotion-processing', async () => {
        await untilFiring(DRILLED.frozenWorker);
        expect(await prometheus.firing()).not.toContain('PostgresqlAway');
      });
      await untilQuiet();
    },
    LONG_MS,
  );

  test(
    'a worker that is killed again and again',
    async () => {
      await faults.killWhile(['transaction-processing'], async () => {
        await untilFiring(DRILLED.frozenWorker);
      });
      await faults.allBack();
      await untilQuiet();
    },
    LONG_MS,
  );

  test(
    'the broker away, with an acceptance in the outbox',
    async () => {
      const { customer, offerId } = await customers.getOffer();
      await faults.whileFrozen('nats', async () => {
        await customers.accept(customer, offerId);
        await untilFiring(DRILLED.brokerAway);
        expect(await prometheus.firing()).not.toContain('PostgresqlAway');
      });
      await untilQuiet();
    },
    LONG_MS,
  );

  test(
    'the database away',
    async () => {
      await faults.whileFrozen('postgresql', async () => {
        await untilFiring(DRILLED.databaseAway);
        expect(await prometheus.firing()).not.toContain('BrokerAway');
      });
      await untilQuiet();
    },
    LONG_MS,
  );

  test(
    'faults that do not touch each other, at once: exactly their alerts',
    async () => {
      const { sql } = system();
      await customers.requestReview();
      await ageReviews(sql);
      secured.useCertificate('short');
      isCollectorAway = true;
      isChallengerDead = true;
      rmSync(anchorFile, { force: true });
      mkdirSync(anchorFile);
      const allowLinks = await refuseLinks(sql);
      const shiftBack = await shiftPopulation(sql);
      const mendChain = await breakChain(sql);
      const verifyAgain = await stopVerification(sql);
      const receiver = await stopReceiver(sql);
      const misbehave = () => Promise.all([customers.misbehave(), receiver.giveUp()]);
      // A last decision: its challenger's model is asked again and again.
      await customers.analyze();
      await faults.whileFrozen('redis', () =>
        faults.whileFrozen('ml-mock', async () => {
          await customers.requestErasure();
          await ageErasures(sql);
          await untilFiring(DRILLED.together, misbehave);
          // The model's process is frozen as well.
          const expected = [...DRILLED.together, 'ProcessDown'];
          expect(await prometheus.firing()).toEqual(expected.toSorted());
        }),
      );

      isCollectorAway = false;
      isChallengerDead = false;
      rmSync(anchorFile, { recursive: true });
      secured.useCertificate('long');
      await shiftBack();
      await allowLinks();
      await mendChain();
      await verifyAgain();
      await receiver.mend();
      // The newest decisions are those of this test.
      const lasting = ['DeadLetters', 'DeadLettersOld', 'PopulationShift', 'ReviewsOld'];
      await untilQuiet(lasting, customers.analyze);
    },
    LONG_MS,
  );
});
