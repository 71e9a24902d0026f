import { keptTags } from '../protocol/tag-sets.ts';
import { BUILTIN_METRICS, type MetricType, type Sample } from '../protocol/metrics.ts';
import { readTags } from './text-values.ts';
import { callableClass } from './callable-class.ts';
import type { UserState } from './user-state.ts';

/** `k6/metrics`: metrics that the script declares. */
export function createMetricsModule(state: UserState) {
  const declare = (type: MetricType) =>
    class {
      readonly name: string;

      constructor(name: string, isTime = false) {
        if (state.phase !== 'init') throw new Error('metrics must be declared in the init context');
        if (!/^[a-zA-Z_][a-zA-Z0-9_]{1,127}$/.test(name)) throw new Error(`Invalid metric name: '${name}'`);
        const contains = isTime ? ('time' as const) : ('default' as const);
        const declared = [...BUILTIN_METRICS, ...state.declared].find((metric) => metric.name === name);
        if (declared && (declared.type !== type || declared.contains !== contains)) {
          throw new Error(
            `metric '${name}' already exists but with type ${declared.type}, instead of ${type}, ` +
              `or with another kind of value (${declared.contains}, instead of ${contains})`,
          );
        }
        if (!declared) state.declared.push({ name, type, contains });
        this.name = name;
      }

      add(value: unknown, tags: Record<string, unknown> = {}): boolean {
        if (state.phase === 'init') throw new Error('metrics cannot be added to in the init context');
        let sample: Sample;
        try {
          const allTags = keptTags({ ...state.tags, ...readTags(tags) });
          sample = { metric: this.name, value: readValue(value, type), tags: allTags };
        } catch (error) {
          const message = `metric '${this.name}': ${(error as Error).message}`;
          if (state.setup.options?.http.throw) throw new Error(message, { cause: error });
          state.host.log('warning', message);
          return false;
        }
        state.host.emit(sample);
        return true;
      }
    };
  const module = {
    Counter: callableClass(declare('counter')),
    Gauge: callableClass(declare('gauge')),
    Rate: callableClass(declare('rate')),
    Trend: callableClass(declare('trend')),
  };
  return { __esModule: true, ...module, default: module };
}

/** Returns a value as the language's number. Throws for none, and for one below a counter's 0. */
function readValue(value: unknown, type: MetricType): number {
  const isNone = value === null || value === undefined || typeof value === 'symbol';
  const number = isNone ? Number.NaN : Number(value);
  if (Number.isNaN(number)) throw new TypeError(`'${String(value)}' is an invalid value`);
  if (type === 'counter' && number < 0) throw new RangeError(`a counter cannot go down by ${number}`);
  return number;
}
