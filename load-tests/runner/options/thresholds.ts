import { parseDuration } from './duration.ts';
import { canonicalFields, readBoolean } from './option-values.ts';
import { ConfigError } from '../protocol/endings.ts';
import type { MetricType } from '../protocol/metrics.ts';

/** An expression on a metric, such as `p(95)<500`. */
export interface Threshold {
  source: string;
  aggregation: string;
  operator: string;
  value: number;
  abortOnFail: boolean;
  delayAbortEvalMs: number;
}

/** Longer operators first: `<=` begins like `<`. */
const OPERATORS = ['<=', '<', '>=', '>', '===', '==', '!='];
const AGGREGATIONS: Record<MetricType, string[]> = {
  counter: ['count', 'rate'],
  gauge: ['value'],
  rate: ['rate'],
  trend: ['avg', 'min', 'max', 'med', 'p(N)'],
};

const FIELDS = ['threshold', 'abortOnFail', 'delayAbortEval'];

/** Takes an expression, or an object with one. Throws a ConfigError when it is malformed. */
export function parseThreshold(option: unknown): Threshold {
  const fields: Record<string, unknown> =
    typeof option === 'string' ? { threshold: option } : canonicalFields(option as object, FIELDS);
  const { threshold: source, abortOnFail, delayAbortEval = 0, ...unknown } = fields;
  const [stray] = Object.keys(unknown);
  if (stray) throw new ConfigError(`thresholds: unknown field "${stray}"`);
  if (typeof source !== 'string')
    throw new ConfigError(`thresholds: ${JSON.stringify(option)} is no threshold`);
  const fail = (reason: string) =>
    new ConfigError(`failed parsing threshold expression "${source}"; ${reason}`);
  for (const operator of OPERATORS) {
    const at = source.indexOf(operator);
    if (at === -1) continue;
    const aggregation = source.slice(0, at).trim();
    const right = source.slice(at + operator.length).trim();
    if (!/^(value|count|rate|avg|min|med|max|p\(\s*\d+(\.\d+)?\s*\))$/.test(aggregation)) {
      throw fail(`reason: failed parsing method from expression`);
    }
    if (isBeyondPercent(aggregation)) throw fail(`reason: ${aggregation} is no percentile from 0 to 100`);
    if (right === '' || !Number.isFinite(Number(right))) throw fail(`reason: "${right}" is not a number`);
    return {
      source,
      aggregation: aggregation.replace(/^p\(\s*(.*?)\s*\)$/, (_, number: string) => `p(${Number(number)})`),
      operator,
      value: Number(right),
      abortOnFail: readBoolean(abortOnFail, 'abortOnFail') ?? false,
      delayAbortEvalMs: parseDuration(delayAbortEval, 'delayAbortEval'),
    };
  }
  throw fail('reason: malformed threshold expression');
}

/** Whether it is a percentile above 100. */
export const isBeyondPercent = (aggregation: string): boolean =>
  Number(/^p\(\s*([\d.]+)\s*\)$/.exec(aggregation)?.[1] ?? 0) > 100;

/** Throws a ConfigError when metrics of this type do not have that aggregation. */
export function checkThreshold(threshold: Threshold, metric: string, type: MetricType): void {
  const form = threshold.aggregation.startsWith('p(') ? 'p(N)' : threshold.aggregation;
  if (AGGREGATIONS[type].includes(form)) return;
  throw new ConfigError(
    `invalid threshold "${threshold.source}" applied on metric ${metric}; reason: unsupported ` +
      `aggregation method ${form.replace('(N)', '')} on metric of type ${type}. ` +
      `supported aggregation methods for this metric are: ${AGGREGATIONS[type].join(', ')}`,
  );
}

/** A value that does not exist yet (a rate of nothing) crosses no threshold. */
export function holds({ operator, value }: Threshold, actual: number | undefined): boolean {
  if (actual === undefined) return true;
  switch (operator) {
    case '<':
      return actual < value;
    case '<=':
      return actual <= value;
    case '>':
      return actual > value;
    case '>=':
      return actual >= value;
    case '!=':
      return actual !== value;
    default:
      return actual === value;
  }
}

/** Splits `name{key:value,other:value}`. Throws a ConfigError when it is not of that form. */
export function parseMetricName(text: string): { name: string; tags: Record<string, string> } {
  const match = /^\s*([^{}]+?)\s*(?:\{(.*)\})?\s*$/s.exec(text);
  if (!match?.[1])
    throw new ConfigError(`unable to validate threshold expressions; invalid metric "${text}"`);
  const tags: Record<string, string> = {};
  for (const pair of match[2] === undefined || match[2].trim() === '' ? [] : match[2].split(',')) {
    const at = pair.indexOf(':');
    if (at === -1) throw new ConfigError(`invalid sub-metric "${text}": a tag is written key:value`);
    const unquote = (word: string) => word.trim().replace(/^(["'])(.*)\1$/, '$2');
    tags[unquote(pair.slice(0, at))] = unquote(pair.slice(at + 1));
  }
  return { name: match[1], tags };
}
