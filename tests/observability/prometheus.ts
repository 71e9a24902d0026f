import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrograms } from '../../deploy/local/engines/install.ts';
import { startChild } from '../../deploy/local/processes/child.ts';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { eventually, temporaryFolder } from '../harness/engines.ts';
import { RULES_FILE } from './rules.ts';

/** A minute of the rules is so many seconds here. */
const SECONDS_A_MINUTE = 3;
/** Hours are shortened further: an alert that waits for one would be the longest of its drill. */
const SECONDS_AN_HOUR = 15;
/** Ages that nobody can set back: of dead letters in days, of the outbox in seconds. */
const SECONDS_A_DAY = 4;
const OUTBOX_SECONDS = 5;
const START_MS = 20_000;

interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

export type Prometheus = Awaited<ReturnType<typeof startPrometheus>>;

/** Debian's Prometheus with the rules that ship, their durations shortened, over the given targets. */
export async function startPrometheus(targets: string[]) {
  const { prometheus = '' } = ensurePrograms(['prometheus']);
  const folder = temporaryFolder();
  const port = await freePort();
  writeFileSync(join(folder, 'rules.yaml'), shortened(readFileSync(RULES_FILE, 'utf8')));
  const configuration = {
    // A process waits up to a second for gauges of an engine that is down.
    global: { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    scrape_configs: [{ job_name: 'ecs', static_configs: [{ targets }] }],
  };
  writeFileSync(join(folder, 'prometheus.yaml'), JSON.stringify(configuration));
  const logFile = join(folder, 'prometheus.log');
  const child = startChild({
    name: 'prometheus',
    command: [
      prometheus,
      `--config.file=${join(folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    logFile,
  });
  const url = `http://127.0.0.1:${port}`;
  const query = async (expression: string): Promise<Sample[]> => {
    const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression })}`);
    const body = (await response.json()) as { data?: { result: Sample[] }; error?: string };
    if (!body.data) throw new Error(`${body.error}: ${expression}`);
    return body.data.result;
  };
  await eventually('Prometheus is ready', async () => (await fetch(`${url}/-/ready`)).ok, START_MS);
  return {
    query,
    /** The alerts that fire, by name. */
    async firing(): Promise<string[]> {
      const alerts = await query('count by (alertname) (ALERTS{alertstate="firing"})');
      return alerts.map(({ metric }) => metric.alertname ?? '').toSorted();
    },
    /** The alerts that fired in the last seconds. */
    async firedWithin(seconds: number): Promise<string[]> {
      const fired = `present_over_time(ALERTS{alertstate="firing"}[${seconds}s])`;
      const alerts = await query(`count by (alertname) (${fired})`);
      return alerts.map(({ metric }) => metric.alertname ?? '').toSorted();
    },
    stop: () => child.stop('SIGKILL', 1000),
  };
}

/**
 * Durations, `[5m]`, `for: 1m`, `offset 1h`, and two ages; all other thresholds, and the expressions, are
 * those that ship. `for: 1m` is longer than a scrape, so that a single bad one fires nothing.
 */
function shortened(rules: string): string {
  return rules
    .replaceAll(/(?<=\[|for: |offset )(\d+)([mh])\b/g, (_, count, unit) => {
      return `${Number(count) * (unit === 'h' ? SECONDS_AN_HOUR : SECONDS_A_MINUTE)}s`;
    })
    .replaceAll(
      'dead_letters:oldest_seconds > 3 * 86400',
      `dead_letters:oldest_seconds > ${3 * SECONDS_A_DAY}`,
    )
    .replaceAll('(ecs_outbox_oldest_seconds) > 30', `(ecs_outbox_oldest_seconds) > ${OUTBOX_SECONDS}`);
}
