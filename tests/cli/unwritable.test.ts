import { expect, test } from 'bun:test';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { temporaryFolder } from '../harness/engines.ts';
import { createCli } from './harness.ts';
import { wordsOf } from './paste.ts';

const LONG_MS = 60_000;

/** No mode keeps root out, but for its capabilities. */
const isRoot = process.getuid?.() === 0;
const WITHOUT_RIGHTS = isRoot ? ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all'] : [];
const USER = Bun.spawnSync(['id', '-un']).stdout.toString().trim();

/** A command line of a user with one writable folder, beside one that is shut. */
function withShutFolder() {
  const shut = temporaryFolder();
  const home = temporaryFolder();
  chmodSync(shut, 0o555);
  const cli = createCli({ env: { ECS_CONFIG_DIR: home, HOME: home }, before: WITHOUT_RIGHTS });
  const run = (words: string[], env = {}) => cli.ecs(words, { cwd: home, env });
  return { shut, home, run };
}

test(
  'a folder that cannot be written is named with the user, and the step after it writes elsewhere',
  async () => {
    const { shut, home, run } = withShutFolder();
    const config = join(shut, 'config');
    const cases: [words: string[], env: Record<string, string>][] = [
      [['up', '--detach', '--data-dir', join(shut, 'data')], {}],
      [['up', '--data-dir', join(shut, 'data')], {}],
      [['profile', 'add', 'p', '--url', 'http://localhost:1'], { ECS_CONFIG_DIR: config }],
      [['export', '--out', join(shut, 'me.json')], { ECS_URL: 'http://localhost:1' }],
      [['load', 'run', 'spike', '--html', join(shut, 'page.html')], {}],
      [['load', 'run', 'spike', '--out', `json=${join(shut, 'samples.json')}`], {}],
      [['load', 'run', 'spike', '--reports', join(shut, 'reports')], {}],
      [['drill', 'run', 'kill-storm', '--reports', join(shut, 'reports')], {}],
      [['policy', 'test', 'v1', '--html', join(shut, 'page.html')], {}],
    ];
    for (const [words, env] of cases) {
      const { stderr, stdout, code } = await run(words, env);
      expect({ words, code, stdout }).toEqual({ words, code: 4, stdout: '' });
      expect(stderr).toMatch(new RegExp(`ecs: cannot write ${shut}.*: ${USER} may not write in ${shut} `));
      const [, step = ''] = /^try: (.+)$/m.exec(stderr) ?? [];
      expect(step).toContain(`ecs ${words[0]}`);
      expect(step).not.toContain(shut);
    }
    // The step of a profile names another folder, in which it is kept.
    const [, variable, folder = ''] =
      /^try: (ECS_CONFIG_DIR)=(\S+) /m.exec((await run(cases[2]?.[0] ?? [], cases[2]?.[1])).stderr) ?? [];
    expect(await run(cases[2]?.[0] ?? [], { [variable ?? '']: join(home, folder) })).toMatchObject({
      code: 0,
    });
  },
  LONG_MS,
);

test(
  'a port that is taken is named with the process that has it, and the step after it takes a free one',
  async () => {
    const { home, run } = withShutFolder();
    const port = await freePort();
    const server = Bun.serve({ port, hostname: '127.0.0.1', fetch: () => new Response('') });
    const dataDir = join(home, 'data');
    mkdirSync(dataDir);
    const { ecs } = createCli();
    for (const words of [
      ['up', '--port', String(port)],
      ['up', '--detach', '--split', '-p', String(port)],
    ]) {
      const folder = ['--data-dir', temporaryFolder()];
      const ran = await ecs([...words, ...folder]);
      expect(ran.code).toBe(6);
      expect(ran.stderr).toContain(`ecs: port ${port} is in use by pid ${process.pid}, `);
      const [, step = ''] = /^try: (.+)$/m.exec(ran.stderr) ?? [];
      // The words of the call, but for the port.
      expect(wordsOf([step])[0]?.[0]).toEqual([...words.slice(0, -2), ...folder, '--port', '0']);
    }
    // A process with more rights cannot be looked into.
    if (isRoot) {
      const ran = await run(['up', '--port', String(port), '--data-dir', dataDir]);
      expect(ran.stderr).toContain(`port ${port} is in use by another process`);
    }
    await server.stop(true);
  },
  LONG_MS,
);

test('a file in the place of a folder is named, and the step after it uses another place', async () => {
  const { home, run } = withShutFolder();
  const file = join(home, 'data');
  writeFileSync(file, '');
  const { stderr, code } = await run(['up', '--detach', '--data-dir', file]);
  expect(code).toBe(1);
  expect(stderr).toMatch(new RegExp(`ecs: cannot use ${file}/.*: ${file} is a file, no folder\n`));
  expect(stderr).toMatch(/^try: .*ecs up --detach --data-dir \S*ecs-data-/m);
});
