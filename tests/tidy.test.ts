import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOPICS } from '../platform/messaging/topics.ts';

/** The shape of the code, as ARCHITECTURE.md promises it. */
const ROOT = join(import.meta.dir, '..');
const LINES_MAX = 250;
const FUNCTION_LINES_MAX = 60;
const WIDTH_MAX = 110;

interface Source {
  path: string;
  text: string;
  lines: string[];
  imports: string[];
}

const folders = ['apps', 'cli', 'deploy/local', 'load-tests', 'platform', 'sdk', 'tests', 'underwriting'];
const paths = folders
  .flatMap((folder) => [...new Bun.Glob(`${folder}/**/*.{ts,tsx,sh}`).scanSync({ cwd: ROOT })])
  .toSorted();
const sources: Source[] = await Promise.all(
  paths.map(async (path) => {
    const text = await Bun.file(join(ROOT, path)).text();
    const imports = [...text.matchAll(/(?:from|import\() ?'([^']+)'/g)].map(([, name]) =>
      name?.startsWith('.') ? join(path, '..', name) : (name ?? ''),
    );
    return { path, text, lines: text.split('\n'), imports };
  }),
);
const isTest = ({ path }: Source) =>
  path.startsWith('tests/') || path.includes('.test.') || path.includes('test-server');
const code = sources.filter((source) => !isTest(source));
const topOf = (path: string) => path.split('/')[0] ?? '';
const appOf = (path: string) =>
  path.startsWith('apps/') && path.split('/').length > 2 ? path.split('/')[1] : undefined;

/** Files that break a rule, for a message that names them all. */
const offenders = (files: Source[], breaks: (source: Source) => boolean) =>
  files.filter(breaks).map(({ path }) => path);

describe('imports run one way', () => {
  const OURS = [
    'apps',
    'sdk',
    'cli',
    'platform',
    'load-tests',
    'tests',
    'migrations',
    'deploy',
    'underwriting',
  ];
  const MAY_IMPORT: Record<string, (target: string, from: string) => boolean> = {
    // The API in memory decides by the rules of the real one; the client itself carries none.
    sdk: (target, from) =>
      target.startsWith('sdk/') || (target.startsWith('underwriting/') && from.startsWith('sdk/testing/')),
    underwriting: (target) => target.startsWith('underwriting/') || target.startsWith('sdk/contracts/'),
    platform: (target) => target.startsWith('platform/') || target.startsWith('sdk/contracts/'),
    apps: (target, from) =>
      // The console's pages are a client.
      (from.startsWith('apps/console/web/') && target.startsWith('sdk/')) ||
      target.startsWith('platform/') ||
      target.startsWith('sdk/contracts/') ||
      target.startsWith('underwriting/') ||
      target === 'package.json' ||
      (target.startsWith('apps/') &&
        (/^apps\/(main|services)\.ts$/.test(from) || appOf(target) === appOf(from))),
    'load-tests': (target) => target.startsWith('load-tests/') || target.startsWith('sdk/'),
    deploy: (target) => target.startsWith('deploy/local/') || target.startsWith('platform/'),
    cli: (target) => !target.startsWith('apps/') && !target.startsWith('tests/'),
  };

  test('each folder imports only folders below it', () => {
    const wrong = code.flatMap(({ path, imports }) =>
      imports
        .filter((target) => OURS.includes(topOf(target)) || target === 'package.json')
        .filter((target) => !(MAY_IMPORT[topOf(path)]?.(target, path) ?? true))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('each room of platform imports only rooms above it in the table of ARCHITECTURE.md', () => {
    const table = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
    const order = [...table.matchAll(/^\| `platform\/[^|]*/gm)].flatMap(([cell]) =>
      [...cell.matchAll(/`(?:platform\/)?([\w-]+)\/`/g)].map(([, room = '']) => room),
    );
    const rankOf = (path: string) => order.indexOf(path.split('/')[1] ?? '');
    const files = code.filter(({ path }) => path.startsWith('platform/'));
    expect(order.toSorted()).toEqual(
      [...new Set(files.map(({ path }) => path.split('/')[1] ?? ''))].toSorted(),
    );
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .filter((target) => target.startsWith('platform/') && rankOf(target) > rankOf(path))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test.each(['apps/credit', 'sdk', 'cli', 'deploy/local', 'load-tests/runner'])(
    'the rooms of %s make no circle',
    (house) => {
      const roomOf = (path: string) => {
        const [room, ...inside] = path.slice(house.length + 1).split('/');
        return inside.length > 0 ? room : undefined;
      };
      const arrows = new Map<string, Set<string>>();
      for (const { path, imports } of code.filter((source) => source.path.startsWith(`${house}/`))) {
        const from = roomOf(path);
        const targets = imports.filter((target) => target.startsWith(`${house}/`)).map(roomOf);
        for (const to of targets) {
          if (from && to && from !== to) arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
        }
      }
      expect(circlesOf(arrows)).toEqual([]);
    },
  );

  test('files make no circle', () => {
    const arrows = new Map(sources.map(({ path, imports }) => [path, new Set(imports)]));
    expect(circlesOf(arrows)).toEqual([]);
  });

  test('underwriting and the wire are pure: no I/O, no clock, no randomness', () => {
    const rules = code.filter(({ path }) => /^(underwriting|sdk\/contracts)\//.test(path));
    expect(rules.length).toBeGreaterThan(20);
    expect(
      offenders(rules, ({ text }) =>
        /Date\.now|new Date\(\)|Math\.random|randomUUID|process\.|fetch\(/.test(text),
      ),
    ).toEqual([]);
    const packages = rules.flatMap(({ imports }) => imports.filter((name) => !OURS.includes(topOf(name))));
    // Values, expressions, headers and hashes: none of them does I/O.
    const pure =
      /^(@sinclair\/typebox|@marcbachmann\/cel-js|@noble\/hashes|canonicalize|negotiator|node:crypto)/;
    expect(packages.filter((name) => !pure.test(name))).toEqual([]);
  });

  test('a store knows no rules and no HTTP', () => {
    const stores = code.filter(({ path }) => path.endsWith('store.ts'));
    expect(
      offenders(stores, ({ imports }) => imports.some((name) => /elysia|http\.ts|routes/.test(name))),
    ).toEqual([]);
  });
});

describe('files', () => {
  test(`have at most ${LINES_MAX} lines, ${WIDTH_MAX} columns wide`, () => {
    expect(offenders(code, ({ lines }) => lines.length > LINES_MAX + 1)).toEqual([]);
    const wide = code.flatMap(({ path, lines }) =>
      lines.flatMap((line, index) =>
        line.length > WIDTH_MAX && !line.includes('://') ? [`${path}:${index + 1}`] : [],
      ),
    );
    expect(wide).toEqual([]);
  });

  test(`have no function of more than ${FUNCTION_LINES_MAX} lines but factories, which hold several`, () => {
    const long = code.flatMap(({ path, lines }) =>
      topLevelFunctions(lines).map((block) => ({ path, ...block })),
    );
    const tooLong = long.filter(
      ({ name, length }) => length > (/^(create|open|start|supervise)/.test(name) ? 100 : FUNCTION_LINES_MAX),
    );
    expect(tooLong).toEqual([]);
  });

  test('put an exported function before its helpers', () => {
    const wrong = sources.filter(({ path, lines }) => {
      if (path.includes('.test.')) return false;
      const helper = lines.findIndex((line) => /^(async )?function\*? \w/.test(line));
      const entry = lines.findIndex((line) => /^export (async )?(function|class|const) /.test(line));
      return helper !== -1 && entry > helper;
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('are named in kebab-case', () => {
    expect(
      offenders(
        sources,
        ({ path }) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)+$/.test(path.split('/').at(-1) ?? ''),
      ),
    ).toEqual([]);
  });
});

describe('names and secrets have one place', () => {
  test('only composition roots and configuration read the environment', () => {
    const may =
      /(^|\/)main\.ts$|^apps\/health\.ts$|^platform\/kernel\/config\.ts$|^deploy\/local\/environment\.ts$/;
    expect(
      offenders(code, ({ path, text }) => !may.test(path) && /process\.env|Bun\.env/.test(text)),
    ).toEqual([]);
  });

  test('only the catalogue of topics knows subjects', () => {
    const subjects = Object.values(TOPICS).map(({ subject }) => `'${subject}'`);
    const otherSources = sources.filter(({ path }) => !/^platform\/messaging\/\w+-topics\.ts$/.test(path));
    expect(offenders(otherSources, ({ text }) => subjects.some((subject) => text.includes(subject)))).toEqual(
      [],
    );
  });

  test('nobody imports the bare undici, which does nothing on Bun', () => {
    expect(offenders(sources, ({ imports }) => imports.includes('undici'))).toEqual([]);
  });

  test('each table is written by its owners alone', () => {
    const OWNERS: Record<string, string[]> = {
      outbox: ['platform/outbox/'],
      users: ['apps/credit/accounts/', 'apps/credit-application/', 'apps/privacy/'],
      credit_limits: ['apps/credit/', 'apps/credit-application/', 'apps/privacy/'],
      challenger_predictions: ['apps/challenger/', 'apps/privacy/'],
      credit_analyses: ['apps/credit/analysis/', 'apps/privacy/'],
      credit_analyses_unlinked: ['apps/credit/analysis/', 'apps/credit/chain/'],
      credit_analysis_chain: ['apps/credit/chain/'],
      reviews: ['apps/credit/reviews/'],
      // Its sum is kept by a trigger.
      customer_exposures: ['apps/credit/'],
      // Its hashes are made by a trigger, which queues it for its link as well.
      audit_log: ['platform/audit/', 'apps/privacy/'],
      audit_chain: ['platform/audit/'],
      audit_unlinked: ['platform/audit/'],
      chain_verifications: ['apps/back-office/audit/'],
      policies: ['apps/credit/policies/', 'apps/back-office/policies/'],
      policy_activations: ['apps/credit/policies/', 'apps/back-office/policies/'],
      policy_events: ['apps/credit/policies/', 'apps/back-office/policies/'],
      credit_analysis_latest: ['apps/credit/'],
      // Each change of one is kept by a trigger.
      consents: ['apps/credit/consents/', 'apps/privacy/consents/'],
      fact_versions: ['apps/credit/'],
      webhook_endpoints: ['apps/back-office/webhooks/', 'apps/webhooks/'],
      webhook_deliveries: ['apps/back-office/webhooks/', 'apps/webhooks/'],
      webhook_lanes: ['apps/back-office/webhooks/', 'apps/webhooks/', 'platform/webhooks/'],
      notifications: ['apps/credit-application/', 'apps/privacy/'],
      operators: ['cli/operators/'],
      partners: ['apps/back-office/partners/'],
      // A trigger ends the credential before a new one.
      partner_credentials: ['apps/back-office/partners/'],
      partner_assertions: ['apps/credit/partners/'],
      idempotency_keys: ['platform/idempotency/', 'apps/privacy/'],
      used_tickets: ['apps/credit/notifications/'],
      emotional_events: ['apps/emotion-processing/'],
      emotional_daily_sums: ['apps/emotion-processing/'],
      emotion_rollups: ['apps/emotion-processing/', 'apps/privacy/'],
      decision_rollups: ['platform/insights/', 'apps/privacy/'],
      transactions: ['apps/transaction-processing/'],
      transaction_daily_sums: ['apps/transaction-processing/'],
      erasures: ['apps/privacy/', 'platform/privacy/'],
      stray_messages: ['platform/privacy/', 'platform/consuming/'],
      schema_version: ['platform/data/'],
    };
    const product = code.filter(({ path }) => /^(apps|cli|platform)\//.test(path));
    const writes = product.flatMap(({ path, text }) =>
      [...text.matchAll(/\b(?:insert into|update|delete from) (\w+)\s+(?:as |\(|set|where)/g)].map(
        ([, table = '']) => ({ path, table }),
      ),
    );
    expect(new Set(writes.map(({ table }) => table))).toEqual(new Set(Object.keys(OWNERS)));
    const foreign = writes.filter(({ path, table }) => !OWNERS[table]?.some((room) => path.startsWith(room)));
    expect(foreign).toEqual([]);
  });

  test('only the messaging room uses the raw NATS client', () => {
    const outside = code.filter(({ path }) => !path.startsWith('platform/messaging/'));
    expect(offenders(outside, ({ imports }) => imports.includes('nats'))).toEqual([]);
    const users = outside.filter(({ imports }) => imports.includes('platform/messaging/bus.ts'));
    expect(offenders(users, ({ text }) => /\bbus\.client\(\)/.test(text))).toEqual([]);
  });

  test('nobody begins an interactive transaction with the driver', () => {
    expect(offenders(code, ({ text }) => /sql\.begin\(/.test(text))).toEqual([]);
  });
});

/** Nodes that reach themselves along the arrows. */
function circlesOf(arrows: Map<string, Set<string>>): string[] {
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    [...(arrows.get(from) ?? [])].some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      return reaches(next, to, seen.add(next));
    });
  return [...arrows.keys()].filter((node) => reaches(node, node));
}

/** Functions that start in the first column, with their lines; enough to see one grow. */
function topLevelFunctions(lines: string[]): { name: string; length: number }[] {
  const functions: { name: string; length: number }[] = [];
  for (const [start, line] of lines.entries()) {
    const name = /^(?:export )?(?:async )?function\*? (\w+)/.exec(line)?.[1];
    if (!name) continue;
    const end = lines.findIndex((later, index) => index > start && later === '}');
    functions.push({ name, length: end - start + 1 });
  }
  return functions;
}
