import { ConfigError } from '../protocol/endings.ts';
import type { UserOptions } from '../protocol/messages.ts';
import type { HttpOptions } from '../protocol/requests.ts';
import { parseDuration } from './duration.ts';
import type { Scenario } from './scenario-options.ts';
import { applyOverrides, k6FormOf, type Overrides, readScenarios } from './shorthands.ts';
import { textValues } from './text-values.ts';
import { parseThreshold, type Threshold } from './thresholds.ts';

/** `export const options`, checked, with the command line's overrides applied. Times in ms. */
export interface Options extends UserOptions {
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
  systemTags: string[] | null;
}

type Fields = Record<string, unknown>;

/** Every top-level option of k6; those without a meaning here are accepted and do nothing. */
const K6_OPTIONS = (
  'paused vus duration iterations stages scenarios executionSegment executionSegmentSequence noSetup ' +
  'setupTimeout noTeardown teardownTimeout rps dns maxRedirects userAgent batch batchPerHost httpDebug ' +
  'insecureSkipTLSVerify tlsCipherSuites tlsVersion tlsAuth throw thresholds blacklistIPs blockHostnames ' +
  'hosts noConnectionReuse noVUConnectionReuse minIterationDuration cloud ext summaryTrendStats ' +
  'summaryTimeUnit systemTags tags metricSamplesBufferSize noCookiesReset discardResponseBodies'
).split(' ');

const TREND_STATS = ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)'];
const MINUTE_MS = 60_000;

/** Throws a ConfigError for everything that k6 rejects too. */
export function readOptions(script: Fields, overrides: Overrides = {}): Options {
  const unknown = Object.keys(script).find((key) => !K6_OPTIONS.includes(key));
  if (unknown) throw new ConfigError(`unknown field "${unknown}" in the script's options`);
  const fields = applyOverrides(script, overrides);
  const scenarios = readScenarios(fields);
  return {
    scenarios,
    k6Form: k6FormOf(fields, scenarios),
    thresholds: readThresholds((fields.thresholds ?? {}) as Fields),
    ...readSummaryOptions(fields),
    setupTimeoutMs: parseDuration(fields.setupTimeout ?? MINUTE_MS, 'setupTimeout'),
    teardownTimeoutMs: parseDuration(fields.teardownTimeout ?? MINUTE_MS, 'teardownTimeout'),
    noSetup: fields.noSetup === true,
    noTeardown: fields.noTeardown === true,
    minIterationDurationMs: parseDuration(fields.minIterationDuration ?? 0, 'minIterationDuration'),
    tags: textValues(fields.tags),
    systemTags: (fields.systemTags as string[] | undefined) ?? null,
    http: readHttpOptions(fields),
  };
}

function readThresholds(fields: Fields): Record<string, Threshold[]> {
  return Object.fromEntries(
    Object.entries(fields).map(([metric, list]) => [
      metric,
      (Array.isArray(list) ? list : [list]).map((threshold) => parseThreshold(threshold as string)),
    ]),
  );
}

function readSummaryOptions(fields: Fields): Pick<Options, 'summaryTrendStats' | 'summaryTimeUnit'> {
  const stats = (fields.summaryTrendStats ?? TREND_STATS) as string[];
  for (const stat of stats) {
    if (!/^(avg|min|med|max|count|p\(\d+(\.\d+)?\))$/.test(stat)) {
      throw new ConfigError(`summaryTrendStats: invalid trend column '${stat}'`);
    }
  }
  const unit = (fields.summaryTimeUnit ?? '') as Options['summaryTimeUnit'];
  if (!['', 's', 'ms', 'us'].includes(unit)) throw new ConfigError(`summaryTimeUnit: invalid unit '${unit}'`);
  return { summaryTrendStats: stats, summaryTimeUnit: unit };
}

function readHttpOptions(fields: Fields): HttpOptions {
  const bool = (key: string) => fields[key] === true;
  const number = (key: string, fallback: number) => Number(fields[key] ?? fallback);
  return {
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
  };
}
