import { existsSync, readFileSync } from 'node:fs';
import { ConfigError } from '../protocol/endings.ts';
import { readBoolean, splitPair } from './option-values.ts';
import { readStageText } from './flags.ts';
import { isNearly } from './unknown-options.ts';

type Fields = Record<string, unknown>;

const PREFIX = 'K6_';

/** The option of each variable `K6_*` that k6 reads; the name is the option's but for these. */
const OPTIONS =
  'vus duration iterations stages noSetup setupTimeout noTeardown teardownTimeout handleSummaryTimeout rps ' +
  'maxRedirects userAgent batch batchPerHost httpDebug insecureSkipTLSVerify tlsCipherSuites tlsVersion ' +
  'throw blacklistIPs blockHostnames hosts noConnectionReuse noVUConnectionReuse minIterationDuration ' +
  'summaryTrendStats summaryTimeUnit systemTags tags noCookiesReset discardResponseBodies dns';
const VARIABLES = new Map(OPTIONS.split(' ').map((option) => [variableOf(option), option]));

/** Variables of k6 that change a test or its output, obeyed in no value but those without effect. */
const REFUSED = (
  'K6_PAUSED K6_LINGER K6_CONSOLE_OUTPUT K6_LOCAL_IPS K6_WEB_DASHBOARD K6_TRACES_OUTPUT K6_THRESHOLDS ' +
  'K6_TLSAUTH K6_TYPE K6_FEATURES K6_SCENARIO K6_SCENARIOS K6_ONCE K6_LOG_OUTPUT K6_LOG_FORMAT ' +
  'K6_NEW_MACHINE_READABLE_SUMMARY'
).split(' ');
const WITHOUT_EFFECT = /^(false|f|0|none|stderr|text)$/i;

/** The variables that the runner reads beside those of options, and those of k6 without effect here. */
const OTHERS = (
  'K6_CONFIG K6_OUT K6_NO_COLOR K6_NO_SUMMARY K6_NO_THRESHOLDS K6_SUMMARY_MODE K6_SUMMARY_EXPORT ' +
  'K6_SECRET_SOURCE K6_INCLUDE_SYSTEM_ENV_VARS K6_CSV_FILENAME K6_CSV_TIME_FORMAT K6_CSV_SAVE_INTERVAL ' +
  'K6_NO_USAGE_REPORT K6_ADDRESS K6_COMPATIBILITY_MODE K6_LOG_LEVEL K6_VUS_MAX'
).split(' ');

/** Returns the options that variables of the environment set. Throws a ConfigError for those not obeyed. */
export function optionsOfEnvironment(env: Record<string, string | undefined>): Fields {
  rejectSlips(env);
  for (const name of REFUSED) {
    const value = env[name];
    if (value && !WITHOUT_EFFECT.test(value)) throw new ConfigError(`${name} is not offered`);
  }
  const entries = Object.entries(env).flatMap(([name, value]) => {
    const option = VARIABLES.get(name);
    if (option === undefined || value === undefined || value === '') return [];
    return [[option, readVariable(option, value)] as const];
  });
  return Object.fromEntries(entries);
}

/**
 * Throws for a variable that is a slip of one that is not set: it has no effect, and the other was meant. The
 * prefix makes no name a long one: `K6_PATH` is none of `K6_BATCH`.
 */
function rejectSlips(env: Record<string, string | undefined>): void {
  const names = [...VARIABLES.keys(), ...OTHERS];
  for (const name of Object.keys(env)) {
    if (!name.startsWith(PREFIX) || names.includes(name) || REFUSED.includes(name)) continue;
    const isMeant = (candidate: string) =>
      env[candidate] === undefined && isNearly(name.slice(PREFIX.length), candidate.slice(PREFIX.length));
    const meant = names.find(isMeant);
    if (meant !== undefined) throw new ConfigError(`the variable ${name} is unknown: is ${meant} meant?`);
  }
}

function readVariable(option: string, value: string): unknown {
  if (option === 'stages') return value.split(',').map(readStageText);
  if (option === 'tags' || option === 'hosts') return Object.fromEntries(value.split(',').map(readPair));
  return value;
}

function readPair(text: string): [string, string] {
  const pair = splitPair(text, ':');
  if (!pair) throw new ConfigError(`a variable of pairs is written name:value, not ${text}`);
  return pair;
}

function variableOf(option: string): string {
  const words = option.replace('IPs', 'Ips').replace('TLS', 'Tls').replace('VU', 'Vu');
  return `${PREFIX}${words.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** Options of the file beside the test that k6 calls its configuration. Throws a ConfigError. */
export function optionsOfFile(file: string): Fields {
  if (!existsSync(file)) throw new ConfigError(`--config: there is no file ${file}`);
  let fields: unknown;
  try {
    fields = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(`--config: ${file} is no JSON: ${(error as Error).message}`);
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new ConfigError(`--config: ${file} is no object`);
  }
  const { collectors: _, ...options } = fields as Fields;
  if (options.webDashboard) throw new ConfigError('--config: webDashboard is not offered');
  const { webDashboard: __, noArchiveUpload: ___, ...rest } = options;
  return rest;
}

/** Reads a switch of the environment, as `K6_NO_THRESHOLDS`. */
export function readSwitch(env: Record<string, string | undefined>, name: string): boolean {
  return readBoolean(env[name], name) ?? false;
}
