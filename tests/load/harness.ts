import { setDefaultTimeout } from 'bun:test';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Report } from '../../load-tests/runner/output/report-data.ts';
import { temporaryFolder } from '../harness/engines.ts';
import { programOf } from '../harness/programs.ts';

/** Every run starts a process, with a worker per user: slow beside other work on the machine. */
setDefaultTimeout(30_000);

export const RUNNER = programOf('load-tests/runner/main.ts');

interface ScriptRun {
  code: number;
  stdout: string;
  stderr: string;
  folder: string;
  report(): Report & { metrics: Record<string, { values: Record<string, number> }> };
  read(name: string): string;
}

interface RunSettings {
  args?: string[];
  /** Given to the script. */
  env?: Record<string, string>;
  /** Of the runner's own process. */
  variables?: Record<string, string | undefined>;
}

/** Runs a script (its text, or its files by name, the script first) in a runner of its own until its end. */
export async function runScript(
  script: string | Record<string, string>,
  { args = [], env = {}, variables = {} }: RunSettings = {},
): Promise<ScriptRun> {
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
    env: { ...process.env, ...variables },
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
    report: () => JSON.parse(stdout) as ReturnType<ScriptRun['report']>,
  };
}

/** Returns the report of a script that ran to its end. */
export async function reportOf(...args: Parameters<typeof runScript>) {
  const [script, options = {}] = args;
  const run = await runScript(script, { ...options, args: ['--json', ...(options.args ?? [])] });
  if (run.stdout === '') throw new Error(`${run.code}: ${run.stderr}`);
  const report = run.report();
  const value = (metric: string, name = 'count') => report.metrics[metric]?.values[name];
  return { ...run, report, value };
}
