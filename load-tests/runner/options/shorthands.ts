import { ConfigError } from '../protocol/endings.ts';
import { readNumber } from './option-values.ts';
import { readScenario, type Scenario } from './scenario-options.ts';

/** Options that the command line sets. */
export interface Overrides extends Record<string, unknown> {
  /** Iterations a second: a constant arrival rate, which k6's command line does not offer. */
  rate?: number;
}

type Fields = Record<string, unknown>;

/** The fields that say how many iterations run when; `scenarios` in full, the others as its shorthands. */
const SHAPE = ['vus', 'duration', 'iterations', 'stages', 'scenarios'];
/** The users of an arrival rate of the command line that has no `--vus`. */
const RATE_VUS = { planned: 50, max: 500 };

/** Returns the options' scenarios; a shorthand is a scenario named `default`. */
export function readScenarios(fields: Fields): Scenario[] {
  const { vus, duration, iterations, stages } = fields;
  rejectOtherForms(fields);
  const hasStages = Array.isArray(stages) && stages.length > 0;
  const rejectBoth = (first: string, second: string) => {
    throw new ConfigError(`using \`${first}\` and \`${second}\` options simultaneously is not allowed`);
  };
  const users = vus === undefined ? {} : { vus };
  if (iterations !== undefined) {
    if (hasStages) rejectBoth('iterations', 'stages');
    if (fields.scenarios) rejectBoth('iterations', 'scenarios');
    const maxDuration = duration === undefined ? {} : { maxDuration: duration };
    return [readScenario('default', { executor: 'shared-iterations', ...users, iterations, ...maxDuration })];
  }
  if (duration !== undefined) {
    if (hasStages) rejectBoth('duration', 'stages');
    if (fields.scenarios) rejectBoth('duration', 'scenarios');
    return [readScenario('default', { executor: 'constant-vus', ...users, duration })];
  }
  if (hasStages) {
    if (fields.scenarios) rejectBoth('stages', 'scenarios');
    const startVUs = vus === undefined ? {} : { startVUs: vus };
    return [readScenario('default', { executor: 'ramping-vus', ...startVUs, stages })];
  }
  if (vus !== undefined && !fields.scenarios) {
    return [readScenario('default', { executor: 'shared-iterations', vus, iterations: vus })];
  }
  const scenarios = Object.entries((fields.scenarios ?? {}) as Record<string, Fields>);
  if (scenarios.length === 0) return [readScenario('default', { executor: 'per-vu-iterations' })];
  return scenarios.map(([name, scenario]) => readScenario(name, scenario));
}

/** An option of another form would be passed over, and the test be another one. */
function rejectOtherForms({ stages = [], scenarios = {} }: Fields): void {
  if (!Array.isArray(stages)) throw new ConfigError('stages must be a list');
  if (typeof scenarios !== 'object' || Array.isArray(scenarios)) {
    throw new ConfigError('scenarios must be an object that names each scenario');
  }
}

/** Returns the options of the script with those of the command line over them. */
export function applyOverrides(script: Fields, { rate, ...overrides }: Overrides): Fields {
  if (rate === undefined) return applyLayer(script, overrides);
  const { vus, duration, iterations, stages, ...others } = overrides;
  if (iterations !== undefined || stages !== undefined)
    throw new ConfigError('--rate goes with --vus and --duration only');
  const planned = readNumber(vus, '--vus') ?? RATE_VUS.planned;
  const scenario = {
    executor: 'constant-arrival-rate',
    rate,
    duration: duration ?? script.duration ?? '30s',
    preAllocatedVUs: planned,
    maxVUs: Math.max(planned, RATE_VUS.max),
  };
  return { ...without(script, SHAPE), ...others, scenarios: { default: scenario } };
}

/** As in k6, a shape of a higher layer replaces the shape below as a whole, but for the number of users. */
export function applyLayer(below: Fields, layer: Fields): Fields {
  const options = Object.fromEntries(Object.entries(layer).filter(([, value]) => value !== undefined));
  const replaced = SHAPE.filter((key) => key !== 'vus');
  const isReshaped = replaced.some((key) => options[key] !== undefined);
  // Users alone have no effect on scenarios: they stand in their place, an iteration each.
  const removed = isReshaped ? replaced : options.vus === undefined ? [] : ['scenarios'];
  return { ...without(below, removed), ...options };
}

/** The options in k6's own form: every shorthand as the scenario that it stands for. */
export function k6FormOf(fields: Fields, scenarios: Scenario[]): Fields {
  if (fields.scenarios) return fields;
  const { vus, duration, iterations, stages } = fields;
  const scenario = { vus, duration, iterations, stages, executor: scenarios[0]?.executor };
  return { ...without(fields, SHAPE), scenarios: { default: scenario } };
}

function without(fields: Fields, keys: string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key)));
}
