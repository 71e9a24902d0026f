import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { makeDataDir, removeDataDir } from '../demo/private-system.ts';
import { environment } from '../../deploy/local/environment.ts';
import { run } from '../ui/failure.ts';
import { readDocument, runScript, type ScriptResult } from '../ui/run-script.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, printJson, printTable, talk, talkNotice } from '../ui/output.ts';
import type { SystemFlags } from '../config/session.ts';
import { startSystem, type System } from '../../deploy/local/stack/system.ts';
import { resolveContext, type Context } from '../config/context.ts';

/** Generates load in a process of its own, so that it neither waits for nor delays the supervisor. */
const LOAD_TESTS = join(import.meta.dir, '..', '..', 'load-tests');
const RUNNER = join(LOAD_TESTS, 'runner', 'main.ts');
const SCENARIOS = join(LOAD_TESTS, 'scenarios');

/** More requests at a time than any test has users. */
const REQUESTS_MAX = 65_535;

const MEANING: Record<number, string> = {
  99: 'thresholds were crossed',
  104: 'the script or its options cannot be used',
  105: 'interrupted',
  107: 'the script threw',
  108: 'the script ended the test',
  110: 'the script marked the test as failed',
};

interface RunFlags extends SystemFlags {
  env?: string[];
  vus?: string;
  duration?: string;
  iterations?: string;
  rate?: string;
  summaryExport?: string;
  html?: string;
  compare?: string;
}

export function register(program: Command): void {
  const load = program.command('load').summary('run load scenarios, or any k6 script, and report');
  withExamples(
    load,
    ['ecs load ls', 'the scenarios there are'],
    ['ecs load run mixed-day --duration 1m', 'on a private system'],
    ['ecs load run spike --url https://ecs.example.com', 'on a system that is named'],
    ['ecs load run my-script.js --vus 50 --html report.html', 'any k6 script'],
  );
  load
    .command('ls')
    .summary('the scenarios there are')
    .action(
      run(async (flags: SystemFlags) => {
        if (flags.json) printJson(scenarios());
        else printTable(scenarios(), ['name', 'summary']);
      }),
    );
  load
    .command('run <scenario>')
    .summary('run a scenario by its name, or a k6 script by its file')
    .description(
      'A scenario of ours starts a private system and prepares its customers, unless -e BASE_URL=... ' +
        '(or --url, --profile, --data-dir) names a system; --vus, --duration and --rate scale it. ' +
        'A file is any k6 script: there they mean ' +
        'what they mean to k6. Exit codes are those of k6: 99 thresholds crossed, 104, 105, 107, 108.',
    )
    .option('-e, --env <KEY=VALUE...>', 'given to the script as __ENV')
    .option('--vus <n>', 'virtual users')
    .option('--duration <time>', 'how long, as 30s or 5m')
    .option('--iterations <n>', 'how many in all (files only)')
    .option('--rate <n>', 'iterations a second')
    .option('--summary-export <file>', "write k6's summary as JSON")
    .option('--html <file>', 'write a report with charts, one page that needs no network')
    .option('--compare <file>', 'beside an earlier report (--json) with a verdict a metric')
    .action(run(runLoad));
}

async function runLoad(name: string, flags: RunFlags): Promise<void> {
  const scenario = scenarios().find((scenario) => scenario.name === name);
  const file = scenario?.file ?? name;
  if (!existsSync(file))
    throw new CliError(`no such scenario or file: ${name}`, EXIT.notFound, 'ecs load ls');
  const { BASE_URL } = environment();
  const hasTarget = BASE_URL !== undefined || flags.env?.some((pair) => pair.startsWith('BASE_URL='));
  const args = [file, ...argsOf(flags, scenario !== undefined)];
  const json = flags.json ?? false;
  const { code, output } = await (isNamed(flags)
    ? onSystem(resolveContext(flags), args, json)
    : scenario && !hasTarget
      ? onPrivateSystem(args, json)
      : generate(args, {}, json));
  const data = json ? readDocument(output) : undefined;
  if (code !== 0) throw new CliError(MEANING[code] ?? 'the load test failed', code, undefined, { data });
  if (json) printJson(data);
}

function argsOf(flags: RunFlags, isOwn: boolean): string[] {
  const { env = [], vus, duration, iterations, rate } = flags;
  const shape = { vus, duration, iterations, rate };
  const scales = Object.entries(shape).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
  if (isOwn && iterations !== undefined) {
    throw new CliError('--iterations goes with a file; a scenario has a duration', EXIT.usage);
  }
  // Our scenarios keep their form and are scaled; for another script the flags mean the same as for k6.
  const shaped = scales.flatMap(([key = '', value = '']) =>
    isOwn ? ['-e', `${key.toUpperCase()}=${value}`] : [`--${key}`, value],
  );
  const files = { 'summary-export': flags.summaryExport, html: flags.html, compare: flags.compare };
  return [
    ...env.flatMap((pair) => ['-e', pair]),
    ...shaped,
    ...Object.entries(files).flatMap(([key, value]) => (value === undefined ? [] : [`--${key}`, value])),
    ...(flags.json ? ['--json'] : []),
    ...(flags.quiet ? ['--quiet'] : []),
  ];
}

/** Only by a flag: a profile in use, or the environment, would load a system by accident. */
const isNamed = ({ url, profile, dataDir }: RunFlags) =>
  url !== undefined || profile !== undefined || dataDir !== undefined;

function onSystem(
  { url, internalKey, opsUrls }: Context,
  args: string[],
  json: boolean,
): Promise<ScriptResult> {
  const ops = opsUrls.flatMap((ops) => ['--ops', ops.url]);
  const key: Record<string, string> = internalKey ? { INTERNAL_SERVICE_API_KEY: internalKey } : {};
  return generate([...args, ...ops], { BASE_URL: url, ...key }, json);
}

async function onPrivateSystem(args: string[], json: boolean): Promise<ScriptResult> {
  const dataDir = makeDataDir();
  let system: System | undefined;
  let failed = true;
  try {
    talk(`a private system in ${dataDir}`);
    system = await startSystem({ dataDir, port: 0, split: false, onStep: talk, notify: talkNotice });
    const opsUrls = system.state().children.flatMap(({ opsUrl }) => (opsUrl ? [opsUrl] : []));
    const { url, internalKey } = system;
    const env = { BASE_URL: url, INTERNAL_SERVICE_API_KEY: internalKey };
    const result = await generate([...args, ...opsUrls.flatMap((ops) => ['--ops', ops])], env, json);
    failed = false;
    return result;
  } finally {
    await system?.stop();
    removeDataDir(dataDir, failed);
  }
}

function generate(args: string[], env: Record<string, string>, json: boolean): Promise<ScriptResult> {
  const variables = { ...env, BUN_CONFIG_MAX_HTTP_REQUESTS: String(REQUESTS_MAX) };
  return runScript(RUNNER, args, { json, env: variables });
}

/** Lists scenarios by their files; the comment of each says its purpose. */
function scenarios(): { name: string; summary: string; file: string }[] {
  return readdirSync(SCENARIOS)
    .filter((name) => name.endsWith('.ts'))
    .toSorted()
    .map((name) => {
      const file = join(SCENARIOS, name);
      const summary = /\/\*\* (.*?) \*\//s.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
      return { name: name.replace(/\.ts$/, ''), summary, file };
    });
}
