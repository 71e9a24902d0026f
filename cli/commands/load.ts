import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { argsOf, collect, type FlagValue, type RunFlags, runOptions } from '../load/run-flags.ts';
import { fileOfOutput } from '../../load-tests/runner/options/outputs.ts';
import { makeDataDir, removeDataDir } from '../demo/data-dir.ts';
import { environment } from '../../deploy/local/environment.ts';
import { run } from '../ui/failure.ts';
import { requireWritable } from '../ui/file-failure.ts';
import { readDocument, runScript, type ScriptResult } from '../ui/run-script.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, nameSystem, printJson, printTable, talk, talkNotice } from '../ui/output.ts';
import { reportsFolder } from '../config/reports-folder.ts';
import type { SystemFlags } from '../config/session.ts';
import type { System } from '../../deploy/local/stack/system.ts';
import { PRIVATE } from '../config/acts.ts';
import { resolveContext, type Context } from '../config/context.ts';

const LOAD_TESTS = join(import.meta.dir, '..', '..', 'load-tests');
/** Runs in a process of its own, so that it neither waits for nor delays the supervisor. */
const RUNNER = join(LOAD_TESTS, 'runner', 'main.ts');
const SCENARIOS = join(LOAD_TESTS, 'scenarios');

/** More requests at a time than any test has users. */
const REQUESTS_MAX = 65_535;

const MEANING: Record<number, string> = {
  1: 'the runner has a fault',
  99: 'thresholds were crossed',
  100: 'setup took too long',
  101: 'teardown took too long',
  104: 'the script or its options cannot be used',
  105: 'interrupted',
  107: 'the script threw',
  108: 'the script ended the test',
  110: 'the script marked the test as failed, or no iteration finished',
  255: 'the script exports no function',
};

export function register(program: Command): void {
  const load = program.command('load');
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
  const command = load
    .command('run <scenario>')
    .summary('run a scenario by its name, or a k6 script by its file')
    .description(
      'A scenario of ours starts a private system and prepares its customers, unless -e BASE_URL=... ' +
        '(or --url, --profile, --data-dir) names a system; --vus, --duration and --rate scale it. ' +
        'A file is any k6 script (- is standard input): there the flags, and variables K6_*, mean ' +
        'what they mean to k6. Exit codes are those of k6, and 1: ' +
        Object.entries(MEANING)
          .map(([code, meaning]) => `${code} ${meaning}`)
          .join('; ') +
        '.',
    )
    .option('-e, --env <KEY=VALUE>', 'given to the script as __ENV', collect);
  for (const option of runOptions()) command.addOption(option);
  command.action(run(runLoad));
}

async function runLoad(name: string, flags: RunFlags): Promise<void> {
  const scenario = scenarios().find((scenario) => scenario.name === name);
  const file = scenario?.file ?? name;
  if (file !== '-' && !existsSync(file))
    throw new CliError(`no such scenario or file: ${name}`, EXIT.notFound, 'ecs load ls');
  const { BASE_URL } = environment();
  const hasTarget = BASE_URL !== undefined || flags.env?.some((pair) => pair.startsWith('BASE_URL='));
  for (const target of [flags.html, flags.summaryExport, ...outputsOf(flags)])
    requireWritable(textOf(target));
  const runFlags = { ...flags, reports: reportsFolder(flags) };
  const args = [file, ...argsOf(runFlags, scenario !== undefined)];
  const json = flags.json ?? false;
  const { code, output } = await runOn(flags, args, { isPrivate: scenario !== undefined && !hasTarget });
  const data = json ? readDocument(output) : undefined;
  if (code !== 0) throw new CliError(MEANING[code] ?? 'the load test failed', code, undefined, { data });
  if (json) printJson(data);
}

/** The files of `--out json=FILE`. */
const outputsOf = ({ out = [] }: RunFlags) => [out].flat().map((text) => fileOfOutput(String(text)));
const textOf = (value: FlagValue) => (typeof value === 'string' && value !== '-' ? value : undefined);

/** Runs on the system that a flag names, else on a private one, else on whichever the script calls. */
function runOn(
  flags: RunFlags,
  args: string[],
  { isPrivate }: { isPrivate: boolean },
): Promise<ScriptResult> {
  const json = flags.json ?? false;
  if (isNamed(flags)) return onSystem(resolveContext(flags), args, json);
  return isPrivate ? onPrivateSystem(args, json) : generate(args, {}, json);
}

/** Only by a flag: a profile in use, or the environment, would load a system by accident. */
const isNamed = ({ url, profile, dataDir }: RunFlags) =>
  url !== undefined || profile !== undefined || dataDir !== undefined;

function onSystem(
  { url, internalKey, opsUrls }: Context,
  args: string[],
  json: boolean,
): Promise<ScriptResult> {
  nameSystem(url);
  const ops = opsUrls.flatMap((ops) => ['--ops', ops.url]);
  const key: Record<string, string> = internalKey ? { INTERNAL_SERVICE_API_KEY: internalKey } : {};
  return generate([...args, ...ops], { BASE_URL: url, ...key }, json);
}

async function onPrivateSystem(args: string[], json: boolean): Promise<ScriptResult> {
  const dataDir = makeDataDir();
  let system: System | undefined;
  let failed = true;
  // A test of a running system needs none of its engines' clients.
  const { startSystem } = await import('../../deploy/local/stack/system.ts');
  try {
    nameSystem(`${PRIVATE} (data in ${dataDir})`);
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
  return runScript(RUNNER, args, { json, env: variables, stdin: args[0] === '-' });
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
