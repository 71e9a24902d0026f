import { createFieldReader, type FieldReader, type Fields } from './field-reader.ts';
import { canonicalFields } from './option-values.ts';
import { type Stage, totalMs, vuSteps } from './schedule.ts';
import type { Stripe } from '../protocol/messages.ts';

/** A scenario of `options.scenarios`, checked and with every default filled in. Times in ms. */
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
  | ({
      executor: 'constant-arrival-rate';
      rate: number;
      timeUnitMs: number;
      durationMs: number;
    } & Reserve)
  | ({
      executor: 'ramping-arrival-rate';
      startRate: number;
      timeUnitMs: number;
      stages: Stage[];
    } & Reserve)
);

/** The users made before the test, and the most that there may be during it. */
interface Reserve {
  preAllocatedVUs: number;
  maxVUs: number;
  /** The iterations of this generator, when others run the rest. */
  stripe: Stripe | null;
}

const COMMON = ['executor', 'startTime', 'gracefulStop', 'env', 'exec', 'tags', 'options'];
const FIELDS: Record<Scenario['executor'], string[]> = {
  'shared-iterations': ['vus', 'iterations', 'maxDuration'],
  'per-vu-iterations': ['vus', 'iterations', 'maxDuration'],
  'constant-vus': ['vus', 'duration'],
  'ramping-vus': ['startVUs', 'stages', 'gracefulRampDown'],
  'constant-arrival-rate': ['rate', 'timeUnit', 'duration', 'preAllocatedVUs', 'maxVUs'],
  'ramping-arrival-rate': ['startRate', 'timeUnit', 'stages', 'preAllocatedVUs', 'maxVUs'],
};

const ALL_FIELDS = [...COMMON, ...Object.values(FIELDS).flat()];

const DEFAULT_GRACE_MS = 30_000;
const DEFAULT_MAX_DURATION_MS = 600_000;

/** Throws a ConfigError for everything that k6 rejects too. */
export function readScenario(name: string, given: Fields | null): Scenario {
  const reader = createFieldReader(name, canonicalFields(given, ALL_FIELDS));
  const { fields } = reader;
  if (!/^[0-9a-zA-Z_-]+$/.test(name)) {
    reader.reject('the scenario name should contain only numbers, latin letters, underscores, and dashes');
  }
  const executor = fields.executor as Scenario['executor'];
  if (executor === undefined) reader.reject('missing or empty type field');
  if (!Object.hasOwn(FIELDS, executor)) reader.reject(`unknown executor type '${executor}'`);
  for (const key of Object.keys(fields)) {
    if (![...COMMON, ...FIELDS[executor]].includes(key)) reader.reject(`unknown field "${key}"`);
  }
  for (const option of reader.namesOf('options'))
    reader.reject(option === 'browser' ? 'browsers are not offered' : `unknown field "options.${option}"`);
  if (fields.exec === '') reader.reject('exec value cannot be empty');
  const common = {
    name,
    exec: reader.text('exec') ?? 'default',
    startTimeMs: reader.time('startTime', 0),
    gracefulStopMs: reader.time('gracefulStop', DEFAULT_GRACE_MS),
    env: reader.namedTexts('env'),
    tags: reader.namedTexts('tags'),
  };
  if (common.startTimeMs < 0) reader.reject("the startTime can't be negative");
  if (common.gracefulStopMs < 0) reader.reject("the gracefulStop timeout can't be negative");
  return { ...common, ...readExecutor(executor, reader) } as Scenario;
}

function readExecutor(executor: Scenario['executor'], reader: FieldReader): object {
  switch (executor) {
    case 'shared-iterations':
    case 'per-vu-iterations': {
      const vus = reader.count('vus', 1, { min: 1, label: 'the number of VUs' });
      const iterations = reader.count('iterations', 1, { min: 1, label: 'the number of iterations' });
      if (executor === 'shared-iterations' && iterations < vus) {
        reader.reject(
          `the number of iterations (${iterations}) can't be less than the number of VUs (${vus})`,
        );
      }
      return {
        executor,
        vus,
        iterations,
        maxDurationMs: reader.duration('maxDuration', DEFAULT_MAX_DURATION_MS),
      };
    }
    case 'constant-vus': {
      const vus = reader.count('vus', 1, { min: 1, label: 'the number of VUs' });
      return { executor, vus, durationMs: reader.duration('duration') };
    }
    case 'ramping-vus': {
      const startVUs = reader.count('startVUs', 1, { min: 0, label: 'the number of start VUs' });
      const stages = reader.stages();
      if (Math.max(startVUs, ...stages.map(({ target }) => target)) === 0) {
        reader.reject("either startVUs or one of the stages' target values must be greater than 0");
      }
      return {
        executor,
        startVUs,
        stages,
        gracefulRampDownMs: reader.time('gracefulRampDown', DEFAULT_GRACE_MS),
      };
    }
    case 'constant-arrival-rate':
      if (reader.fields.rate === undefined) reader.reject("the iteration rate isn't specified");
      return {
        executor,
        rate: reader.count('rate', 0, { min: 1, label: 'the iteration rate' }),
        timeUnitMs: readTimeUnit(reader),
        durationMs: reader.duration('duration'),
        ...readReserve(reader),
      };
    case 'ramping-arrival-rate':
      return {
        executor,
        startRate: reader.count('startRate', 0, { min: 0, label: 'the startRate value' }),
        timeUnitMs: readTimeUnit(reader),
        stages: reader.stages(),
        ...readReserve(reader),
      };
  }
}

function readTimeUnit(reader: FieldReader): number {
  const ms = reader.time('timeUnit', 1000);
  if (ms <= 0) reader.reject('the timeUnit must be more than 0');
  return ms;
}

function readReserve(reader: FieldReader): Reserve {
  if (reader.fields.preAllocatedVUs === undefined)
    reader.reject("the number of preAllocatedVUs isn't specified");
  const preAllocatedVUs = reader.count('preAllocatedVUs', 0, {
    min: 0,
    label: 'the number of preAllocatedVUs',
  });
  const maxVUs = reader.count('maxVUs', preAllocatedVUs, { min: 0, label: 'the number of maxVUs' });
  if (maxVUs < preAllocatedVUs) reader.reject("maxVUs can't be less than preAllocatedVUs");
  return { preAllocatedVUs, maxVUs, stripe: null };
}

/** Returns the longest time during which it starts iterations. */
export function scenarioMs(scenario: Scenario): number {
  if ('maxDurationMs' in scenario) return scenario.maxDurationMs;
  return 'durationMs' in scenario ? scenario.durationMs : totalMs(scenario.stages);
}

/** Returns the users that it needs from its start, and at the most. */
export function scenarioVUs(scenario: Scenario): { planned: number; max: number } {
  if ('maxVUs' in scenario) return { planned: scenario.preAllocatedVUs, max: scenario.maxVUs };
  if ('vus' in scenario) return { planned: scenario.vus, max: scenario.vus };
  const max = Math.max(...vuSteps(scenario.startVUs, scenario.stages).map(({ vus }) => vus));
  return { planned: max, max };
}
