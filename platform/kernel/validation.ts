import type { Static, TSchema } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { ValueErrorType } from '@sinclair/typebox/errors';
import { inCodePoints, lengthExpected, parseWellFormed } from '../../sdk/contracts/text.ts';
import type { ProblemDetail } from '../../sdk/contracts/problem.ts';

const ERRORS_MAX = 20;

export type Checked<T> = { ok: true; value: T } | { ok: false; errors: ProblemDetail[] };

/** A compiled check. Its errors name paths and expectations, never the values that were given. */
export interface Validator<T> {
  check(value: unknown): Checked<T>;
  /** The same for the texts of a query: numbers are read from them first. */
  checkTexts(values: Record<string, string>): Checked<T>;
}

export function createValidator<Schema extends TSchema>(schema: Schema): Validator<Static<Schema>> {
  const compiled = TypeCompiler.Compile(inCodePoints(schema));
  const check = (value: unknown): Checked<Static<Schema>> => {
    if (compiled.Check(value)) return { ok: true, value };
    const errors: ProblemDetail[] = [];
    for (const { path, message, schema: part, type } of compiled.Errors(value)) {
      if (errors.length === ERRORS_MAX) break;
      // One fault can be reported twice, as missing and as of the wrong type.
      if (errors.some((error) => error.path === (path || '/'))) continue;
      // A pattern is for machines: the schema's description says it in words.
      const words = type === ValueErrorType.StringPattern && part.description;
      const length = type === ValueErrorType.StringFormat ? lengthExpected(part.format) : null;
      errors.push({ path: path || '/', message: length ?? (words ? `Expected ${words}` : message) });
    }
    return { ok: false, errors };
  };
  const numbers = Object.entries((schema.properties ?? {}) as Record<string, TSchema>)
    .filter(([, property]) => property.type === 'integer' || property.type === 'number')
    .map(([name]) => name);
  const checkTexts = (texts: Record<string, string>): Checked<Static<Schema>> => {
    const values: Record<string, unknown> = { ...texts };
    for (const name of numbers) {
      // Other texts that JavaScript reads as a number ('', ' 1', '0x1') are not one here.
      if (/^-?\d+(\.\d+)?$/.test(texts[name] ?? '')) values[name] = Number(texts[name]);
    }
    return check(values);
  };
  return { check, checkTexts };
}

/** Reads a line of a message: JSON of this schema, or its fault. */
export function createLineDecoder<Schema extends TSchema>(
  schema: Schema,
): (line: string) => Checked<Static<Schema>> {
  const validator = createValidator(schema);
  return (line) => {
    let value: unknown;
    try {
      value = parseWellFormed(line);
    } catch {
      return { ok: false, errors: [{ path: '/', message: 'not valid JSON' }] };
    }
    return validator.check(value);
  };
}
