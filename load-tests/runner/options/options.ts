import { ConfigError } from '../protocol/endings.ts';
import type { UserOptions } from '../protocol/messages.ts';
import { parseDuration } from './duration.ts';
import { readHttpOptions } from './http-options.ts';
import { canonicalFields, readBoolean, readFields, readNamedTexts, readTexts } from './option-values.ts';
import type { Scenario } from './scenario-options.ts';
import { readStripe, scaleScenarios } from './segment.ts';
import { applyLayer, applyOverrides, k6FormOf, type Overrides, readScenarios } from './shorthands.ts';
import { readSystemTags } from './system-tags.ts';
import { isBeyondPercent, parseThreshold, type Threshold } from './thresholds.ts';
import { warningsOfUnknown } from './unknown-options.ts';

/** `export const options`, checked, with the command line's overrides applied. Times in ms. */
export interface Options extends UserOptions {
  scenarios: Scenario[];
  /** By metric, or sub-metric as `http_req_duration{kind:steady}`. */
  thresholds: Record<string, Threshold[]>;
  summaryTrendStats: string[];
  summaryTimeUnit: '' | 's' | 'ms' | 'us';
  setupTimeoutMs: number;
  teardownTimeoutMs: number;
  handleSummaryTimeoutMs: number;
  noSetup: boolean;
  noTeardown: boolean;
  minIterationDurationMs: number;
  /** Of options that are obeyed otherwise than their author may think. */
  warnings: string[];
  systemTags: string[] | null;
}

type Fields = Record<string, unknown>;

/** Every top-level option of k6; those that change nothing in k6 either (`cloud`, `vusMax`) do nothing. */
const K6_OPTIONS = (
  'paused vus vusMax linger noUsageReport tlsAIAFetch duration iterations stages scenarios ' +
  'executionSegment executionSegmentSequence noSetup setupTimeout noTeardown teardownTimeout rps ' +
  'dns maxRedirects userAgent batch batchPerHost httpDebug insecureSkipTLSVerify tlsCipherSuites ' +
  'tlsVersion tlsAuth throw thresholds blacklistIPs blockHostnames hosts noConnectionReuse ' +
  'noVUConnectionReuse minIterationDuration cloud ext summaryTrendStats handleSummaryTimeout ' +
  'summaryTimeUnit systemTags tags metricSamplesBufferSize noCookiesReset discardResponseBodies'
).split(' ');

const TREND_STATS = ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)'];
const MINUTE_MS = 60_000;

/** Throws a ConfigError for everything that k6 rejects too. */
export function readOptions(
  script: Fields,
  overrides: Overrides = {},
  { config = {}, environment = {} }: OtherSources = {},
): Options {
  const layers = [
    readLayer(config, 'the configuration'),
    readLayer(script, "the script's options"),
    readLayer(environment, 'the environment'),
  ];
  const fields = applyOverrides(layers.map(({ options }) => options).reduce(applyLayer), overrides);
  rejectNotOffered(fields);
  const allScenarios = readScenarios(fields);
  const stripe = readStripe(fields.executionSegment, fields.executionSegmentSequence);
  const scenarios = scaleScenarios(allScenarios, stripe);
  if (scenarios.length === 0) throw new ConfigError('the execution segment has no work to do');
  return {
    stripe,
    warnings: [
      ...layers.flatMap(({ warnings }) => warnings),
      ...warningsOf({ config, script, environment, flags: overrides }),
    ],
    scenarios,
    k6Form: k6FormOf(fields, allScenarios),
    thresholds: readThresholds(readFields(fields.thresholds, 'thresholds')),
    ...readSummaryOptions(fields),
    setupTimeoutMs: parseDuration(fields.setupTimeout ?? MINUTE_MS, 'setupTimeout'),
    teardownTimeoutMs: parseDuration(fields.teardownTimeout ?? MINUTE_MS, 'teardownTimeout'),
    handleSummaryTimeoutMs: parseDuration(
      fields.handleSummaryTimeout ?? 2 * MINUTE_MS,
      'handleSummaryTimeout',
    ),
    noSetup: readBoolean(fields.noSetup, 'noSetup') ?? false,
    noTeardown: readBoolean(fields.noTeardown, 'noTeardown') ?? false,
    minIterationDurationMs: parseDuration(fields.minIterationDuration ?? 0, 'minIterationDuration'),
    tags: readNamedTexts(fields.tags, 'tags'),
    systemTags: readSystemTags(fields.systemTags),
    http: readHttpOptions(fields),
  };
}

/** Options from elsewhere than the script and the command line. The environment goes before the script. */
interface OtherSources {
  config?: Fields;
  environment?: Fields;
}

function readLayer(fields: Fields, place: string): { options: Fields; warnings: string[] } {
  const canonical = canonicalFields(readFields(fields, place), K6_OPTIONS);
  const options = Object.entries(canonical).filter(([key]) => K6_OPTIONS.includes(key));
  const warnings = warningsOfUnknown(Object.keys(canonical), K6_OPTIONS, place);
  return { options: Object.fromEntries(options), warnings };
}

function readThresholds(fields: Fields): Record<string, Threshold[]> {
  return Object.fromEntries(
    Object.entries(fields).map(([metric, list]) => [
      metric,
      readThresholdList(metric, list).map(parseThreshold),
    ]),
  );
}

/** A test of another shape than the script's scenarios is asked for, or slipped in. */
function warningsOf({
  config,
  script,
  environment,
  flags,
}: Record<'config' | 'script' | 'environment' | 'flags', Fields>) {
  const hasScenarios = Boolean(config.scenarios ?? script.scenarios);
  const overrides = { environment, 'command line': flags };
  return Object.entries(overrides).flatMap(([place, fields]) =>
    hasScenarios && SHORTHANDS.some((key) => fields[key] !== undefined)
      ? [`the ${place} replaces the script's scenarios as a whole`]
      : [],
  );
}

const SHORTHANDS = ['vus', 'duration', 'iterations', 'stages', 'rate'];

function readThresholdList(metric: string, list: unknown): unknown[] {
  if (Array.isArray(list)) return list;
  throw new ConfigError(`thresholds: those of ${metric} must be a list, not ${JSON.stringify(list)}`);
}

/** An option that would do nothing here is refused: a test that ignores it proves something else. */
function rejectNotOffered(fields: Fields): void {
  if (readBoolean(fields.paused, 'paused'))
    throw new ConfigError('paused is not offered: nothing resumes it');
  if (fields.tlsAIAFetch) throw new ConfigError('tlsAIAFetch is not offered');
  if (fields.linger) throw new ConfigError('linger is not offered');
}

function readSummaryOptions(fields: Fields): Pick<Options, 'summaryTrendStats' | 'summaryTimeUnit'> {
  const stats =
    fields.summaryTrendStats === undefined
      ? TREND_STATS
      : readTexts(fields.summaryTrendStats, 'summaryTrendStats');
  for (const stat of stats) {
    if (!/^(avg|min|med|max|count|p\(\d+(\.\d+)?\))$/.test(stat) || isBeyondPercent(stat)) {
      throw new ConfigError(`summaryTrendStats: invalid trend column '${stat}'`);
    }
  }
  const unit = (fields.summaryTimeUnit ?? '') as Options['summaryTimeUnit'];
  if (!['', 's', 'ms', 'us'].includes(unit)) throw new ConfigError(`summaryTimeUnit: invalid unit '${unit}'`);
  return { summaryTrendStats: stats, summaryTimeUnit: unit };
}
