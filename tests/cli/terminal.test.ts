import { expect, test } from 'bun:test';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { identify } from '../../deploy/local/processes/process-id.ts';
import { eventually } from '../harness/engines.ts';
import { screenOf } from '../harness/screen.ts';
import { createCli, envelopeOf } from './harness.ts';

const LONG_MS = 60_000;
const URL = 'http://localhost:1';
const CTRL_C = '\u0003';
const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString();
const LONG_AGO = '2020-01-01T00:00:00.000Z';

/** A command line beside a local system that this process seems to supervise. */
function besideSystem() {
  const cli = createCli();
  const dataDir = join(cli.configDir, '.ecs');
  mkdirSync(dataDir);
  const state = {
    supervisor: identify(process.pid),
    state: 'running',
    url: URL,
    consoleUrl: 'http://localhost:2/console/',
    enginePorts: {},
    children: [
      {
        name: 'ecs',
        kind: 'service',
        state: 'running',
        restarts: 0,
        opsUrl: URL,
        services: ['credit'],
        ...identify(process.pid),
      },
    ],
  };
  writeFileSync(join(dataDir, 'state.json'), JSON.stringify(state));
  return { ...cli, dataDir };
}

const wideLines = (output: string, columns: number) =>
  Bun.stripANSI(output)
    .split(/\r?\n/)
    .filter((line) => Bun.stringWidth(line) > columns);

test(
  'open prints the address, and shows it where there is a terminal and a browser',
  async () => {
    const { ecs, startInTerminal, configDir } = besideSystem();
    const [page, asked] = [join(configDir, 'browser'), join(configDir, 'asked')];
    writeFileSync(page, `#!/bin/sh\nprintf '%s' "$1" > ${asked}\n`);
    chmodSync(page, 0o755);
    const env = { BROWSER: page };
    expect(await ecs(['open'], { env })).toMatchObject({
      stdout: 'http://localhost:2/console/\n',
      stderr: '',
    });
    expect(await ecs(['open', 'docs'])).toMatchObject({ stdout: `${URL}/docs\n` });
    expect(await ecs(['open', '--url', 'http://x:3'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('the console is never at the address of its gateway'),
    });
    expect(await ecs(['open', 'docs', '--url', 'http://x:3'])).toMatchObject({ stdout: 'http://x:3/docs\n' });
    expect(envelopeOf(await ecs(['open', '--json'], { env })).data).toMatchObject({ opened: false });
    expect(existsSync(asked)).toBe(false);
    const opened = startInTerminal(['open', 'docs'], { env });
    expect(await opened.exited).toBe(0);
    await eventually('the browser is asked', () => existsSync(asked) && readFileSync(asked, 'utf8') !== '');
    expect(readFileSync(asked, 'utf8')).toBe(`${URL}/docs`);
    const alone = startInTerminal(['open'], { env: { BROWSER: '', DISPLAY: '', WAYLAND_DISPLAY: '' } });
    expect(await alone.exited).toBe(0);
    expect(alone.output()).toContain('http://localhost:2/console/');
    expect((await ecs(['open', '--data-dir', join(configDir, 'none')])).code).toBe(5);
    expect((await ecs(['open', 'shop'])).code).toBe(2);
  },
  LONG_MS,
);

test(
  'whoami names who acts at this system, and logout forgets them there alone',
  async () => {
    const { ecs, data, dataDir, startInTerminal } = besideSystem();
    const nobody = await ecs(['whoami']);
    expect(nobody).toMatchObject({ code: 4, stdout: '' });
    expect(nobody.stderr).toBe(
      'ecs: nobody is logged in at local\ntry: ecs login EMAIL\n or: ecs operators login NAME\n',
    );
    const login = (email: string, system = 'local', expiresAt = IN_AN_HOUR) => {
      const [userId, token] = ['01a209b0-71af-7697-8b30-6bea7d2645e0', `secret-of-${email}`];
      return { system, email, userId, token, expiresAt };
    };
    const logins = [
      login('ada@x.org'),
      login('bob@x.org', 'local', LONG_AGO),
      login('eve@x.org', 'http://y'),
    ];
    writeFileSync(join(dataDir, 'credentials.json'), JSON.stringify({ logins }));
    const operators = [{ system: 'local', name: 'grace', token: 'secret', expiresAt: IN_AN_HOUR }];
    writeFileSync(join(dataDir, 'operators.json'), JSON.stringify({ logins: operators }));
    const shown = await ecs(['whoami'], { env: { ECS_OPERATOR_TOKEN: 'secret' } });
    expect(shown.stdout).not.toContain('secret');
    const rows = shown.stdout.split('\n').map((line) => line.trim().split(/\s+/));
    expect(rows.slice(1, -1).map(([kind, name, , state]) => [kind, name, state])).toEqual([
      ['customer', 'ada@x.org', 'valid'],
      ['customer', 'bob@x.org', 'expired'],
      ['operator', '(ECS_OPERATOR_TOKEN)', 'given'],
      ['operator', 'grace', 'valid'],
    ]);
    const narrow = startInTerminal(['whoami'], { columns: 60 });
    expect(await narrow.exited).toBe(0);
    expect(wideLines(narrow.output(), 60)).toEqual([]);
    expect(await data<object>(['logout', '--as', 'BOB@x.org'])).toEqual({ loggedOut: ['bob@x.org'] });
    expect(await ecs(['logout'])).toMatchObject({ code: 0, stdout: 'logged out ada@x.org\n' });
    expect((await ecs(['logout'])).stderr).toContain('nobody was logged in');
    const kept = readFileSync(join(dataDir, 'credentials.json'), 'utf8');
    expect(kept).toContain('secret-of-eve@x.org');
    expect(kept).not.toMatch(/secret-of-(ada|bob)/);
  },
  LONG_MS,
);

test(
  'status --watch shows the system again and again, through its absence, until Ctrl-C',
  async () => {
    const { startInTerminal, start, ecs, dataDir } = besideSystem();
    const cleared = '\u001b[H\u001b[2J';
    const watching = startInTerminal(['status', '--watch'], { columns: 60 });
    const piped = start(['status', '--watch', '--json']);
    const frames = () => watching.output().split(cleared).length - 1;
    await eventually('it is shown twice', () => frames() >= 2, 20_000);
    const file = join(dataDir, 'state.json');
    const state = readFileSync(file, 'utf8');
    writeFileSync(file, '{}');
    await eventually('its absence is told', () => watching.output().includes('no system runs on'), 20_000);
    const before = frames();
    writeFileSync(file, state);
    await eventually('it is shown again', () => frames() > before, 20_000);
    // The name of the folder is as long as that of the folder for temporary files.
    const output = watching.output().replaceAll(dataDir, '/tmp/ecs-test-abcdef/.ecs');
    expect(wideLines(output, 60)).toEqual([]);
    watching.type(CTRL_C);
    expect(await watching.exited).toBe(0);
    piped.kill('SIGINT');
    expect(await piped.exited).toBe(0);
    const lines = (await new Response(piped.stdout).text()).trim().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ ok: true, data: { url: URL } });
    // The process gives no response: nothing is known of its dependencies.
    expect((await ecs(['status'])).stdout).toMatch(/credit +\d+ +running +false +0 .* -\n/);
    // One that was never there is no system to watch.
    const nothing = ['status', '--watch', '--data-dir', join(dataDir, 'none')];
    expect((await ecs(nothing)).code).toBe(5);
  },
  LONG_MS,
);

test(
  'help, failures and tables fit a terminal of 60 columns',
  async () => {
    const { startInTerminal } = besideSystem();
    const commands = [['--help'], ['policy', '--help'], ['config'], ['profile', 'ls'], ['doctor', '--all']];
    for (const words of commands) {
      const ran = startInTerminal(words);
      await ran.exited;
      expect({ words, wide: wideLines(ran.output(), 60) }).toEqual({ words, wide: [] });
    }
  },
  LONG_MS,
);

test(
  'doctor tells a terminal that all is well',
  async () => {
    const { ecs, startInTerminal } = createCli();
    const words = ['doctor', '--port', String(await freePort())];
    const { code, stdout } = await ecs(words);
    const shown = startInTerminal(words);
    await shown.exited;
    expect(code).toBe(0);
    // A machine without Redis has a note.
    expect(shown.output()).toMatch(stdout === '' ? /all is well: \d+ checks/ : /^note: /);
  },
  LONG_MS,
);

test(
  'help and version of every kind are envelopes with --json',
  async () => {
    const { ecs } = createCli();
    for (const words of [['--help'], ['help', 'offers'], ['offers', 'accept', '-h'], [], ['-v']]) {
      const envelope = envelopeOf(await ecs([...words, '--json']));
      expect({ words, ...envelope }).toMatchObject({ words, ok: true });
      expect(Object.values(envelope.data ?? {})[0]).toMatch(/\w/);
    }
  },
  LONG_MS,
);

test(
  'the progress of an import stays one row of a narrow terminal',
  async () => {
    const { startInTerminal, configDir, dataDir } = besideSystem();
    const [userId, file] = [crypto.randomUUID(), join(configDir, 'spending.csv')];
    const login = { system: 'local', email: 'ada@x.org', userId, token: 'secret', expiresAt: IN_AN_HOUR };
    writeFileSync(join(dataDir, 'credentials.json'), JSON.stringify({ logins: [login] }));
    writeFileSync(file, `amount\n${'5\n'.repeat(60_000)}`);
    const importing = startInTerminal(['transactions', 'import', file, '--dry-run'], { columns: 40 });
    expect(await importing.exited).toBe(0);
    expect(importing.output().split('\u001b[2K').length).toBeGreaterThan(3);
    const shown = screenOf(importing.output(), 40).join('');
    expect(shown).toStartWith('system: local');
    expect(shown).toContain('.ecs)60000 would be accepted');
  },
  LONG_MS,
);

test(
  '--no-color holds for the scripts that a command runs',
  async () => {
    const { startInTerminal, configDir } = createCli();
    const file = join(configDir, 'script.js');
    writeFileSync(file, `import { check } from 'k6'; export default () => { check(1, { one: true }); };`);
    const colorsOf = async (flags: string[], env = {}) => {
      const loading = startInTerminal(['load', 'run', file, ...flags], { env: { NO_COLOR: '', ...env } });
      expect(await loading.exited).toBe(0);
      return loading.output().split('\u001b[3').length - 1;
    };
    expect(await colorsOf([])).toBeGreaterThan(0);
    expect(await colorsOf(['--no-color'])).toBe(0);
    expect(await colorsOf([], { TERM: 'dumb' })).toBe(0);
  },
  LONG_MS,
);
