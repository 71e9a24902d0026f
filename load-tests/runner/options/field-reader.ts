import { ConfigError } from '../protocol/endings.ts';
import { canonicalFields, readFields, readNamedTexts, readNumber, readText } from './option-values.ts';
import { formatDuration, parseDuration } from './duration.ts';
import type { Stage } from './schedule.ts';

export type Fields = Record<string, unknown>;
export type FieldReader = ReturnType<typeof createFieldReader>;

const DURATION_MIN_MS = 1000;

/** Reads a scenario's fields, checked; every fault is a ConfigError that names the scenario. */
export function createFieldReader(scenario: string, fields: Fields) {
  const reject = (message: string): never => {
    throw new ConfigError(`scenario ${scenario}: ${message}`);
  };
  const placeOf = (key: string) => `scenario ${scenario}: ${key}`;
  const time = (key: string, fallbackMs: number) => parseDuration(fields[key] ?? fallbackMs, key);
  return {
    fields,
    reject,
    time,
    text: (key: string) => readText(fields[key], placeOf(key)),
    namedTexts: (key: string) => readNamedTexts(fields[key], placeOf(key)),
    namesOf: (key: string) => Object.keys(readFields(fields[key], placeOf(key))),
    count(key: string, fallback: number, { min, label }: { min: number; label: string }): number {
      const value = readNumber(fields[key], placeOf(key)) ?? fallback;
      if (!Number.isInteger(value)) return reject(`${key} must be a whole number`);
      if (value < min) reject(min === 0 ? `${label} can't be negative` : `${label} must be more than 0`);
      return value;
    },
    duration(key: string, fallbackMs?: number): number {
      if (fields[key] === undefined && fallbackMs === undefined) reject(`the ${key} is unspecified`);
      const ms = time(key, fallbackMs ?? 0);
      if (ms < DURATION_MIN_MS) reject(`the ${key} must be at least 1s, but is ${formatDuration(ms)}`);
      return ms;
    },
    stages(): Stage[] {
      const stages = (fields.stages ?? []) as (Fields | null)[];
      if (!Array.isArray(stages) || stages.length === 0) reject('at least one stage has to be specified');
      return stages.map((stage, index) => readStage(stage, index + 1, reject));
    },
  };
}

function readStage(given: Fields | null, number: number, reject: (message: string) => never): Stage {
  const stage = canonicalFields(given, ['duration', 'target']);
  const unknown = Object.keys(stage).find((key) => key !== 'duration' && key !== 'target');
  if (unknown) reject(`unknown field "${unknown}"`);
  if (stage.duration === undefined) reject(`stage ${number} doesn't have a duration`);
  const durationMs = parseDuration(stage.duration, 'duration');
  if (durationMs < 0) reject(`the duration for stage ${number} can't be negative`);
  const target = readNumber(stage.target, `target of stage ${number}`);
  if (target === undefined) return reject(`stage ${number} doesn't have a target`);
  if (!Number.isInteger(target)) reject(`the target for stage ${number} must be a whole number`);
  if (target < 0) reject(`the target for stage ${number} can't be negative`);
  return { durationMs, target };
}
