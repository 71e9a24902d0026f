import { expect, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ACTS } from '../../cli/config/acts.ts';
import { createProgram } from '../../cli/program.ts';
import { identify } from '../../deploy/local/processes/process-id.ts';
import { createCli, envelopeOf } from './harness.ts';

const LONG_MS = 30_000;

/** Of every setting: its value in a profile, in the environment and, where there is one, as a flag. */
const SETTINGS = {
  url: { profile: 'http://profile:1', variable: 'ECS_URL', value: 'http://environment:1' },
  internalKey: {
    profile: 'key-of-profile',
    variable: 'INTERNAL_SERVICE_API_KEY',
    value: 'key-of-environment',
  },
  erasureKey: { profile: 'erasures-of-profile', variable: 'ERASURE_KEY', value: 'erasures-of-environment' },
  databaseUrl: {
    profile: 'postgres://profile/x',
    variable: 'DATABASE_URL',
    value: 'postgres://environment/x',
  },
  natsUrl: { profile: 'nats://profile:4222', variable: 'NATS_URL', value: 'nats://environment:4222' },
  opsUrls: { profile: ['http://profile:2'], variable: 'ECS_OPS_URLS', value: 'http://environment:2' },
  modelUrl: { profile: 'http://profile:3', variable: 'ECS_MODEL_URL', value: 'http://environment:3' },
};
const { url: _url, ...ADDRESSES } = SETTINGS;
const profile = Object.fromEntries(Object.entries(SETTINGS).map(([name, { profile }]) => [name, profile]));

function withProfile(inUse: string | null) {
  const cli = createCli();
  const text = JSON.stringify({ inUse, profiles: { p: profile } });
  writeFileSync(join(cli.configDir, 'profiles.json'), text, { mode: 0o600 });
  return cli;
}

/** A data folder that says that this process supervises a system. */
function localSystem(folder: string, databaseUrl: string): void {
  mkdirSync(folder, { recursive: true });
  const url = 'http://local:1';
  const state = {
    supervisor: identify(process.pid),
    url,
    databaseUrl,
    natsUrl: 'nats://local:1',
    children: [],
  };
  writeFileSync(join(folder, 'state.json'), JSON.stringify(state));
}

type Row = { setting: string; value: string | null; from: string | null };
const rowOf = (rows: Row[], setting: string) => rows.find((row) => row.setting === setting);

test.each(Object.keys(ADDRESSES) as (keyof typeof ADDRESSES)[])(
  'a flag wins over the environment, the environment over the profile: %s',
  async (setting) => {
    const { data } = withProfile('p');
    const { variable, value } = ADDRESSES[setting];
    const env = { [variable]: value };
    const [ofProfile, ofEnvironment, ofFlag, filledIn] = await Promise.all([
      data<Row[]>(['config']),
      data<Row[]>(['config'], { env }),
      data<Row[]>(['config', '--profile', 'p'], { env }),
      data<Row[]>(['config', '--url', 'http://flag:1'], { env }),
    ]);
    expect(rowOf(ofProfile, setting)?.from).toBe('profile p');
    expect(rowOf(ofEnvironment, setting)?.from).toBe(variable);
    expect(rowOf(ofFlag, setting)?.from).toBe('profile p');
    // A flag that names an address alone leaves the others to the environment.
    expect(rowOf(filledIn, setting)?.from).toBe(variable);
  },
  LONG_MS,
);

test(
  'the system is of the flag, else of the environment, else of the profile in use, else local',
  async () => {
    const { data } = withProfile('p');
    const env = { ECS_URL: SETTINGS.url.value };
    const system = async (words: string[], variables = {}) =>
      rowOf(await data<Row[]>(['config', ...words], { env: variables }), 'system');
    const cases = await Promise.all([
      system(['--url', 'http://flag:1'], env),
      system(['--profile', 'p'], env),
      system(['--data-dir', 'x'], env),
      system([], { ...env, ECS_PROFILE: 'p' }),
      system([], { ECS_PROFILE: 'local' }),
      system([]),
    ]);
    expect(cases.map((row) => `${row?.value} by ${row?.from}`)).toEqual([
      'http://flag:1 by flag',
      'p by flag',
      'local by flag',
      'http://environment:1 by environment',
      'local by environment',
      'p by profile in use',
    ]);
  },
  LONG_MS,
);

test(
  'what acts on this machine, or on an engine, refuses when another system is meant, with a hint that works',
  async () => {
    const { ecs, configDir } = withProfile('p');
    const wrong = { DATABASE_URL: 'postgres://other/x', NATS_URL: 'nats://other:1' };
    const refusals: [string[], Record<string, string>, string][] = [
      [['down'], {}, 'ecs down --data-dir .ecs'],
      [['down'], { ECS_URL: 'http://environment:1' }, 'ecs down --data-dir .ecs'],
      [['retention'], wrong, 'ecs retention --profile p'],
      [['migrate'], wrong, 'ecs migrate --profile p'],
      [
        ['erase', 'a@example.com', '--by', 'b', '--yes'],
        wrong,
        'ecs erase a@example.com --by b --yes --profile p',
      ],
      [['events', 'reprocess', '--since', '1h'], wrong, 'ecs events reprocess --since 1h --profile p'],
      [['dead-letters', 'replay', '--all'], wrong, 'ecs dead-letters replay --all --profile p'],
      [
        ['dead-letters', 'drop', '7', '--reason', 'x'],
        wrong,
        'ecs dead-letters drop 7 --reason x --profile p',
      ],
    ];
    for (const [words, env, hint] of refusals) {
      const ran = await ecs([...words, '--json'], { env });
      expect({ words, ...envelopeOf(ran).error }).toMatchObject({ words, exitCode: 6, hint });
    }
    expect(await ecs(['down', '--data-dir', '.ecs'])).toMatchObject({ code: 0 });

    // The address of the system that runs here is not that of ECS_URL.
    localSystem(join(configDir, '.ecs'), 'postgres://local/x');
    const env = { ECS_URL: 'http://environment:1', DATABASE_URL: 'postgres://local/x' };
    expect(envelopeOf(await ecs(['retention', '--json'], { env })).error).toMatchObject({
      exitCode: 6,
      hint: 'unset DATABASE_URL; ecs retention --data-dir .ecs',
    });
  },
  LONG_MS,
);

test('a command that acts names the system, on stderr and in its envelope, without secrets', async () => {
  const { ecs, configDir } = createCli();
  const down = await ecs(['down', '--json']);
  expect(down.stderr).toBe(`system: local (data in ${join(configDir, '.ecs')})\n`);
  expect(JSON.parse(down.stdout)).toMatchObject({
    ok: true,
    system: `local (data in ${join(configDir, '.ecs')})`,
  });
  const env = { DATABASE_URL: 'postgres://u:hunter2@localhost:1/x' };
  const migrate = await ecs(['migrate', '--json'], { env });
  expect(JSON.parse(migrate.stdout)).toMatchObject({ ok: false, system: 'localhost:1/x (DATABASE_URL)' });
  expect(migrate.stdout + migrate.stderr).not.toContain('hunter2');
});

/** Commands that change nothing in a system, beyond logins and profiles of this user. */
const HARMLESS = new Set(
  (
    'status top logs open doctor whoami offers_ls offers_show notifications_ls ' +
    'notifications_watch consents_ls export customers_show decisions_ls decisions_show decisions_explain ' +
    'decisions_replay audit_ls audit_verify audit_evidence trace events_tail dead-letters_ls ' +
    'dead-letters_show dead-letters_dropped model_ls model_compare model_promote policy_ls policy_show ' +
    'policy_diff policy_validate reviews_ls reviews_show webhooks_ls webhooks_show webhooks_deliveries ' +
    'operators_me operators_ls partners_ls partners_show privacy_ledger ' +
    'breaker load_ls drill_ls config profile_ls completion'
  )
    .split(' ')
    .map((name) => name.replace('_', ' ')),
);

test('every command either names the system that it acts on, or is known to change none', async () => {
  const leaves = (command: Command, path: string[]): string[] =>
    command.commands.length === 0
      ? [path.join(' ')]
      : command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
  const names = leaves(await createProgram('all'), []);
  expect(names.filter((name) => Object.hasOwn(ACTS, name) === HARMLESS.has(name))).toEqual([]);
  expect(Object.keys(ACTS).filter((name) => !names.includes(name))).toEqual([]);
});

test(
  'a variable that is nearly one of these is refused: another system would be meant',
  async () => {
    const { ecs } = createCli();
    const [address, token] = await Promise.all([
      ecs(['config'], { env: { ECS_URLL: 'http://elsewhere:1' } }),
      ecs(['offers', 'list'], { env: { ECS_TOKEN_FILE: '/dev/null', ECS_URL: 'http://elsewhere:1' } }),
    ]);
    expect([address.code, address.stderr]).toEqual([2, 'ecs: ECS_URLL is no variable: ECS_URL is\n']);
    expect([token.code, token.stderr]).toEqual([
      2,
      'ecs: ECS_TOKEN is in the file of ECS_TOKEN_FILE, which is empty\n',
    ]);
  },
  LONG_MS,
);
