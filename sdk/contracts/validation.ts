import type { TSchema } from '@sinclair/typebox';
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors';
import type { ProblemDetail } from './problem.ts';
import { lengthExpected } from './text.ts';

export type Checked<T> = { ok: true; value: T } | { ok: false; errors: ProblemDetail[] };

/** Returns the faults of a value in the API's words; they name paths and expectations, never values. */
export function toProblemDetails(errors: Iterable<ValueError>): ProblemDetail[] {
  const details: ProblemDetail[] = [];
  for (const { path, message, schema: part, type } of errors) {
    if (details.length === ERRORS_MAX) break;
    // One fault can be reported twice, as missing and as of the wrong type.
    if (details.some((detail) => detail.path === (path || '/'))) continue;
    // A pattern is for machines: the schema's description says it in words.
    const words = type === ValueErrorType.StringPattern && part.description;
    const length = type === ValueErrorType.StringFormat ? lengthExpected(part.format) : null;
    const choice = type === ValueErrorType.Union ? choiceOf(part) : null;
    const expected = choice ?? (words || null);
    details.push({ path: path || '/', message: length ?? (expected ? `Expected ${expected}` : message) });
  }
  return details;
}

/** The texts of which a union is one, or their description where they have one; null for another union. */
function choiceOf({ anyOf, description }: TSchema): string | null {
  const texts = (anyOf as TSchema[]).map((schema) => schema.const as unknown);
  if (!texts.every((text) => typeof text === 'string')) return null;
  return description ?? `one of ${texts.join(', ')}`;
}

const ERRORS_MAX = 20;

/** Returns the names of a schema's properties that are numbers. */
export function numberNamesOf(schema: TSchema): string[] {
  return Object.entries((schema.properties ?? {}) as Record<string, TSchema>)
    .filter(([, property]) => property.type === 'integer' || property.type === 'number')
    .map(([name]) => name);
}

/** Returns the texts of a query with those of these names read as numbers. */
export function readNumbers(names: string[], texts: Record<string, string>): Record<string, unknown> {
  const values: Record<string, unknown> = { ...texts };
  for (const name of names) {
    // Other texts that JavaScript reads as a number ('', ' 1', '0x1') are not one here.
    if (/^-?\d+(\.\d+)?$/.test(texts[name] ?? '')) values[name] = Number(texts[name]);
  }
  return values;
}
