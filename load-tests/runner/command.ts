import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { OPTION_FLAGS, optionsOfFlags } from './options/flags.ts';
import { readOutput } from './options/outputs.ts';
import { readBoolean, splitPair } from './options/option-values.ts';
import { createRedaction, readSecrets } from './options/secrets.ts';
import { optionsOfEnvironment, optionsOfFile, readSwitch } from './options/sources.ts';
import { ConfigError, RunError } from './protocol/endings.ts';
import { runAndReport } from './output/report.ts';

type Env = Record<string, string | undefined>;

/** Runs one script, or standard input as `-`. Returns the exit code; throws only for a bug of the runner. */
export async function runCommand(args: string[], env: Env, signal: AbortSignal): Promise<number> {
  let redact = (text: string) => text;
  try {
    const { values, positionals } = parseFlags(args);
    const [file, stray] = positionals;
    if (!file) throw new ConfigError('the script is missing');
    if (stray !== undefined) throw new ConfigError(`one script at a time: ${stray} is a second`);
    const config = values.config ?? env.K6_CONFIG;
    const secrets = readSecrets(values['secret-source'] ?? [env.K6_SECRET_SOURCE ?? []].flat());
    redact = createRedaction(secrets);
    return await runAndReport({
      file,
      env: scriptEnv(values, env),
      overrides: overridesOf(values),
      config: config === undefined ? {} : optionsOfFile(config),
      environment: optionsOfEnvironment(env),
      remote: { allowNet: values['allow-net'] ?? false, cacheFolder: cacheFolderOf(env) },
      secrets,
      noColor: Boolean(env.NO_COLOR) || readSwitch(env, 'K6_NO_COLOR'),
      usesProxy: Boolean(env.http_proxy || env.HTTP_PROXY),
      noThresholds: values['no-thresholds'] ?? readSwitch(env, 'K6_NO_THRESHOLDS'),
      opsUrls: values.ops ?? [],
      signal,
      json: values.json ?? false,
      junit: readFormat(values) === 'junit',
      quiet: values.quiet ?? false,
      verbose: values.verbose ?? false,
      summary: readSummary(values, env),
      summaryExport: values['summary-export'] ?? env.K6_SUMMARY_EXPORT,
      outputs: (values.out ?? env.K6_OUT?.split(',') ?? []).map((output) => readOutput(output, env)),
      html: values.html,
      compare: values.compare,
      reports: values.reports,
    });
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    process.stderr.write(`ERRO ${redact(error.message)}\n`);
    return error.exitCode;
  }
}

type Values = ReturnType<typeof parseFlags>['values'];

const RUNNER_FLAGS = {
  env: { type: 'string', short: 'e', multiple: true },
  rate: { type: 'string' },
  config: { type: 'string', short: 'c' },
  'include-system-env-vars': { type: 'string' },
  'allow-net': { type: 'boolean' },
  'secret-source': { type: 'string', multiple: true },
  'no-thresholds': { type: 'boolean' },
  'no-summary': { type: 'boolean' },
  'summary-mode': { type: 'string' },
  'summary-format': { type: 'string' },
  'summary-export': { type: 'string' },
  out: { type: 'string', short: 'o', multiple: true },
  json: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  verbose: { type: 'boolean', short: 'v' },
  // Accepted without an effect: the runner reports its use to nobody.
  'no-usage-report': { type: 'boolean' },
  html: { type: 'string' },
  compare: { type: 'string' },
  reports: { type: 'string' },
  ops: { type: 'string', multiple: true },
} as const;

function parseFlags(args: string[]) {
  const implied = new Map(
    OPTION_FLAGS.flatMap(({ name, implied }) => (implied ? [[`--${name}`, implied]] : [])),
  );
  implied.set('--include-system-env-vars', 'true');
  const optionFlags = OPTION_FLAGS.map(({ name, short, value, isList }) => {
    const type = value === undefined ? ('boolean' as const) : ('string' as const);
    return [name, { type, ...(short ? { short } : {}), ...(isList ? { multiple: true } : {}) }];
  });
  try {
    return parseArgs({
      args: args.map((arg) => (implied.has(arg) ? `${arg}=${implied.get(arg)}` : arg)),
      allowPositionals: true,
      options: { ...(Object.fromEntries(optionFlags) as object), ...RUNNER_FLAGS },
    });
  } catch (error) {
    throw new ConfigError((error as Error).message);
  }
}

function overridesOf(values: Values) {
  const { rate } = values;
  if (rate !== undefined && !/^[1-9]\d*$/.test(rate)) throw new ConfigError('--rate must be a whole number');
  return { ...optionsOfFlags(values), ...(rate === undefined ? {} : { rate: Number(rate) }) };
}

/** The variables of the process and, before them, those of `-e`. */
function scriptEnv(values: Values, env: Env): Record<string, string> {
  const inclusion = values['include-system-env-vars'] ?? env.K6_INCLUDE_SYSTEM_ENV_VARS;
  const isIncluded = readBoolean(inclusion, 'include-system-env-vars') ?? true;
  const processEnv = Object.entries(isIncluded ? env : {}).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  return Object.fromEntries([...processEnv, ...(values.env ?? []).map(readPair)]);
}

function readPair(text: string): [string, string] {
  const pair = splitPair(text, '=');
  if (!pair) throw new ConfigError(`-e takes KEY=VALUE, not ${text}`);
  return pair;
}

const cacheFolderOf = (env: Env): string =>
  join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'ecs-load');

function readFormat({ 'summary-format': format = 'text', json }: Values): string {
  if (!['text', 'junit'].includes(format)) throw new ConfigError(`--summary-format ${format} is not offered`);
  if (format === 'junit' && json)
    throw new ConfigError('--summary-format junit and --json exclude each other');
  return format;
}

function readSummary(values: Values, env: Env): boolean {
  const mode = values['summary-mode'] ?? env.K6_SUMMARY_MODE ?? 'compact';
  if (!['compact', 'disabled'].includes(mode)) throw new ConfigError(`--summary-mode ${mode} is not offered`);
  return mode === 'compact' && !values['no-summary'] && !readSwitch(env, 'K6_NO_SUMMARY');
}
