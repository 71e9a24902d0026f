import { expect, test } from 'bun:test';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { createCli, envelopeOf } from './harness.ts';

/** Each of many commands is a process, and the machine may be slow. */
const LONG_MS = 30_000;

/** The command line without any system: words, help, envelopes, exit codes, profiles, completion. */
const NOWHERE = 'http://localhost:1';

test('help begins with examples and is data: on stdout, also without any word', async () => {
  const { ecs } = createCli();
  const [bare, helpOption, helpOfAccept] = await Promise.all([
    ecs([]),
    ecs(['--help']),
    ecs(['help', 'offers', 'accept']),
  ]);
  expect(bare).toEqual(helpOption);
  expect(bare).toMatchObject({ code: 0, stderr: '' });
  expect(bare.stdout.indexOf('Examples')).toBeLessThan(bare.stdout.indexOf('Usage'));
  for (const group of ['Run a system', 'Act as a customer', 'Operate a system', 'Put it to the test']) {
    expect(bare.stdout).toContain(`\n${group}\n`);
  }
  expect(helpOfAccept.stdout).toContain('ecs offers accept <offer-id> [flags]');
  expect(helpOfAccept.stdout).toContain('Flags of every command');
});

test.each([
  [['offrs', 'ls'], "unknown command 'offrs'", 'ecs offers ls'],
  [['offers', 'lst'], "unknown command 'lst'", 'ecs offers ls'],
  [['help', 'offers', 'lst'], "unknown command 'lst'", 'ecs offers ls --help'],
  [['watch'], "unknown command 'watch'", 'ecs notifications watch'],
  [['offers'], 'ecs offers needs a command', 'ecs offers --help'],
  [['offers', 'ls', '--pge', '1'], "unknown option '--pge'", 'ecs offers ls --page 1\necs offers ls --help'],
  [['offers', 'show'], 'offer-id is missing', 'ecs offers show --help'],
  [['transactions', 'send'], '--amount <amount> is missing', 'ecs transactions send --help'],
  [
    ['transactions', 'send', '--amont', '5'],
    "unknown option '--amont'",
    'ecs transactions send --amount 5\necs transactions send --help',
  ],
  [['events', 'reprocess'], '--since <time> is missing', 'ecs events reprocess --help'],
  [
    ['events', 'reprocess', '--since', 'noon'],
    '--since must be as 10m, 2h, 1d, or a time, not noon',
    'ecs events reprocess --since 10m',
  ],
  [
    ['events', 'reprocess', '--since', '2999-01-01'],
    '--since 2999-01-01 has not come yet',
    'ecs events reprocess --since 1h',
  ],
  [
    ['events', 'reprocess', '--since', '1h', '--stream', 'consents'],
    'no worker reads a stream consents',
    'emotions, transactions, credits, decisions, closings, reviews, notifications',
  ],
  [['completion', 'tcsh'], 'shell cannot be tcsh: bash, zsh, fish', 'ecs completion --help'],
  [
    ['status', '--url', NOWHERE, '--profile', 'x'],
    '--url and --profile name two systems',
    `ecs status --url ${NOWHERE}\necs status --profile x`,
  ],
])('%p is a usage error that says what was meant', async (words, message, hint) => {
  const { ecs } = createCli();
  const [plain, asJson] = await Promise.all([ecs([...words, '--quiet']), ecs([...words, '--json'])]);
  expect(plain).toEqual({
    code: 2,
    stdout: '',
    stderr: `ecs: ${message}\ntry: ${hint.replaceAll('\n', '\n or: ')}\n`,
  });
  expect(asJson.code).toBe(2);
  expect(envelopeOf(asJson)).toEqual({ ok: false, error: { code: 'usage', message, exitCode: 2, hint } });
});

test('version and help are envelopes with --json', async () => {
  const { ecs } = createCli();
  const [version, help] = await Promise.all([
    ecs(['--version', '--json']),
    ecs(['offers', '--help', '--json']),
  ]);
  expect(envelopeOf(version)).toEqual({ ok: true, data: { version: packageJson.version } });
  expect(envelopeOf(help)).toMatchObject({ ok: true, data: { help: expect.stringContaining('ecs offers') } });
});

test(
  'a system that is not there is exit code 5, in words and as an envelope',
  async () => {
    const { ecs } = createCli({ env: { ECS_URL: NOWHERE, ECS_PASSWORD: 'a long passphrase' } });
    const [status, login, quiet] = await Promise.all([
      ecs(['status', '--json']),
      ecs(['login', 'a@example.com', '--json']),
      ecs(['login', 'a@example.com', '--quiet']),
    ]);
    for (const ran of [status, login]) {
      expect(ran.code).toBe(5);
      expect(envelopeOf(ran)).toMatchObject({ ok: false, error: { exitCode: 5 } });
    }
    // In a pipe one line says it, however often it is tried.
    expect(login.stderr.match(/trying again/g)).toHaveLength(1);
    expect(quiet).toMatchObject({ code: 5, stdout: '' });
    expect(quiet.stderr).not.toContain('trying again');
    expect(quiet.stderr).toStartWith('ecs: ');
    const doctor = await ecs(['doctor']);
    expect(doctor).toMatchObject({ code: 1, stderr: '' });
    expect(doctor.stdout).toMatch(/^gateway http:\/\/localhost:1: no response .* -> .+\n$/);
  },
  LONG_MS,
);

test(
  'profiles are kept for their owner alone, secrets come from files and are never shown',
  async () => {
    const { ecs, data, configDir } = createCli();
    const secret = 'a-very-secret-internal-key';
    const file = join(configDir, 'key');
    writeFileSync(file, `${secret}\n`);
    const add = ['profile', 'add', 'staging', '--url', NOWHERE, '--internal-key-file'];
    expect((await ecs([...add, join(configDir, 'nothing')])).code).toBe(3);
    expect((await ecs([...add, file])).code).toBe(0);
    expect((await ecs([...add, '-'], { stdin: secret })).code).toBe(6);
    expect((await ecs(['profile', 'add', 'local', '--url', NOWHERE])).code).toBe(2);
    expect((await ecs(['profile', 'add', 'x', '--url', 'http://user:pass@host'])).code).toBe(2);

    const profilesFile = join(configDir, 'profiles.json');
    expect(statSync(profilesFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(profilesFile, 'utf8')).toContain(secret);
    expect((await ecs(['profile', 'use', 'nope'])).code).toBe(3);
    expect((await ecs(['profile', 'use', 'staging'])).code).toBe(0);
    const listed = await ecs(['profile', 'ls', '--json']);
    expect(listed.stdout).not.toContain(secret);
    expect(envelopeOf(listed).data).toMatchObject([
      { name: 'local', inUse: false },
      { name: 'staging', inUse: true, internalKey: true, database: false },
    ]);
    // A profile in use is the default of all commands; a flag or the environment overrides it once.
    expect((await ecs(['status'])).stderr).toContain(NOWHERE);
    expect((await ecs(['status', '--data-dir', configDir])).stderr).toContain('no system runs on');
    expect((await ecs(['status', '--profile', 'local'])).stderr).toContain('no system runs on');
    expect((await ecs(['status'], { env: { ECS_URL: 'http://localhost:2' } })).stderr).toContain(
      'localhost:2',
    );
    expect(await data<object>(['profile', 'rm', 'staging'])).toEqual({ removed: 'staging', inUse: 'local' });
    expect(readFileSync(profilesFile, 'utf8')).not.toContain(secret);
  },
  LONG_MS,
);

test(
  'colors are for terminals: none in a pipe, even in CI; NO_COLOR and --no-color turn them off',
  async () => {
    const { ecs } = createCli();
    const inColor = { NO_COLOR: '', FORCE_COLOR: '1' };
    const table = ['profile', 'ls'];
    const [forced, ci, none, flag] = await Promise.all([
      ecs(table, { env: inColor }),
      ecs(table, { env: { NO_COLOR: '', CI: '1' } }),
      ecs(table, { env: { ...inColor, NO_COLOR: '1' } }),
      ecs([...table, '--no-color'], { env: inColor }),
    ]);
    expect(forced.stdout).toContain('\u001b[2m');
    for (const ran of [ci, none, flag]) expect(ran.stdout).not.toContain('\u001b');
  },
  LONG_MS,
);

test(
  'completion offers commands, flags, their values and names, and a real bash shows them',
  async () => {
    const { ecs, configDir } = createCli();
    const words = async (...typed: string[]) => {
      const { stdout } = await ecs(['__complete', ...typed]);
      return stdout.split('\n').flatMap((line) => line.split('\t')[0] || []);
    };
    expect(await words('of')).toEqual(['offers']);
    expect(await words('offers', '')).toEqual(['ls', 'show', 'accept', 'close']);
    expect(await words('offers', 'list', '--page-s')).toEqual(['--page-size']);
    expect(await words('--json', 'events', 'tail', '--stream', 'em')).toEqual(['emotions']);
    expect(await words('trigger', 'st')).toEqual(['stressful-week']);
    expect(await words('transactions', 'import', '')).toEqual([]);

    const main = join(import.meta.dir, '..', '..', 'ecs');
    const script = join(configDir, 'completion.bash');
    writeFileSync(script, (await ecs(['completion', 'bash'])).stdout);
    const typed = `source ${script}; COMP_WORDS=(${main} offers a); COMP_CWORD=2; _ecs_complete; echo "\${COMPREPLY[*]}"`;
    const bash = Bun.spawnSync(['bash', '-c', typed], { env: { ...process.env, ECS_CONFIG_DIR: configDir } });
    expect(bash.stdout.toString()).toBe('accept\n');
  },
  LONG_MS,
);

test('TLS_REQUIRED=true names every address that it would reach in plain text, without its password', async () => {
  const env = {
    TLS_REQUIRED: 'true',
    DATABASE_URL: 'postgres://u:hunter2@db.example/ecs?sslmode=require',
    NATS_URL: 'nats://u:hunter2@nats.example',
    ECS_URL: 'http://ecs.example',
  };
  const { code, stderr } = await createCli({ env }).ecs(['migrate']);
  expect(code).toBe(2);
  for (const name of Object.keys(env).slice(1)) expect(stderr).toContain(`${name} would be reached`);
  expect(stderr).not.toContain('hunter2');
});
