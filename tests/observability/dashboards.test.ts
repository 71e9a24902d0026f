import { beforeAll, describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dashboard, Panel } from '@grafana/schema';
import { ensurePrograms } from '../../deploy/local/engines/install.ts';
import { temporaryFolder } from '../harness/engines.ts';
import { ROOT } from './rules.ts';

// needs: promtool

/**
 * The files of Grafana, without a Grafana: their types are those of the version that compose runs, and the rest
 * is here.
 */
const INSTALL_MS = 180_000;
const GRAFANA = join(ROOT, 'deploy', 'observability', 'grafana');
/** Ids of units that Grafana knows; it shows another one as a suffix. */
const UNITS = ['s', 'reqps', 'short', 'percentunit', 'bytes'];
let promtool = '';

beforeAll(() => {
  promtool = ensurePrograms(['promtool']).promtool ?? '';
}, INSTALL_MS);

const readYaml = (...path: string[]): unknown => Bun.YAML.parse(readFileSync(join(ROOT, ...path), 'utf8'));

interface Compose {
  services: Record<string, { image?: string; volumes?: string[]; networks?: string[] }>;
}
const compose = readYaml('compose.observability.yaml') as Compose;
const dashboards = readdirSync(join(GRAFANA, 'dashboards')).map(
  (name) => JSON.parse(readFileSync(join(GRAFANA, 'dashboards', name), 'utf8')) as Dashboard,
);
const panels = dashboards.flatMap(({ panels: list = [] }) => list as Panel[]);
const targets = panels.flatMap(({ targets: list = [] }) => list as unknown as Target[]);

interface Target {
  refId: string;
  expr: string;
  datasource: { type: string; uid: string };
}

describe('dashboards', () => {
  test('have ids of their own, and places that do not overlap', () => {
    const uids = dashboards.map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(dashboards.length);
    for (const { panels: list = [] } of dashboards) {
      expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
      const cells = (list as Panel[]).flatMap(({ gridPos }) => {
        const { x = 0, y = 0, w = 0, h = 0 } = gridPos ?? {};
        expect(x + w).toBeLessThanOrEqual(24);
        return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}:${y + Math.floor(cell / w)}`);
      });
      expect(new Set(cells).size).toBe(cells.length);
    }
  });

  test('have panels with units that Grafana knows, and queries with a name each', () => {
    expect(panels.map(({ fieldConfig }) => fieldConfig?.defaults.unit ?? '')).toSatisfy((units) =>
      units.every((unit) => UNITS.includes(unit)),
    );
    for (const { targets: list = [] } of panels) {
      expect(list.length).toBeGreaterThan(0);
      expect(new Set(list.map(({ refId }) => refId)).size).toBe(list.length);
    }
  });

  test('have queries that Prometheus can read', () => {
    const folder = temporaryFolder();
    const rules = targets.map(({ expr }, index) => ({
      record: `panel:${index}`,
      expr: expr.replaceAll('$__rate_interval', '1m'),
    }));
    writeFileSync(join(folder, 'panels.yaml'), JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    const checked = Bun.spawnSync([promtool, 'check', 'rules', '--lint=none', join(folder, 'panels.yaml')]);
    expect(checked.stdout.toString() + checked.stderr.toString()).toContain(
      `SUCCESS: ${targets.length} rules found`,
    );
  });
});

describe('provisioning', () => {
  const grafana = compose.services.grafana ?? {};
  /** The folder of the repository that a path of the container is. */
  const folderOf = (path: string) =>
    grafana.volumes?.map((volume) => volume.split(':')).find(([, target]) => target === path)?.[0];

  test('leads to the dashboards', () => {
    const file = readYaml('deploy/observability/grafana/provisioning/dashboards/ecs.yaml');
    expect(file).toEqual({
      apiVersion: 1,
      providers: [{ name: 'ecs', folder: 'ECS', type: 'file', options: { path: expect.any(String) } }],
    });
    const [provider] = (file as { providers: { options: { path: string } }[] }).providers;
    expect(folderOf(provider?.options.path ?? '')).toBe('./deploy/observability/grafana/dashboards');
    expect(folderOf('/etc/grafana/provisioning')).toBe('./deploy/observability/grafana/provisioning');
  });

  test('names the source of every panel and query, which Grafana reaches', () => {
    const file = readYaml('deploy/observability/grafana/provisioning/datasources/prometheus.yaml') as {
      datasources: { uid: string; type: string; url: string }[];
    };
    const [source] = file.datasources;
    expect(file).toMatchObject({ apiVersion: 1, datasources: [{ isDefault: true }] });
    const { hostname } = new URL(source?.url ?? '');
    const networks = compose.services[hostname]?.networks ?? [];
    expect(grafana.networks?.some((network) => networks.includes(network))).toBe(true);
    const used = [...panels, ...targets].map(({ datasource }) => datasource);
    expect(new Set(used.map((ref) => JSON.stringify(ref)))).toEqual(
      new Set([JSON.stringify({ type: source?.type, uid: source?.uid })]),
    );
  });

  test('is of the version whose types the dashboards have', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    expect(grafana.image).toBe(`grafana/grafana:${devDependencies['@grafana/schema']}`);
  });
});
