import type { Static, TSchema } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler';
import { inCodePoints, parseWellFormed } from '../../sdk/contracts/text.ts';
import {
  type Checked,
  numberNamesOf,
  readNumbers,
  toProblemDetails,
} from '../../sdk/contracts/validation.ts';

/**
 * A check, compiled for its first value: a start would spend a tenth of its time on all of them. Its errors
 * name paths and expectations, never the values.
 */
interface Validator<T> {
  check(value: unknown): Checked<T>;
  /** The same for the texts of a query: numbers are read from them first. */
  checkTexts(values: Record<string, string>): Checked<T>;
}

export function createValidator<Schema extends TSchema>(schema: Schema): Validator<Static<Schema>> {
  let compiled: TypeCheck<Schema> | undefined;
  const check = (value: unknown): Checked<Static<Schema>> => {
    compiled ??= TypeCompiler.Compile(inCodePoints(schema));
    if (compiled.Check(value)) return { ok: true, value };
    return { ok: false, errors: toProblemDetails(compiled.Errors(value)) };
  };
  const numbers = numberNamesOf(schema);
  return { check, checkTexts: (texts) => check(readNumbers(numbers, texts)) };
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
