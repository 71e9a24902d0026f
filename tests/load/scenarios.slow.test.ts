import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSystem, type System } from '../../deploy/local/stack/system.ts';
import { COMPILER_ENV, COMPILER_OPTIONS } from '../harness/compiler.ts';
import { temporaryFolder } from '../harness/engines.ts';
import { plantSeed } from '../harness/seed.ts';
import { startServer } from './server.ts';

/** Our scenarios, through the command as it is typed, on a real system. */
const ROOT = join(import.meta.dir, '..', '..');
const SCENARIOS = join(ROOT, 'load-tests', 'scenarios');
const names = readdirSync(SCENARIOS).flatMap((name) => /^(.*)\.ts$/.exec(name)?.[1] ?? []);
const START_MS = 90_000;
let system: System;

type Metric = {
  contains: string;
  values: Record<string, number>;
  thresholds?: Record<string, { ok: boolean }>;
};

beforeAll(async () => {
  const dataDir = temporaryFolder();
  plantSeed(dataDir);
  system = await startSystem({ dataDir, port: 0, split: false });
}, START_MS);
afterAll(() => system.stop(), START_MS);

async function ecs(...args: string[]) {
  const child = Bun.spawn([process.execPath, join(ROOT, 'cli', 'main.ts'), 'load', ...args], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, NO_COLOR: '1', INTERNAL_SERVICE_API_KEY: system.internalKey },
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, code };
}

test('`ecs load ls` names each scenario with its purpose', async () => {
  const { stdout } = await ecs('ls', '--json');
  const { data: list } = JSON.parse(stdout) as { data: { name: string; summary: string }[] };
  expect(list.map(({ name }) => name)).toEqual(names.toSorted());
  expect(list.every(({ summary }) => summary.length > 20)).toBe(true);
  expect((await ecs('run', 'no-such-thing')).code).toBe(3);
});

test('the scenarios are typed by @types/k6 alone', () => {
  const config = join(ROOT, 'load-tests', 'tsconfig.test.json');
  const compilerOptions = { types: ['k6'], lib: ['ESNext'], noEmit: true };
  writeFileSync(
    config,
    JSON.stringify({ extends: '../tsconfig.json', compilerOptions, include: ['scenarios'] }),
  );
  try {
    const command = [process.execPath, 'x', 'tsc', '-p', config, ...COMPILER_OPTIONS];
    const tsc = Bun.spawnSync(command, { cwd: ROOT, env: COMPILER_ENV });
    expect(tsc.stdout.toString()).toBe('');
    expect(tsc.exitCode).toBe(0);
  } finally {
    rmSync(config);
  }
});

test.each([
  ['emotion-ingestion', 'event loop', ['--rate', '40']],
  ['offer-acceptance', 'workers', ['--vus', '2']],
  ['mixed-day', 'workers', ['--rate', '20']],
] as const)(
  '%s holds on a real system',
  async (name, style, shape) => {
    const html = join(temporaryFolder(), 'report.html');
    const environment = ['-e', `BASE_URL=${system.url}`, '-e', 'USERS=4'];
    const args = ['--duration', '2s', ...shape, ...environment, '--json', '--quiet', '--html', html];
    const { stdout, stderr, code } = await ecs('run', name, ...args);
    const { data: report } = JSON.parse(stdout) as {
      data: { style: string; metrics: Record<string, Metric> };
    };
    const crossed = Object.values(report.metrics).filter(({ thresholds = {} }) =>
      Object.values(thresholds).some(({ ok }) => !ok),
    );
    // A busy machine takes its time, and only that.
    expect(crossed.filter(({ contains }) => contains !== 'time')).toEqual([]);
    expect(code).toBe(crossed.length > 0 ? 99 : 0);
    if (code === 0) expect(stderr).toBe('');
    expect(report.style).toBe(style);
    expect(report.metrics.checks?.values.fails).toBe(0);
    expect(report.metrics.iterations?.values.count).toBeGreaterThan(0);
    const page = readFileSync(html, 'utf8');
    expect(page.match(/<svg/g)?.length).toBe(4);
    // It names the address of the system as a text, and has no other.
    expect(page.replaceAll(system.url, '')).not.toMatch(/https?:|<script|@import|url\(/);
  },
  START_MS,
);

test('a script of a user prints the same as under k6, also on the command line', async () => {
  const server = startServer();
  const file = join(temporaryFolder(), 'mine.js');
  writeFileSync(
    file,
    `import http from 'k6/http';
     export const options = { thresholds: { http_reqs: ['count>100'] } };
     export default function () { http.get('${server.url}/mine'); }`,
  );
  const { code, stdout, stderr } = await ecs('run', file, '--iterations', '6', '--vus', '3');
  await server.stop();
  expect(code).toBe(99);
  expect(server.count('/mine')).toBe(6);
  expect(stdout).toContain("✗ 'count>100' count=6");
  expect(stderr).toContain('ecs: thresholds were crossed');
});
