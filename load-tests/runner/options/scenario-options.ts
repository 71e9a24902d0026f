import { formatDuration, parseDuration } from '../core/duration.ts';
import { ConfigError } from '../core/failures.ts';
import { type Stage, totalMs, vuSteps } from '../core/schedule.ts';

/** One scenario of `options.scenarios`, checked and with every default filled in. Times in ms. */
export type Scenario = {
  name: string;
  exec: string;
  startTimeMs: number;
  gracefulStopMs: number;
  env: Record<string, string>;
  tags: Record<string, string>;
} & (
  | { executor: 'shared-iterations'; vus: number; iterations: number; maxDurationMs: number }
  | { executor: 'per-vu-iterations'; vus: number; iterations: number; maxDurationMs: number }
  | { executor: 'constant-vus'; vus: number; durationMs: number }
  | { executor: 'ramping-vus'; startVUs: number; stages: Stage[]; gracefulRampDownMs: number }
  | ({ executor: 'constant-arrival-rate'; rate: number; timeUnitMs: number; durationMs: number } & Reserved)
  | ({ executor: 'ramping-arrival-rate'; startRate: number; timeUnitMs: number; stages: Stage[] } & Reserved)
);

/** Users made before the test, and how many more may be made during it. */
interface Reserved {
  preAllocatedVUs: number;
  maxVUs: number;
}

type Fields = Record<string, unknown>;

const COMMON = ['executor', 'startTime', 'gracefulStop', 'env', 'exec', 'tags', 'options'];
const OWN: Record<Scenario['executor'], string[]> = {
  'shared-iterations': ['vus', 'iterations', 'maxDuration'],
  'per-vu-iterations': ['vus', 'iterations', 'maxDuration'],
  'constant-vus': ['vus', 'duration'],
  'ramping-vus': ['startVUs', 'stages', 'gracefulRampDown'],
  'constant-arrival-rate': ['rate', 'timeUnit', 'duration', 'preAllocatedVUs', 'maxVUs'],
  'ramping-arrival-rate': ['startRate', 'timeUnit', 'stages', 'preAllocatedVUs', 'maxVUs'],
};

const DURATION_MIN_MS = 1000;
const DEFAULT_GRACE_MS = 30_000;
const DEFAULT_MAX_DURATION_MS = 600_000;

/** Throws a ConfigError for everything that k6 refuses too. */
export function readScenario(name: string, fields: Fields): Scenario {
  const wrong = (message: string): never => {
    throw new ConfigError(`scenario ${name}: ${message}`);
  };
  if (!/^[0-9a-zA-Z_-]+$/.test(name)) {
    wrong('the scenario name should contain only numbers, latin letters, underscores, and dashes');
  }
  const executor = fields.executor as Scenario['executor'];
  if (executor === undefined) wrong('missing or empty type field');
  if (!Object.hasOwn(OWN, executor)) wrong(`unknown executor type '${executor}'`);
  for (const key of Object.keys(fields)) {
    if (![...COMMON, ...OWN[executor]].includes(key)) wrong(`unknown field "${key}"`);
  }
  if (fields.exec === '') wrong('exec value cannot be empty');
  const common = {
    name,
    exec: (fields.exec as string | undefined) ?? 'default',
    startTimeMs: parseDuration(fields.startTime ?? 0, 'startTime'),
    gracefulStopMs: parseDuration(fields.gracefulStop ?? DEFAULT_GRACE_MS, 'gracefulStop'),
    env: texts((fields.env ?? {}) as Fields),
    tags: texts((fields.tags ?? {}) as Fields),
  };
  if (common.startTimeMs < 0) wrong("the startTime can't be negative");
  if (common.gracefulStopMs < 0) wrong("the gracefulStop timeout can't be negative");
  return { ...common, ...ofExecutor(executor, reader(fields, wrong)) } as Scenario;
}

function ofExecutor(executor: Scenario['executor'], read: Reader): object {
  switch (executor) {
    case 'shared-iterations':
    case 'per-vu-iterations': {
      const vus = read.count('vus', 1, { min: 1, what: 'the number of VUs' });
      const iterations = read.count('iterations', 1, { min: 1, what: 'the number of iterations' });
      if (executor === 'shared-iterations' && iterations < vus) {
        read.wrong(`the number of iterations (${iterations}) can't be less than the number of VUs (${vus})`);
      }
      return {
        executor,
        vus,
        iterations,
        maxDurationMs: read.duration('maxDuration', DEFAULT_MAX_DURATION_MS),
      };
    }
    case 'constant-vus': {
      const vus = read.count('vus', 1, { min: 1, what: 'the number of VUs' });
      return { executor, vus, durationMs: read.duration('duration') };
    }
    case 'ramping-vus': {
      const startVUs = read.count('startVUs', 1, { min: 0, what: 'the number of start VUs' });
      const stages = read.stages();
      if (Math.max(startVUs, ...stages.map(({ target }) => target)) === 0) {
        read.wrong("either startVUs or one of the stages' target values must be greater than 0");
      }
      return {
        executor,
        startVUs,
        stages,
        gracefulRampDownMs: read.time('gracefulRampDown', DEFAULT_GRACE_MS),
      };
    }
    case 'constant-arrival-rate':
      if (read.fields.rate === undefined) read.wrong("the iteration rate isn't specified");
      return {
        executor,
        rate: read.count('rate', 0, { min: 1, what: 'the iteration rate' }),
        timeUnitMs: timeUnit(read),
        durationMs: read.duration('duration'),
        ...reserved(read),
      };
    case 'ramping-arrival-rate':
      return {
        executor,
        startRate: read.count('startRate', 0, { min: 0, what: 'the startRate value' }),
        timeUnitMs: timeUnit(read),
        stages: read.stages(),
        ...reserved(read),
      };
  }
}

function timeUnit(read: Reader): number {
  const ms = read.time('timeUnit', 1000);
  if (ms <= 0) read.wrong('the timeUnit must be more than 0');
  return ms;
}

function reserved(read: Reader): Reserved {
  if (read.fields.preAllocatedVUs === undefined) read.wrong("the number of preAllocatedVUs isn't specified");
  const preAllocatedVUs = read.count('preAllocatedVUs', 0, { min: 0, what: 'the number of preAllocatedVUs' });
  const maxVUs = read.count('maxVUs', preAllocatedVUs, { min: 0, what: 'the number of maxVUs' });
  if (maxVUs < preAllocatedVUs) read.wrong("maxVUs can't be less than preAllocatedVUs");
  return { preAllocatedVUs, maxVUs };
}

type Reader = ReturnType<typeof reader>;

function reader(fields: Fields, wrong: (message: string) => never) {
  const time = (key: string, fallbackMs: number) => parseDuration(fields[key] ?? fallbackMs, key);
  return {
    fields,
    wrong,
    time,
    count(key: string, fallback: number, { min, what }: { min: number; what: string }): number {
      const value = fields[key] ?? fallback;
      if (typeof value !== 'number' || !Number.isInteger(value))
        return wrong(`${key} must be a whole number`);
      if (value < min) wrong(min === 0 ? `${what} can't be negative` : `${what} must be more than 0`);
      return value;
    },
    duration(key: string, fallbackMs?: number): number {
      if (fields[key] === undefined && fallbackMs === undefined) wrong(`the ${key} is unspecified`);
      const ms = time(key, fallbackMs ?? 0);
      if (ms < DURATION_MIN_MS) wrong(`the ${key} must be at least 1s, but is ${formatDuration(ms)}`);
      return ms;
    },
    stages(): Stage[] {
      const stages = (fields.stages ?? []) as Fields[];
      if (!Array.isArray(stages) || stages.length === 0) wrong('at least one stage has to be specified');
      return stages.map((stage, index) => readStage(stage, index + 1, wrong));
    },
  };
}

function readStage(stage: Fields, number: number, wrong: (message: string) => never): Stage {
  const unknown = Object.keys(stage).find((key) => key !== 'duration' && key !== 'target');
  if (unknown) wrong(`unknown field "${unknown}"`);
  if (stage.duration === undefined) wrong(`stage ${number} doesn't have a duration`);
  const durationMs = parseDuration(stage.duration, 'duration');
  if (durationMs < 0) wrong(`the duration for stage ${number} can't be negative`);
  const { target } = stage;
  if (target === undefined || target === null) wrong(`stage ${number} doesn't have a target`);
  if (!Number.isInteger(target)) wrong(`the target for stage ${number} must be a whole number`);
  if ((target as number) < 0) wrong(`the target for stage ${number} can't be negative`);
  return { durationMs, target: target as number };
}

const texts = (fields: Fields): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)]));

/** How long it starts iterations, at the most. */
export function scenarioMs(scenario: Scenario): number {
  if ('maxDurationMs' in scenario) return scenario.maxDurationMs;
  return 'durationMs' in scenario ? scenario.durationMs : totalMs(scenario.stages);
}

/** How many users it needs from its start, and how many at the most. */
export function scenarioVUs(scenario: Scenario): { planned: number; max: number } {
  if ('maxVUs' in scenario) return { planned: scenario.preAllocatedVUs, max: scenario.maxVUs };
  if ('vus' in scenario) return { planned: scenario.vus, max: scenario.vus };
  const max = Math.max(...vuSteps(scenario.startVUs, scenario.stages).map(({ vus }) => vus));
  return { planned: max, max };
}
