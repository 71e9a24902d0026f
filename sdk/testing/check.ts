import { DAY_MS } from '../contracts/time.ts';
import type { TSchema } from '@sinclair/typebox';
import { Errors, ValueErrorType } from '@sinclair/typebox/errors';
import { Check } from '@sinclair/typebox/value';
import { inCodePoints, lengthExpected } from '../contracts/text.ts';
import type { ProblemDetail } from '../contracts/problem.ts';

const ERRORS_MAX = 20;

/** Lists the faults of a value, in the API's words; empty when it is right. */
export function errorsOf(schema: TSchema, value: unknown): ProblemDetail[] {
  const checked = inCodePoints(schema);
  if (Check(checked, value)) return [];
  const errors: ProblemDetail[] = [];
  for (const { path, message, schema: part, type } of Errors(checked, value)) {
    if (errors.length === ERRORS_MAX) break;
    if (errors.some((error) => error.path === (path || '/'))) continue;
    const words = type === ValueErrorType.StringPattern && part.description;
    const length = type === ValueErrorType.StringFormat ? lengthExpected(part.format) : null;
    errors.push({ path: path || '/', message: length ?? (words ? `Expected ${words}` : message) });
  }
  return errors;
}

/** The texts of a query with its numbers read. */
export function readNumbers(schema: TSchema, texts: Record<string, string>): Record<string, unknown> {
  const values: Record<string, unknown> = { ...texts };
  for (const [name, property] of Object.entries(schema.properties as Record<string, TSchema>)) {
    const isNumber = property.type === 'integer' || property.type === 'number';
    if (isNumber && /^-?\d+(\.\d+)?$/.test(texts[name] ?? '')) values[name] = Number(texts[name]);
  }
  return values;
}

const AHEAD_MS_MAX = 5 * 60 * 1000;
const BEHIND_MS_MAX = 30 * DAY_MS;

/** Returns the time of an event in milliseconds, or the fault of it. Its form was checked by the schema. */
export function readEventTime(text: string, nowMs: number): number | string {
  const date = text.slice(0, 10);
  const [, time = '', zone = 'Z'] = /^(.*?)([Zz]|[+-]\d\d:?\d\d)?$/.exec(text.slice(11)) ?? [];
  const midnight = new Date(`${date}T00:00:00Z`);
  const exists = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
  if (!exists) return 'this date and time does not exist';
  const ms = Date.parse(`${date}T${time}${zone.toUpperCase().replace(/(\d\d):?(\d\d)$/, '$1:$2')}`);
  if (ms > nowMs + AHEAD_MS_MAX) return 'must be at most 5 minutes ahead';
  if (ms < nowMs - BEHIND_MS_MAX) return 'must be at most 30 days behind';
  return ms;
}
