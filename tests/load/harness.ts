import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Report } from '../../load-tests/runner/output/report-data.ts';
import { temporaryFolder } from '../harness/engines.ts';

/** A real server that counts its requests, and scripts run by the real runner in a process of its own. */
export const RUNNER = join(import.meta.dir, '..', '..', 'load-tests', 'runner', 'main.ts');

export function startTarget() {
  const hits: string[] = [];
  let present = 0;
  let most = 0;
  const server = Bun.serve({
    port: 0,
    async fetch(request) {
      const url = new URL(request.url);
      hits.push(`${request.method} ${url.pathname}`);
      present += 1;
      most = Math.max(most, present);
      try {
        return await answer(request, url);
      } finally {
        present -= 1;
      }
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    /** How many requests came to a path, or in all. */
    count: (path?: string) => hits.filter((hit) => path === undefined || hit.split(' ')[1] === path).length,
    hits,
    mostAtOnce: () => most,
    stop: () => server.stop(true),
  };
}

async function answer(request: Request, url: URL): Promise<Response> {
  const [, first = '', second = ''] = url.pathname.split('/');
  if (first === 'status') return new Response('as you wish', { status: Number(second) });
  if (first === 'slow') {
    await Bun.sleep(Number(second));
    return new Response('at last');
  }
  if (first === 'redirect') {
    const remaining = Number(second) - 1;
    return new Response(null, {
      status: 302,
      headers: { location: remaining > 0 ? `/redirect/${remaining}` : '/echo' },
    });
  }
  if (first === 'login') {
    const headers = new Headers({ 'set-cookie': 'session=abc; Path=/' });
    return new Response('in', { headers });
  }
  if (first === 'json')
    return Response.json({
      items: [
        { id: 1, name: 'a' },
        { id: 2, name: 'b' },
      ],
      'a.b': 3,
    });
  const headers = Object.fromEntries(request.headers);
  return Response.json({ method: request.method, path: url.pathname, headers, body: await request.text() });
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  folder: string;
  report(): Report & { metrics: Record<string, { values: Record<string, number> }> };
  read(name: string): string;
}

/** Runs a script (its text, or its files by name with `script.js` the first) and waits for its end. */
export async function runScript(
  script: string | Record<string, string>,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Promise<Ran> {
  const files = typeof script === 'string' ? { 'script.js': script } : script;
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const [main = ''] = Object.keys(files);
  const pairs = Object.entries(env).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
  const child = Bun.spawn([process.execPath, RUNNER, main, '--quiet', ...pairs, ...args], {
    cwd: folder,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const readText = (name: string) => readFileSync(join(folder, name), 'utf8');
  return {
    code,
    stdout,
    stderr,
    folder,
    read: readText,
    report: () => JSON.parse(stdout) as ReturnType<Ran['report']>,
  };
}

/** The report of a script that ran to its end. */
export async function reportOf(...args: Parameters<typeof runScript>) {
  const [script, options = {}] = args;
  const ran = await runScript(script, { ...options, args: ['--json', ...(options.args ?? [])] });
  if (ran.stdout === '') throw new Error(`${ran.code}: ${ran.stderr}`);
  const report = ran.report();
  const value = (metric: string, name = 'count') => report.metrics[metric]?.values[name];
  return { ...ran, report, value };
}
