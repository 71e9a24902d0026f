import { beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrograms } from '../../deploy/local/engines/install.ts';
import { temporaryFolder } from '../harness/engines.ts';
import { ALERT_CASES } from './alert-cases.ts';
import { DRILLED, NOT_DRILLED } from './drilled-alerts.ts';
import { alertsOf, namesIn, readRules, recordingsOf, ROOT, RULES_FILE } from './rules.ts';

// needs: promtool

/** The rules of Prometheus, without a Prometheus: by promtool, and beside docs/failure-modes.md. */
const INSTALL_MS = 180_000;
const rules = readRules();
const alerts = alertsOf(rules);
let promtool = '';

beforeAll(() => {
  promtool = ensurePrograms(['promtool']).promtool ?? '';
}, INSTALL_MS);

function check(...args: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([promtool, ...args]);
  return exitCode === 0 ? 'SUCCESS' : stdout.toString() + stderr.toString();
}

describe('rules', () => {
  test('are correct for promtool', () => {
    expect(check('check', 'rules', RULES_FILE)).toBe('SUCCESS');
  });

  test('have a case for each alert, and no other', () => {
    expect(Object.keys(ALERT_CASES).toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
  });

  test('fire in a drill on a real Prometheus, or have the reason why not', () => {
    const drilled = Object.values(DRILLED).flat();
    const named = [...drilled, ...Object.keys(NOT_DRILLED)];
    expect(named.toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
  });
});

describe.each(alerts.map((rule) => [rule.alert, rule] as const))('%s', (alert, rule) => {
  const evaluatedAt = rule.for === '1h' ? '2h' : '45m';
  const recordings = recordingsOf(rules).filter(({ record }) => namesIn(rule.expr).includes(record));

  test.each(['fires', 'quiet'] as const)('%s', (kind) => {
    const folder = temporaryFolder();
    const file = join(folder, 'test.yaml');
    // The rule with what it needs: all of them take ten times as long.
    writeFileSync(
      join(folder, 'rules.yaml'),
      JSON.stringify({ groups: [{ name: alert, rules: [...recordings, rule] }] }),
    );
    const ways = [ALERT_CASES[alert]?.[kind] ?? {}].flat();
    const suite = {
      rule_files: ['rules.yaml'],
      evaluation_interval: '15s',
      tests: ways.map((samples) => ({
        interval: '15s',
        input_series: Object.entries(samples).map(([series, values]) => ({ series, values })),
        promql_expr_test: [
          {
            // Whether it fired at any time.
            expr: `count by (alertname) (present_over_time(ALERTS{alertname="${alert}",alertstate="firing"}[${evaluatedAt}]))`,
            eval_time: evaluatedAt,
            exp_samples: kind === 'fires' ? [{ labels: `{alertname="${alert}"}`, value: 1 }] : [],
          },
        ],
      })),
    };
    writeFileSync(file, JSON.stringify(suite));
    expect(check('test', 'rules', file)).toBe('SUCCESS');
  });
});

describe('compose.observability.yaml', () => {
  interface Compose {
    services: Record<string, { image?: string; command?: string[] }>;
  }
  const read = (path: string): unknown => Bun.YAML.parse(readFileSync(join(ROOT, path), 'utf8'));
  const services = Object.entries((read('compose.yaml') as Compose).services)
    // Those of our image that stay up.
    .filter(([name, { image }]) => image?.includes('ecs') && !['migrations', 'operator'].includes(name))
    .map(([name]) => name)
    .toSorted();

  test('has every service on the network of metrics', () => {
    const added = Object.entries((read('compose.observability.yaml') as Compose).services).filter(
      ([, { image }]) => !image,
    );
    expect(services.length).toBeGreaterThan(10);
    expect(added.map(([name]) => name).toSorted()).toEqual(services);
  });

  test('has Prometheus read every service', () => {
    const file = 'deploy/observability/prometheus.yaml';
    const { scrape_configs: jobs } = read(file) as {
      scrape_configs: { job_name: string; dns_sd_configs: { names: string[] }[] }[];
    };
    expect(jobs.map(({ job_name: name }) => name)).toEqual(['ecs']);
    expect(jobs[0]?.dns_sd_configs[0]?.names.toSorted()).toEqual(services);
    expect(check('check', 'config', join(ROOT, file))).toBe('SUCCESS');
  });
});

describe('failure modes', () => {
  const document = readFileSync(join(ROOT, 'docs', 'failure-modes.md'), 'utf8');
  const metrics = (text: string) =>
    // A role of the database is none.
    namesIn(text).filter((name) => name.startsWith('ecs_') && name !== 'ecs_privacy');
  const rows = document.split(/^(?=#{2,3} )/m).map((text) => {
    const [heading = ''] = text.split('\n');
    return { anchor: anchorOf(heading), metrics: metrics(text) };
  });

  test('have the row that each alert links to', () => {
    const anchors = rows.map(({ anchor }) => `docs/failure-modes.md#${anchor}`);
    expect(alerts.filter(({ annotations }) => !anchors.includes(annotations.runbook))).toEqual([]);
  });

  test('have an alert for each row with a metric', () => {
    const linked = alerts.map(({ annotations }) => annotations.runbook.split('#')[1]);
    const silent = rows.filter(({ anchor, metrics }) => metrics.length > 0 && !linked.includes(anchor));
    // Dropped for want of a consent: no fault.
    expect(silent.map(({ anchor }) => anchor)).toEqual(['a-message']);
  });
});

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}
