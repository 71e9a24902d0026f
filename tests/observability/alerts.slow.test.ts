import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { DASHBOARDS } from '../../apps/gateway/docs/dashboards.ts';
import { createFaults, type Faults } from '../drills/faults.ts';
import { eventually } from '../harness/engines.ts';
import { bearer, type Customer, emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';
import { DRILLED } from './drilled-alerts.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';
import { alertsOf, namesIn, readRules, recordingsOf } from './rules.ts';

/** The rules that ship, on Debian's Prometheus, over a real system of a process a service. */
const LONG_MS = 240_000;
/** Some windows of the shortened rules. */
const QUIET_SECONDS = 30;
const rules = readRules();
/** Takes every trace. */
const collector = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => Response.json({}) });
const system = useSystem({
  split: true,
  isPrivate: true,
  variables: {
    CHALLENGER_MODEL_URL: '/scorecard-2',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.origin,
  },
});
let prometheus: Prometheus;
let faults: Faults;

beforeAll(async () => {
  const targets = system()
    .state()
    .children.flatMap(({ opsUrl }) => (opsUrl ? [new URL(opsUrl).host] : []));
  faults = createFaults(system());
  await acceptOffer();
  prometheus = await startPrometheus(targets);
  await eventually('every process was read', async () => {
    const up = await prometheus.query('count(up == 1)');
    return Number(up[0]?.value[1]) === targets.length;
  });
}, LONG_MS);

afterAll(async () => {
  await prometheus?.stop();
  await collector.stop(true);
});

/** Analyses a new customer of some events. */
async function analyze(customer?: Customer): Promise<{ customer: Customer; response: Response }> {
  const someone = customer ?? (await newCustomer(system().url));
  const response = await fetch(
    `${system().url}/v1/users/${someone.id}/credit-analysis`,
    json('', bearer(someone)),
  );
  return { customer: someone, response };
}

/** One event of each kind, an analysis and an acceptance, to the active limit. */
async function acceptOffer(): Promise<void> {
  const { customer, offerId } = await newOffer();
  await accept(customer, offerId);
  await eventually('the limit is active', async () => {
    const rows = await system().sql`select from credit_limits where id = ${offerId} and status = 'active'`;
    return rows.length === 1;
  });
}

async function newOffer(): Promise<{ customer: Customer; offerId: string }> {
  const { url, internalKey, sql } = system();
  const customer = await newCustomer(url);
  const emotion = json(emotionOf(customer.id), { 'x-internal-key': internalKey });
  expect((await fetch(`${url}/v1/emotions/stream`, emotion)).status).toBe(202);
  for (let count = 0; count < 12; count += 1) {
    const transaction = json({ userId: customer.id, amount: 120 }, bearer(customer));
    expect((await fetch(`${url}/v1/transactions`, transaction)).status).toBe(202);
  }
  await eventually('the events are stored', async () => {
    const [row] = await sql`select count(*)::int as stored from transactions where user_id = ${customer.id}`;
    return row?.stored === 12;
  });
  const { response } = await analyze(customer);
  const { offer } = (await response.json()) as { offer: { offer_id: string } };
  return { customer, offerId: offer.offer_id };
}

async function accept(customer: Customer, offerId: string): Promise<void> {
  const accepted = await fetch(
    `${system().url}/v1/credit-offers/${offerId}/accept`,
    json({}, bearer(customer)),
  );
  expect(accepted.status).toBe(202);
}

const untilFiring = (alerts: string[], meanwhile: () => Promise<unknown> = async () => {}) =>
  eventually(
    `${alerts.join(', ')} fire`,
    async () => {
      await meanwhile();
      const firing = await prometheus.firing();
      return alerts.every((alert) => firing.includes(alert));
    },
    90_000,
  );

const untilQuiet = () =>
  eventually('nothing fires', async () => (await prometheus.firing()).length === 0, 90_000);

describe('of a healthy system', () => {
  test(
    'no alert fires, under load',
    async () => {
      await Bun.sleep(5000);
      const untilMs = performance.now() + QUIET_SECONDS * 1000;
      while (performance.now() < untilMs) await acceptOffer();
      expect(await prometheus.firedWithin(QUIET_SECONDS)).toEqual([]);
    },
    LONG_MS,
  );

  test('every metric and label of rules and dashboards exists', async () => {
    const { metrics, labels } = await readMetrics();
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
      const { customer, offerId } = await newOffer();
      await faults.whileFrozen('nats', async () => {
        await accept(customer, offerId);
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
    'the model down',
    async () => {
      await faults.whileFrozen('ml-mock', async () => {
        for (let call = 0; call < 6; call += 1) expect((await analyze()).response.status).toBe(503);
        // As customers do: a share of errors is of the requests of the window.
        await untilFiring(DRILLED.modelDown, analyze);
      });
      // The breaker closes with a successful probe.
      await eventually('the model is asked again', async () => (await analyze()).response.ok, 60_000);
      await untilQuiet();
    },
    LONG_MS,
  );
});

/** Of all processes: the names of metrics as queries have them, and the labels of each that has samples. */
async function readMetrics(): Promise<{ metrics: string[]; labels: Map<string, Set<string>> }> {
  const urls = system()
    .state()
    .children.flatMap(({ opsUrl }) => opsUrl ?? []);
  const texts = await Promise.all(urls.map(async (url) => (await fetch(`${url}/metrics`)).text()));
  const lines = texts.join('\n').split('\n');
  const metrics = lines.flatMap((line) => {
    const [, name = '', type] = /^# TYPE (\S+) (\S+)/.exec(line) ?? [];
    return type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name];
  });
  const labels = new Map<string, Set<string>>();
  for (const line of lines) {
    const [, name = '', set = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (!name) continue;
    const names = labels.get(name) ?? new Set();
    for (const [, label = ''] of set.matchAll(/(\w+)="/g)) names.add(label);
    labels.set(name, names);
  }
  return { metrics, labels };
}

/** The labels that an expression selects by, or groups by. */
function labelsIn(expr: string): string[] {
  const selected = [...expr.matchAll(/(\w+)\s*(?:=~|!=|!~|=)\s*"/g)].map(([, label]) => label ?? '');
  const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => (list ?? '').split(/,\s*/));
  return [...new Set([...selected, ...grouped])].filter((label) => !label.startsWith('alert'));
}
