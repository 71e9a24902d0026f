import { parseDuration } from '../core/duration.ts';
import { ConfigError } from '../core/failures.ts';
import { readScenario, type Scenario } from './scenario-options.ts';
import { parseThreshold, type Threshold } from './thresholds.ts';

/** `export const options`, checked, with the command line's words over the script's. Times in ms. */
export interface Options {
  scenarios: Scenario[];
  /** By metric, or sub-metric as `http_req_duration{kind:steady}`. */
  thresholds: Record<string, Threshold[]>;
  summaryTrendStats: string[];
  summaryTimeUnit: '' | 's' | 'ms' | 'us';
  setupTimeoutMs: number;
  teardownTimeoutMs: number;
  noSetup: boolean;
  noTeardown: boolean;
  minIterationDurationMs: number;
  tags: Record<string, string>;
  systemTags: string[] | null;
  http: HttpOptions;
  /** The options in k6's own form, as `exec.test.options` shows them. */
  given: Record<string, unknown>;
}

export interface HttpOptions {
  userAgent: string;
  maxRedirects: number;
  throw: boolean;
  batch: number;
  batchPerHost: number;
  discardResponseBodies: boolean;
  insecureSkipTLSVerify: boolean;
  noConnectionReuse: boolean;
  noCookiesReset: boolean;
  blockHostnames: string[];
  /** Requests a second of the whole test; 0 for no limit. */
  rps: number;
}

/** Overrides of the script's options by the command line. */
export interface Overrides {
  vus?: number;
  duration?: string;
  iterations?: number;
  stages?: { duration: string; target: number }[];
  /** Iterations a second: a constant arrival rate, which k6's command line cannot ask for. */
  rate?: number;
}

type Fields = Record<string, unknown>;

/** All that k6 knows at the top level; those without a meaning here are taken and do nothing. */
const KNOWN = (
  'paused vus duration iterations stages scenarios executionSegment executionSegmentSequence noSetup ' +
  'setupTimeout noTeardown teardownTimeout rps dns maxRedirects userAgent batch batchPerHost httpDebug ' +
  'insecureSkipTLSVerify tlsCipherSuites tlsVersion tlsAuth throw thresholds blacklistIPs blockHostnames ' +
  'hosts noConnectionReuse noVUConnectionReuse minIterationDuration cloud ext summaryTrendStats ' +
  'summaryTimeUnit systemTags tags metricSamplesBufferSize noCookiesReset discardResponseBodies'
).split(' ');

const TREND_STATS = ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)'];
const MINUTE_MS = 60_000;
/** How many users an arrival rate of the command line has when nobody says. */
const RATE_VUS = { planned: 50, max: 500 };

/** Throws a ConfigError for everything that k6 refuses too. */
export function readOptions(script: Fields, overrides: Overrides = {}): Options {
  const unknown = Object.keys(script).find((key) => !KNOWN.includes(key));
  if (unknown) throw new ConfigError(`unknown field "${unknown}" in the script's options`);
  const fields = applyOverrides(script, overrides);
  const bool = (key: string) => fields[key] === true;
  const number = (key: string, fallback: number) => Number(fields[key] ?? fallback);
  const stats = (fields.summaryTrendStats ?? TREND_STATS) as string[];
  for (const stat of stats) {
    if (!/^(avg|min|med|max|count|p\(\d+(\.\d+)?\))$/.test(stat)) {
      throw new ConfigError(`summaryTrendStats: invalid trend column '${stat}'`);
    }
  }
  const unit = (fields.summaryTimeUnit ?? '') as Options['summaryTimeUnit'];
  if (!['', 's', 'ms', 'us'].includes(unit)) throw new ConfigError(`summaryTimeUnit: invalid unit '${unit}'`);
  const scenarios = readScenarios(fields);
  return {
    scenarios,
    thresholds: readThresholds((fields.thresholds ?? {}) as Fields),
    summaryTrendStats: stats,
    summaryTimeUnit: unit,
    setupTimeoutMs: parseDuration(fields.setupTimeout ?? MINUTE_MS, 'setupTimeout'),
    teardownTimeoutMs: parseDuration(fields.teardownTimeout ?? MINUTE_MS, 'teardownTimeout'),
    noSetup: bool('noSetup'),
    noTeardown: bool('noTeardown'),
    minIterationDurationMs: parseDuration(fields.minIterationDuration ?? 0, 'minIterationDuration'),
    tags: textsOf(fields.tags),
    given: givenForm(fields, scenarios),
    systemTags: (fields.systemTags as string[] | undefined) ?? null,
    http: {
      userAgent: (fields.userAgent as string | undefined) ?? 'ecs-load',
      maxRedirects: number('maxRedirects', 10),
      throw: bool('throw'),
      batch: number('batch', 20),
      batchPerHost: number('batchPerHost', 6),
      discardResponseBodies: bool('discardResponseBodies'),
      insecureSkipTLSVerify: bool('insecureSkipTLSVerify'),
      noConnectionReuse: bool('noConnectionReuse') || bool('noVUConnectionReuse'),
      noCookiesReset: bool('noCookiesReset'),
      blockHostnames: (fields.blockHostnames as string[] | undefined) ?? [],
      rps: number('rps', 0),
    },
  };
}

/** As in k6, one of these on the command line takes the place of everything the script says of the sort. */
function applyOverrides(script: Fields, { rate, ...overrides }: Overrides): Fields {
  const { vus, duration, iterations, stages } = overrides;
  if (rate !== undefined) {
    if (iterations !== undefined || stages)
      throw new ConfigError('--rate goes with --vus and --duration only');
    const scenario = {
      executor: 'constant-arrival-rate',
      rate,
      duration: duration ?? script.duration ?? '30s',
      preAllocatedVUs: vus ?? RATE_VUS.planned,
      maxVUs: Math.max(vus ?? RATE_VUS.planned, RATE_VUS.max),
    };
    return { ...without(script, SHAPE), scenarios: { default: scenario } };
  }
  const options = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const reshaped = duration !== undefined || iterations !== undefined || stages !== undefined;
  const rest = reshaped
    ? without(
        script,
        SHAPE.filter((key) => key !== 'vus'),
      )
    : script;
  return { ...rest, ...options, ...(vus !== undefined && reshaped ? { vus } : {}) };
}

const SHAPE = ['vus', 'duration', 'iterations', 'stages', 'scenarios'];

const without = (fields: Fields, keys: string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key)));

function readScenarios(fields: Fields): Scenario[] {
  const { vus, duration, iterations, stages } = fields;
  const hasStages = Array.isArray(stages) && stages.length > 0;
  const conflict = (first: string, second: string) => {
    throw new ConfigError(`using \`${first}\` and \`${second}\` options simultaneously is not allowed`);
  };
  const users = vus === undefined ? {} : { vus };
  if (iterations !== undefined) {
    if (hasStages) conflict('iterations', 'stages');
    if (fields.scenarios) conflict('iterations', 'scenarios');
    const maxDuration = duration === undefined ? {} : { maxDuration: duration };
    return [readScenario('default', { executor: 'shared-iterations', ...users, iterations, ...maxDuration })];
  }
  if (duration !== undefined) {
    if (hasStages) conflict('duration', 'stages');
    if (fields.scenarios) conflict('duration', 'scenarios');
    return [readScenario('default', { executor: 'constant-vus', ...users, duration })];
  }
  if (hasStages) {
    if (fields.scenarios) conflict('stages', 'scenarios');
    const startVUs = vus === undefined ? {} : { startVUs: vus };
    return [readScenario('default', { executor: 'ramping-vus', ...startVUs, stages })];
  }
  const scenarios = Object.entries((fields.scenarios ?? {}) as Record<string, Fields>);
  if (scenarios.length === 0) return [readScenario('default', { executor: 'per-vu-iterations' })];
  return scenarios.map(([name, scenario]) => readScenario(name, scenario));
}

function givenForm(fields: Fields, scenarios: Scenario[]): Fields {
  if (fields.scenarios) return fields;
  const { vus, duration, iterations, stages } = fields;
  const shape = { vus, duration, iterations, stages, executor: scenarios[0]?.executor };
  return { ...without(fields, SHAPE), scenarios: { default: shape } };
}

function readThresholds(fields: Fields): Record<string, Threshold[]> {
  return Object.fromEntries(
    Object.entries(fields).map(([metric, list]) => [
      metric,
      (Array.isArray(list) ? list : [list]).map((threshold) => parseThreshold(threshold as string)),
    ]),
  );
}

const textsOf = (fields: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries((fields ?? {}) as Fields).map(([key, value]) => [key, String(value)]));
