import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Report } from '../../load-tests/runner/output/report-data.ts';
import { rawRequest, runGenerator } from './generator.ts';

/**
 * Measures `ecs load` itself against a server that does nothing, on the same cores, beside a generator of
 * bare requests: `sh cli/bun.sh tests/bench/load-generator.ts [--users N] [--seconds N] [--rounds N]`.
 */
const RUNNER = join(import.meta.dir, '..', '..', 'load-tests', 'runner', 'main.ts');

const SYNC = `import http from 'k6/http';
export default function () { http.get(__ENV.BASE + '/'); }`;
const ASYNC = `import http from 'k6/http';
export default async function () { await http.asyncRequest('GET', __ENV.BASE + '/'); }`;

const WAYS = [
  { name: 'synchronous, own sockets', script: SYNC, args: [] },
  // A limit that is never reached: its requests go through the main thread.
  { name: 'synchronous, around fetch', script: SYNC, args: ['--rps', '1000000'] },
  { name: 'asynchronous', script: ASYNC, args: [] },
];

interface Row {
  way: string;
  perSecond: number;
  /** Processor time of the generator for a request, its start included. */
  cpuMicros: number;
  medianMs: number;
  mbPerUser: number | null;
}

interface Plan {
  users: number;
  seconds: number;
  folder: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { users: { type: 'string' }, seconds: { type: 'string' }, rounds: { type: 'string' } },
  });
  const number = (value: string | undefined, fallback: number) => Math.max(1, Number(value) || fallback);
  const folder = mkdtempSync(join(tmpdir(), 'ecs-bench-'));
  const target = await startTarget();
  const plan = { users: number(values.users, 20), seconds: number(values.seconds, 30), folder };
  try {
    const rounds = number(values.rounds, 1);
    for (let round = 1; round <= rounds; round += 1) {
      const rows = [await measureReference(target.port, plan)];
      for (const way of WAYS) rows.push(await measureWay(target.port, way, plan));
      print(rows, plan);
    }
  } finally {
    await target.stop();
    rmSync(folder, { recursive: true });
  }
}

/** In a process of its own: a busy generator must not wait for the server's turns, nor the server for its. */
async function startTarget() {
  const code = `const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('ok') });
    console.log(server.port);`;
  const child = Bun.spawn([process.execPath, '-e', code], { stdout: 'pipe' });
  const { value } = await child.stdout.getReader().read();
  const stop = async () => {
    child.kill();
    await child.exited;
  };
  return { port: Number(new TextDecoder().decode(value)), stop };
}

async function measureReference(port: number, { users, seconds }: Plan): Promise<Row> {
  const requests = [rawRequest('/', {})];
  const result = await runGenerator({ port, connections: users, seconds, requests });
  const count = Object.values(result.statuses).reduce((sum, times) => sum + times, 0);
  return {
    way: 'bare requests, for reference',
    perSecond: count / result.seconds,
    cpuMicros: (result.cpuSeconds * 1e6) / count,
    medianMs: result.p50Ms,
    mbPerUser: null,
  };
}

async function measureWay(port: number, way: (typeof WAYS)[number], plan: Plan): Promise<Row> {
  const { report, usage } = await run(port, way, plan);
  const { usage: usageOfOne } = await run(port, way, { ...plan, users: 1, seconds: 1 });
  const { values = {} } = report.metrics.http_reqs ?? {};
  const { values: durations = {} } = report.metrics.http_req_duration ?? {};
  return {
    way: way.name,
    perSecond: values.rate ?? 0,
    cpuMicros: Number(usage.cpuTime.total) / (values.count ?? 1),
    medianMs: durations.med ?? 0,
    mbPerUser: (usage.maxRSS - usageOfOne.maxRSS) / 1e6 / Math.max(1, plan.users - 1),
  };
}

async function run(port: number, { script, args }: (typeof WAYS)[number], { users, seconds, folder }: Plan) {
  const file = join(folder, 'script.js');
  writeFileSync(file, script);
  const load = ['-u', String(users), '-d', `${seconds}s`, '-e', `BASE=http://127.0.0.1:${port}`];
  const child = Bun.spawn([process.execPath, RUNNER, '--quiet', '--json', ...load, ...args, file], {
    stdout: 'pipe',
    stderr: 'ignore',
  });
  const report = (await new Response(child.stdout).json()) as Report;
  await child.exited;
  const usage = child.resourceUsage();
  if (!usage) throw new Error('the system does not say what the run has used');
  return { report, usage };
}

function print(rows: Row[], { users, seconds }: Plan): void {
  console.log(`${users} users, ${seconds} s; the server shares the cores`);
  for (const { way, perSecond, cpuMicros, medianMs, mbPerUser } of rows) {
    const memory = mbPerUser === null ? '' : `${mbPerUser.toFixed(1)} MB per user`;
    const figures = [
      `${Math.round(perSecond)} requests/s`.padStart(18),
      `${cpuMicros.toFixed(0)} µs of processor each`.padStart(26),
      `median ${medianMs.toFixed(2)} ms`.padStart(17),
      memory.padStart(16),
    ];
    console.log(`${way.padEnd(30)}${figures.join('')}`.trimEnd());
  }
}

await main();
